/* The centre's filter: a record counts once, however it comes. */
#include "wire/delivery.h"

#include "bytes/crc32c.h"
#include "bytes/test.h"

/* A machine with records "0", "1" ... of one stream, of which it sends any run. */
struct machine {
	struct buffer records; /* of the delivery made last */
	char flavour;          /* what its records say, so that machines differ */
};

static uint32_t chain_before(const struct machine *machine, uint64_t n)
{
	uint32_t chain = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct record record = {
		    RECORD_FINDING, 0, 1, i, {(const uint8_t *)&machine->flavour, 1}};
		struct buffer one = {0};

		record_encode(&record, &one);
		chain = record_chain(chain, buffer_bytes(&one));
		buffer_free(&one);
	}
	return chain;
}

static struct agent_delivery run(struct machine *machine, uint64_t first, uint64_t end)
{
	struct buffer *to = &machine->records;
	struct agent_delivery delivery = {.stream = 1,
					  .first = first,
					  .none_from = first,
					  .chain = chain_before(machine, first),
					  .n_records = (size_t)(end - first)};

	buffer_clear(to);
	for (uint64_t i = first; i < end; i++) {
		struct record record = {
		    RECORD_FINDING, 0, 1, i, {(const uint8_t *)&machine->flavour, 1}};

		record_encode(&record, to);
	}
	delivery.records = buffer_bytes(to);
	return delivery;
}

static void drop(struct machine *machine)
{
	buffer_free(&machine->records);
}

static enum delivery_status judge(struct stream_mark *mark,
				  struct agent_delivery delivery, size_t *n_known_out)
{
	return stream_judge(mark, &delivery, n_known_out);
}

static void what_comes_twice_counts_once(void **state)
{
	struct machine machine = {.flavour = 'a'};
	struct stream_mark mark = {0};
	size_t n_known;

	(void)state;
	assert_int_equal(judge(&mark, run(&machine, 0, 4), &n_known), DELIVERY_TAKEN);
	assert_int_equal(n_known, 0);
	assert_int_equal(judge(&mark, run(&machine, 0, 4), &n_known), DELIVERY_TAKEN);
	assert_int_equal(n_known, 4);
	assert_int_equal(judge(&mark, run(&machine, 2, 6), &n_known), DELIVERY_TAKEN);
	assert_int_equal(n_known, 2);
	assert_int_equal(judge(&mark, run(&machine, 1, 3), &n_known), DELIVERY_TAKEN);
	assert_int_equal(n_known, 2); /* an old one that was long on its way */
	assert_int_equal(mark.next, 6);
	assert_int_equal(mark.n_missing, 0);
	drop(&machine);
}

static void what_came_too_early_is_asked_for_in_order(void **state)
{
	struct machine machine = {.flavour = 'a'};
	struct stream_mark mark = {0};
	struct agent_delivery early = run(&machine, 3, 5);
	size_t n_known;

	(void)state;
	early.none_from = 1; /* it still has 0 */
	assert_int_equal(stream_judge(&mark, &early, &n_known), DELIVERY_EXPECTED);
	assert_int_equal(mark.next, 0);
	drop(&machine);
}

static void what_the_machine_has_no_more_is_counted_as_missing(void **state)
{
	struct machine machine = {.flavour = 'a'};
	struct stream_mark mark = {0};
	struct agent_delivery rest;
	size_t n_known;

	(void)state;
	assert_int_equal(judge(&mark, run(&machine, 0, 2), &n_known), DELIVERY_TAKEN);
	rest = run(&machine, 5, 7);
	rest.none_from = 0;
	assert_int_equal(stream_judge(&mark, &rest, &n_known), DELIVERY_TAKEN);
	assert_int_equal(n_known, 0);
	assert_int_equal(mark.next, 7);
	assert_int_equal(mark.n_missing, 3);
	assert_int_equal(mark.chain, chain_before(&machine, 7));
	drop(&machine);
}

static void a_machine_set_back_to_a_snapshot_is_not_filtered_away(void **state)
{
	struct machine before = {.flavour = 'a'}, after = {.flavour = 'b'};
	struct stream_mark mark = {0};
	struct agent_delivery other;
	size_t n_known;

	(void)state;
	assert_int_equal(judge(&mark, run(&before, 0, 6), &n_known), DELIVERY_TAKEN);
	/* since the snapshot at 4 it has numbered other records 4 to 7 */
	other = run(&after, 4, 8);
	other.chain = chain_before(&before, 4);
	assert_int_equal(stream_judge(&mark, &other, &n_known), DELIVERY_FORKED);
	assert_int_equal(mark.next, 6);
	drop(&before);
	drop(&after);
}

static void the_checksum_is_the_one_that_others_compute(void **state)
{
	(void)state;
	assert_int_equal(crc32c(0, BYTES_LITERAL("123456789")), 0xE3069283);
	assert_int_equal(
	    crc32c(crc32c(0, BYTES_LITERAL("1234")), BYTES_LITERAL("56789")),
	    0xE3069283);
	assert_int_equal(crc32c(0, (struct bytes){NULL, 0}), 0);
}

TEST_MAIN(cmocka_unit_test(what_comes_twice_counts_once),
	  cmocka_unit_test(what_came_too_early_is_asked_for_in_order),
	  cmocka_unit_test(what_the_machine_has_no_more_is_counted_as_missing),
	  cmocka_unit_test(a_machine_set_back_to_a_snapshot_is_not_filtered_away),
	  cmocka_unit_test(the_checksum_is_the_one_that_others_compute))
