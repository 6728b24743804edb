/* Nothing that was promised is lost, nothing counts twice, whatever the disk does. */
#include "endpoint/agent/spool.h"

#include "bytes/buffer.h"
#include "bytes/test.h"
#include "world/real.h"
#include "world/virtual.h"

#include <string.h>

static struct disk_virtual *virtual_disk;
static struct disk disk;
static struct world_virtual virtual_world;
static struct world world;
static struct spool *spool;
static struct spool_options options;

static void make(uint64_t seed)
{
	world_virtual(&virtual_world, seed, 1609459200000, &world);
	assert_int_equal(disk_virtual_new(seed, &virtual_disk, &disk), RQ_OK);
	spool_options_default(&options);
}

static void open_spool(void)
{
	assert_int_equal(spool_open(&disk, &world, &options, &spool), RQ_OK);
}

static void reopen(void)
{
	spool_close(spool);
	open_spool();
}

static void end(void)
{
	spool_close(spool);
	spool = NULL;
	disk_virtual_free(virtual_disk);
}

static enum rq_err put(enum agent_class class, uint64_t ordinal, size_t size)
{
	static const uint8_t body[CAP_AGENT_RECORD + 1];
	struct record record = {class == CLASS_DETECTION ? RECORD_FINDING
							 : RECORD_TELEMETRY,
				world_utc_ms(&world),
				1,
				ordinal,
				{body, size}};

	return spool_put(spool, class, &record);
}

/* ---- a centre that only keeps marks and who came ---- */

enum { MAX_STREAMS = 512, MAX_ORDINALS = 4096 };

static struct centre {
	struct {
		uint8_t class;
		uint64_t stream;
		struct stream_mark mark;
	} streams[MAX_STREAMS];
	size_t n_streams;
	uint16_t n_times[N_AGENT_CLASSES][MAX_ORDINALS]; /* past the stream's filter */
	uint64_t n_missing;
	size_t max_bytes; /* of one delivery; 0: any */
} centre;

static struct agent_delivery_answer deliver(const struct agent_delivery *sent)
{
	struct agent_delivery_answer answer = {0};
	struct agent_delivery delivery;
	struct buffer message = {0};
	struct record record;
	struct reader r;
	uint64_t missing;
	size_t i = 0, n_known;

	agent_delivery_encode(sent, &message);
	assert_true(buffer_ok(&message));
	assert_int_equal(agent_delivery_decode(buffer_bytes(&message), &delivery),
			 RQ_OK);
	while (i < centre.n_streams && centre.streams[i].stream != delivery.stream)
		i++;
	assert_true(i < MAX_STREAMS);
	if (i == centre.n_streams) {
		centre.streams[i].stream = delivery.stream;
		centre.streams[i].class = delivery.class;
		memset(&centre.streams[i].mark, 0, sizeof centre.streams[i].mark);
		centre.n_streams++;
	}
	missing = centre.streams[i].mark.n_missing;
	if (centre.max_bytes > 0 && delivery.records.n > centre.max_bytes)
		answer.status = DELIVERY_TOO_LARGE;
	else
		answer.status =
		    (uint8_t)stream_judge(&centre.streams[i].mark, &delivery, &n_known);
	centre.n_missing += centre.streams[i].mark.n_missing - missing;
	answer.sequence = centre.streams[i].mark.next;
	answer.chain = centre.streams[i].mark.chain;
	r = reader_over(delivery.records.at, delivery.records.n);
	for (size_t k = 0;
	     answer.status == DELIVERY_TAKEN && delivery_next(&r, &record); k++)
		if (k >= n_known)
			centre.n_times[delivery.class][record.ordinal % MAX_ORDINALS]++;
	buffer_free(&message);
	return answer;
}

/* Sends until nothing is left. */
static void drain(void)
{
	struct agent_delivery delivery;
	struct agent_delivery_answer answer;
	enum rq_err err;
	bool useful;
	unsigned n_idle = 0;

	while ((err = spool_lease(spool, UINT64_MAX, &delivery)) == RQ_OK) {
		answer = deliver(&delivery);
		assert_int_equal(spool_answer(spool, &answer, &useful), RQ_OK);
		n_idle = useful ? 0 : n_idle + 1;
		assert_true(n_idle < 3);
	}
	assert_int_equal(err, RQ_ERR_NOT_FOUND);
}

static void begin(uint64_t seed)
{
	memset(&centre, 0, sizeof centre);
	make(seed);
}

/* ---- cases ---- */

static void the_highest_class_goes_first_and_the_oldest_of_it(void **state)
{
	static const enum agent_class order[] = {CLASS_TELEMETRY, CLASS_RESULT,
						 CLASS_DETECTION, CLASS_INVENTORY,
						 CLASS_RECEIPT};
	struct agent_delivery delivery;
	struct agent_delivery_answer answer;
	bool useful;

	(void)state;
	begin(1);
	open_spool();
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(put(order[i % 5], i / 5, 10), RQ_OK);
	for (uint8_t class = 0; class < N_AGENT_CLASSES; class ++) {
		assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
		assert_int_equal(delivery.class, class);
		assert_int_equal(delivery.n_records, 2);
		assert_int_equal(delivery.first, 0);
		answer = deliver(&delivery);
		assert_int_equal(spool_answer(spool, &answer, &useful), RQ_OK);
		assert_true(useful);
	}
	assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_ERR_NOT_FOUND);
	end();
}

static void what_was_not_answered_is_sent_again_after_a_crash(void **state)
{
	struct agent_delivery delivery;
	uint64_t stream;

	(void)state;
	begin(2);
	open_spool();
	assert_int_equal(put(CLASS_DETECTION, 0, 10), RQ_OK);
	assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
	stream = delivery.stream;
	(void)deliver(&delivery); /* the answer is lost with the power */
	disk_virtual_restart(virtual_disk, true);
	reopen();
	assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
	assert_true(delivery.stream == stream);
	assert_int_equal(delivery.first, 0);
	drain();
	assert_int_equal(centre.n_times[CLASS_DETECTION][0], 1);
	assert_int_equal(centre.n_missing, 0);
	end();
}

static void the_lowest_and_oldest_goes_first_and_is_counted(void **state)
{
	struct agent_spool_state kept[N_AGENT_CLASSES];
	uint64_t n_came = 0;

	(void)state;
	begin(3);
	options.max_bytes = 20000;
	options.segment_bytes = 1000;
	open_spool();
	for (uint64_t i = 0; i < 300; i++) {
		assert_int_equal(put(CLASS_TELEMETRY, i, 100), RQ_OK);
		assert_int_equal(put(CLASS_RESULT, i, 20), RQ_OK);
		assert_int_equal(spool_flush(spool), RQ_OK);
		if (i % 5 == 0)
			assert_int_equal(put(CLASS_DETECTION, i / 5, 50), RQ_OK);
	}
	spool_state(spool, kept);
	assert_int_equal(kept[CLASS_DETECTION].n_dropped, 0);
	assert_int_equal(kept[CLASS_DETECTION].n_records, 60);
	assert_int_equal(kept[CLASS_RESULT].n_dropped + kept[CLASS_RESULT].n_records,
			 300);
	assert_int_equal(
	    kept[CLASS_TELEMETRY].n_dropped + kept[CLASS_TELEMETRY].n_records, 300);
	assert_true(kept[CLASS_TELEMETRY].n_dropped > 200);
	assert_true(kept[CLASS_DETECTION].bytes + kept[CLASS_RESULT].bytes +
			kept[CLASS_TELEMETRY].bytes <=
		    options.max_bytes);
	reopen(); /* the counts are durable */
	drain();
	for (size_t i = 0; i < 300; i++) {
		n_came += centre.n_times[CLASS_TELEMETRY][i] +
			  centre.n_times[CLASS_RESULT][i];
		if (i < 60)
			assert_int_equal(centre.n_times[CLASS_DETECTION][i], 1);
	}
	assert_int_equal(n_came + kept[CLASS_TELEMETRY].n_dropped +
			     kept[CLASS_RESULT].n_dropped,
			 600);
	/* what was dropped from the front shows at the centre as missing; where all of a
	 * stream went, its numbers go on and the next record shows it */
	assert_true(centre.n_missing <=
		    kept[CLASS_TELEMETRY].n_dropped + kept[CLASS_RESULT].n_dropped);
	assert_true(centre.n_times[CLASS_RESULT][299] == 1);
	end();
}

static void a_detection_is_refused_before_one_is_dropped(void **state)
{
	uint64_t n = 0;

	(void)state;
	begin(4);
	options.max_bytes = 10000;
	options.segment_bytes = 1000;
	open_spool();
	assert_int_equal(put(CLASS_TELEMETRY, 0, 500), RQ_OK);
	assert_true(spool_takes_sweeps(spool));
	while (put(CLASS_DETECTION, n, 100) == RQ_OK)
		n++;
	assert_int_equal(put(CLASS_DETECTION, n, 100), RQ_ERR_FULL);
	assert_false(spool_takes_sweeps(spool));
	assert_int_equal(put(CLASS_RESULT, 1, 100), RQ_ERR_FULL);
	reopen();
	assert_false(spool_takes_sweeps(spool));
	drain();
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(centre.n_times[CLASS_DETECTION][i], 1);
	assert_int_equal(centre.n_times[CLASS_DETECTION][n], 0);
	assert_true(spool_takes_sweeps(spool));
	assert_int_equal(put(CLASS_DETECTION, n, 100), RQ_OK); /* the caller had it */
	end();
}

static void a_full_disk_costs_telemetry_and_no_detection(void **state)
{
	struct disk_faults full = {0};
	uint64_t n = 0;

	(void)state;
	begin(5);
	options.segment_bytes = 1000;
	open_spool();
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(put(CLASS_TELEMETRY, i, 100), RQ_OK);
	assert_int_equal(spool_flush(spool), RQ_OK);
	full.capacity = disk_virtual_used(virtual_disk);
	disk_virtual_faults(virtual_disk, &full);
	while (put(CLASS_DETECTION, n, 100) == RQ_OK)
		n++;
	assert_true(n > 50); /* where the telemetry was */
	reopen();
	full.capacity = 0;
	disk_virtual_faults(virtual_disk, &full);
	drain();
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(centre.n_times[CLASS_DETECTION][i], 1);
	end();
}

static void too_large_halves_down_to_one_record_and_success_doubles(void **state)
{
	struct agent_delivery delivery;
	struct agent_delivery_answer answer;
	size_t n_before = SIZE_MAX, n_rounds = 0;
	bool useful;

	(void)state;
	begin(6);
	open_spool();
	for (uint64_t i = 0; i < 64; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 1000), RQ_OK);
	centre.max_bytes = 1000 + RECORD_HEAD;
	for (;;) {
		assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
		answer = deliver(&delivery);
		assert_int_equal(spool_answer(spool, &answer, &useful), RQ_OK);
		assert_true(useful);
		if (answer.status == DELIVERY_TAKEN)
			break;
		assert_true(delivery.n_records < n_before && ++n_rounds < 10);
		n_before = delivery.n_records;
	}
	assert_int_equal(delivery.n_records, 1);
	centre.max_bytes = 0;
	for (size_t n = 2; n <= 16; n *= 2) {
		assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
		assert_in_range(delivery.n_records, n / 2, n);
		answer = deliver(&delivery);
		assert_int_equal(spool_answer(spool, &answer, &useful), RQ_OK);
	}
	end();
}

static void a_single_record_that_is_too_large_stops_only_its_class(void **state)
{
	struct agent_check_in_answer checked_in = {0};
	struct agent_delivery delivery;
	struct agent_delivery_answer answer;
	bool useful;

	(void)state;
	begin(7);
	open_spool();
	assert_int_equal(put(CLASS_DETECTION, 0, 1000), RQ_OK);
	assert_int_equal(put(CLASS_TELEMETRY, 0, 1000), RQ_OK);
	assert_int_equal(put(CLASS_TELEMETRY, 1, 10), RQ_OK);
	centre.max_bytes = 100;
	drain();
	assert_true(spool_is_stuck(spool));
	assert_int_equal(centre.n_times[CLASS_TELEMETRY][1], 1); /* 0 was dropped */
	assert_int_equal(centre.n_missing, 1);
	centre.max_bytes = 0; /* the centre was mended */
	assert_int_equal(spool_checked_in(spool, &checked_in), RQ_OK);
	assert_int_equal(spool_lease(spool, 10, &delivery), RQ_ERR_NOT_FOUND);
	assert_int_equal(spool_lease(spool, 2000, &delivery), RQ_OK);
	answer = deliver(&delivery);
	assert_int_equal(spool_answer(spool, &answer, &useful), RQ_OK);
	assert_int_equal(centre.n_times[CLASS_DETECTION][0], 1);
	assert_false(spool_is_stuck(spool));
	end();
}

/* Copies every file, as a snapshot of a virtual machine does. */
struct snapshot {
	struct buffer content[16];
	char names[16][DISK_NAME_MAX + 1];
	size_t n;
};

static enum rq_err remember(void *listener, const char *name)
{
	struct snapshot *snapshot = listener;

	strcpy(snapshot->names[snapshot->n], name);
	return disk_read_whole(&disk, name, &snapshot->content[snapshot->n++]);
}

/* told: the centre had answered for everything when the snapshot was made; else the first
 * that it is sent again is all known to it. */
static void set_back(bool told)
{
	struct snapshot old = {0}, now = {0};

	begin(8);
	open_spool();
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 10), RQ_OK);
	if (told)
		drain();
	assert_int_equal(disk.list(disk.self, &old, remember), RQ_OK);
	for (uint64_t i = 4; i < 10; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 10), RQ_OK);
	drain();
	assert_int_equal(disk.list(disk.self, &now, remember), RQ_OK);
	for (size_t i = 0; i < now.n; i++)
		assert_int_equal(disk.remove(disk.self, now.names[i]), RQ_OK);
	for (size_t i = 0; i < old.n; i++)
		assert_int_equal(disk.replace(disk.self, old.names[i],
					      buffer_bytes(&old.content[i])),
				 RQ_OK);
	reopen();
	for (uint64_t i = 100; i < 108; i++) /* these get numbers that were given */
		assert_int_equal(put(CLASS_DETECTION, i, 10), RQ_OK);
	drain();
	for (uint64_t i = 100; i < 108; i++)
		assert_int_equal(centre.n_times[CLASS_DETECTION][i], 1);
	assert_int_equal(centre.n_streams, 2);
	for (size_t i = 0; i < 16; i++) {
		buffer_free(&old.content[i]);
		buffer_free(&now.content[i]);
	}
	end();
}

static void a_machine_set_back_to_a_snapshot_loses_nothing_new(void **state)
{
	(void)state;
	set_back(false);
	set_back(true);
}

static void a_centre_restored_from_a_backup_is_told_what_is_still_here(void **state)
{
	struct stream_mark backup;

	(void)state;
	begin(9);
	options.segment_bytes = 200;
	open_spool();
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 100), RQ_OK);
	drain();
	backup = centre.streams[0].mark;
	for (uint64_t i = 3; i < 9; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 100), RQ_OK);
	drain();
	centre.streams[0].mark = backup;
	assert_int_equal(put(CLASS_DETECTION, 9, 100), RQ_OK);
	drain();
	assert_int_equal(centre.n_times[CLASS_DETECTION][9], 1);
	assert_int_equal(centre.streams[0].mark.next, 10);
	assert_int_equal(centre.streams[0].mark.n_missing, 6);
	end();
}

/* ---- every disk operation may be the last ---- */

struct story {
	struct dice dice;
	uint64_t n_found, n_told; /* detections that the sweep has, and that it gave */
	uint64_t n_telemetry;
	unsigned n_kills;
	bool has_faults;
};

/* The machine goes down and comes up again, until the spool opens. */
static void rise(struct story *story)
{
	enum rq_err err;

	for (;;) {
		struct disk_faults faults = {0};

		spool_close(spool);
		spool = NULL;
		disk_virtual_restart(virtual_disk, dice_one_in(&story->dice, 2));
		if (story->n_kills++ < 40 && story->has_faults) {
			faults.kill_at = 1 + dice_below(&story->dice, 30);
			faults.sync_fails_one_in = dice_one_in(&story->dice, 3) ? 6 : 0;
			faults.append_fails_one_in =
			    dice_one_in(&story->dice, 3) ? 9 : 0;
			if (dice_one_in(&story->dice, 4))
				faults.capacity = disk_virtual_used(virtual_disk) +
						  dice_below(&story->dice, 6000);
		}
		disk_virtual_faults(virtual_disk, &faults);
		err = spool_open(&disk, &world, &options, &spool);
		if (err == RQ_OK)
			return;
		assert_true(err == RQ_ERR_STOPPED || err == RQ_ERR_SYSTEM ||
			    err == RQ_ERR_FULL);
	}
}

static enum rq_err step(struct story *story)
{
	struct agent_delivery delivery;
	struct agent_delivery_answer answer;
	enum rq_err err;
	bool useful;

	switch (dice_below(&story->dice, 8)) {
	case 0:
	case 1:
	case 2: /* as a sweep does: goes on when the record is kept, else tries again */
		err = put(CLASS_DETECTION, story->n_told,
			  (size_t)dice_below(&story->dice, 200));
		story->n_told += err == RQ_OK;
		return err;
	case 3:
		return put(CLASS_TELEMETRY, story->n_telemetry++ % MAX_ORDINALS,
			   (size_t)dice_below(&story->dice, 300));
	case 4:
		if (dice_one_in(&story->dice, 6)) { /* all in new streams */
			struct agent_check_in_answer news = {.wants = WANT_NEW_STREAMS};

			return spool_checked_in(spool, &news);
		}
		return spool_flush(spool);
	default:
		err = spool_lease(spool, 1 + dice_below(&story->dice, 2000), &delivery);
		if (err != RQ_OK)
			return err;
		if (dice_one_in(&story->dice, 5))
			return RQ_OK; /* lost on the way */
		answer = deliver(&delivery);
		if (dice_one_in(&story->dice, 5))
			answer = deliver(&delivery); /* came twice */
		if (dice_one_in(&story->dice, 5))
			return RQ_OK; /* the answer was lost */
		return spool_answer(spool, &answer, &useful);
	}
}

static void no_detection_is_lost_or_doubled_at_any_kill(void **state)
{
	uint64_t n_kills = 0, n_doubled = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct story story = {.dice = {seed * 7919}, .has_faults = true};

		begin(seed);
		options.max_bytes = 8000;
		options.segment_bytes = 500;
		centre.max_bytes = seed % 4 == 0 ? 400 : 0;
		rise(&story);
		for (int i = 0; i < 150; i++)
			if (step(&story) == RQ_ERR_STOPPED)
				rise(&story);
		story.has_faults = false;
		rise(&story);
		drain();
		for (uint64_t i = 0; i < story.n_told; i++) {
			if (centre.n_times[CLASS_DETECTION][i] == 0)
				fail_msg("seed %u: detection %u of %u is lost",
					 (unsigned)seed, (unsigned)i,
					 (unsigned)story.n_told);
			/* a put that was cut off may have been kept after all: then
			 * the same ordinal comes again, which the second filter sees */
			n_doubled += centre.n_times[CLASS_DETECTION][i] > 1;
		}
		for (size_t i = 0; i < centre.n_streams; i++)
			if (centre.streams[i].class == CLASS_DETECTION)
				assert_int_equal(centre.streams[i].mark.n_missing, 0);
		n_kills += story.n_kills;
		end();
	}
	assert_true(n_kills > 10000);
	print_message("%u kills, %u records told again under their ordinal\n",
		      (unsigned)n_kills, (unsigned)n_doubled);
}

static void a_damaged_state_or_segment_costs_only_itself(void **state)
{
	struct agent_delivery delivery;
	uint8_t byte = 0x55;

	(void)state;
	begin(10);
	options.segment_bytes = 300;
	open_spool();
	for (uint64_t i = 0; i < 12; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 100), RQ_OK);
	assert_int_equal(disk.replace(disk.self, "state", bytes_of("rubbish")), RQ_OK);
	assert_int_equal(disk.cut(disk.self, "0-00000001", 200), RQ_OK);
	assert_int_equal(disk.append(disk.self, "0-00000001", (struct bytes){&byte, 1}),
			 RQ_OK);
	reopen();
	assert_int_equal(spool_lease(spool, 1 << 20, &delivery), RQ_OK);
	drain();
	for (uint64_t i = 0; i < 12; i++)
		assert_int_equal(centre.n_times[CLASS_DETECTION][i], i != 3);
	assert_int_equal(centre.n_missing, 1);
	end();
}

static void a_file_that_was_removed_cannot_pass_for_a_newer_one(void **state)
{
	uint64_t size;

	(void)state;
	begin(13);
	options.segment_bytes = 100;
	open_spool();
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 100), RQ_OK);
	assert_int_equal(disk.size(disk.self, "0-00000002", &size), RQ_OK);
	drain();
	reopen();
	assert_int_equal(put(CLASS_DETECTION, 3, 100), RQ_OK);
	assert_int_equal(disk.size(disk.self, "0-00000000", &size), RQ_ERR_NOT_FOUND);
	assert_int_equal(disk.size(disk.self, "0-00000003", &size), RQ_OK);
	end();
}

static enum rq_err count_told(void *listener, enum agent_class class,
			      const struct record *record)
{
	uint64_t *next = listener;

	assert_int_equal(class, CLASS_RESULT);
	assert_int_equal(record->ordinal, (*next)++);
	return RQ_OK;
}

static void what_is_kept_can_be_asked_for(void **state)
{
	uint64_t next = 0;

	(void)state;
	begin(11);
	open_spool();
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(put(CLASS_RESULT, i, 10), RQ_OK);
	assert_int_equal(spool_each(spool, &next, count_told), RQ_OK);
	assert_int_equal(next, 5);
	drain();
	next = 5;
	assert_int_equal(spool_each(spool, &next, count_told), RQ_OK);
	assert_int_equal(next, 5);
	assert_int_equal(put(CLASS_RESULT, 0, CAP_AGENT_RECORD + 1), RQ_ERR_LIMIT);
	end();
}

static void it_does_the_same_on_the_disk_of_this_machine(void **state)
{
	char folder[] = "/tmp/raquet-spool-XXXXXX", path[64];
	struct agent_spool_state kept[N_AGENT_CLASSES];
	struct disk_real *real;
	struct snapshot left = {0};

	(void)state;
	begin(12);
	options.segment_bytes = 300;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(disk_real_new(folder, &real, &disk, NULL), RQ_OK);
	open_spool();
	for (uint64_t i = 0; i < 20; i++)
		assert_int_equal(put(CLASS_DETECTION, i, 100), RQ_OK);
	reopen();
	drain();
	for (uint64_t i = 0; i < 20; i++)
		assert_int_equal(centre.n_times[CLASS_DETECTION][i], 1);
	spool_state(spool, kept);
	assert_int_equal(kept[CLASS_DETECTION].bytes, 0);
	assert_int_equal(disk.list(disk.self, &left, remember), RQ_OK);
	assert_int_equal(left.n, 2); /* state and room */
	for (size_t i = 0; i < left.n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, left.names[i]);
		assert_int_equal(remove(path), 0);
		buffer_free(&left.content[i]);
	}
	assert_int_equal(remove(folder), 0);
	disk_real_free(real);
	end();
}

TEST_MAIN(cmocka_unit_test(the_highest_class_goes_first_and_the_oldest_of_it),
	  cmocka_unit_test(what_was_not_answered_is_sent_again_after_a_crash),
	  cmocka_unit_test(the_lowest_and_oldest_goes_first_and_is_counted),
	  cmocka_unit_test(a_detection_is_refused_before_one_is_dropped),
	  cmocka_unit_test(a_full_disk_costs_telemetry_and_no_detection),
	  cmocka_unit_test(too_large_halves_down_to_one_record_and_success_doubles),
	  cmocka_unit_test(a_single_record_that_is_too_large_stops_only_its_class),
	  cmocka_unit_test(a_machine_set_back_to_a_snapshot_loses_nothing_new),
	  cmocka_unit_test(a_centre_restored_from_a_backup_is_told_what_is_still_here),
	  cmocka_unit_test(no_detection_is_lost_or_doubled_at_any_kill),
	  cmocka_unit_test(a_damaged_state_or_segment_costs_only_itself),
	  cmocka_unit_test(a_file_that_was_removed_cannot_pass_for_a_newer_one),
	  cmocka_unit_test(what_is_kept_can_be_asked_for),
	  cmocka_unit_test(it_does_the_same_on_the_disk_of_this_machine))
