#include "bytes/test.h"

#include "bytes/alloc.h"
#include "crypto/secret.h"
#include "sealed/sealed.h"

#include <string.h>

/*
 * One small result, sealed in every way.  Each case changes something and names the
 * refusal; what is accepted is only what was written.
 */

static const char lines[] =
    "{\"event\":\"match\",\"kind\":\"rule\",\"path\":\"/srv/Giấy mời.doc\"}\n"
    "{\"event\":\"summary\",\"verdict\":\"found\"}\n";

static const uint8_t copy[32] = {1, 2, 3}, other_copy[32] = {4, 5, 6};
static const uint8_t centre[32] = {7, 8, 9}, other_centre[32] = {10, 11, 12};
#define UNIT       BYTES_LITERAL("mã của xã An Phú 4711")
#define OTHER_UNIT BYTES_LITERAL("mã của xã An Phú 4712")

static struct sealed_header draft(uint8_t sweep)
{
	struct sealed_header header = {
	    .sweep_id = {sweep, 0xaa},
	    .program = bytes_of("0.1.0"),
	    .kit = bytes_of("kit 7"),
	    .boot_id = bytes_of("b3f1"),
	    .started_ms = 1608447600000,
	    .ended_ms = 1608447900000,
	    .sealed_ms = 1608447901000,
	    .uptime_ms = 86400000,
	    .contents = {{bytes_of("rules"), bytes_of("raquet 2020-12-20"), {0xcc}}},
	    .n_contents = 1,
	    .facts = {{FACT_HOST_NAME, bytes_of("may-01")},
		      {FACT_ADDRESS, bytes_of("02:00:00:00:00:01")},
		      {FACT_ASSET_TAG, bytes_of("PC-117")}},
	    .n_facts = 3,
	    .verdict = VERDICT_FOUND,
	    .n_seen = 12,
	    .n_scanned = 11,
	    .n_found = 1,
	    .n_findings = 1,
	    .n_gaps = 1,
	    .bytes_scanned = 123456,
	};

	return header;
}

struct manner {
	const char *name;
	bool unit, encrypted;
};

static const struct manner manners[] = {
    {"open", false, false},
    {"open with a code of the unit", true, false},
    {"encrypted", false, true},
    {"encrypted with a code of the unit", true, true},
};
enum { N_MANNERS = sizeof manners / sizeof *manners };

static void seal(const struct manner *manner, const uint8_t *secret, uint8_t sweep,
		 const char *text, struct buffer *out)
{
	struct sealed_header header = draft(sweep);
	struct sealed_keys keys = {.copy = secret};
	uint8_t centre_public[SEAL_PUBLIC_SIZE];

	assert_int_equal(seal_public(centre, centre_public), RQ_OK);
	if (manner->unit)
		keys.unit = UNIT;
	if (manner->encrypted)
		keys.centre = centre_public;
	buffer_clear(out);
	assert_int_equal(sealed_write(&header, bytes_of(text), &keys, out, NULL),
			 RQ_OK);
}

/* What a reader has: everything may be left out. */
struct openers {
	const uint8_t *centre_secret;
	struct bytes unit;
};

static struct openers openers_of(const struct manner *manner)
{
	struct openers openers = {0};

	if (manner->unit)
		openers.unit = UNIT;
	if (manner->encrypted)
		openers.centre_secret = centre;
	return openers;
}

/* The key, the file, the code of the unit, as the two processes do it together. */
static enum rq_err open_sealed(struct bytes file, const struct openers *openers,
			       struct sealed *sealed, enum sealed_refusal *refusal)
{
	struct bytes start = {file.at, file.n < SEALED_START ? file.n : SEALED_START};
	struct sealed_key key;
	enum rq_err err;

	*sealed = (struct sealed){0};
	err = sealed_key_find(start, openers->centre_secret, &key, refusal);
	if (err == RQ_OK && *refusal == SEALED_GOOD)
		err = sealed_read(file, &key, sealed, refusal);
	if (err == RQ_OK && *refusal == SEALED_GOOD && openers->unit.n > 0)
		err = sealed_unit_check(&sealed->unit, openers->unit, refusal);
	return err;
}

static enum sealed_refusal answer(struct bytes file, const struct openers *openers)
{
	enum sealed_refusal refusal = N_SEALED_REFUSALS;
	struct sealed sealed;

	assert_int_equal(open_sealed(file, openers, &sealed, &refusal), RQ_OK);
	sealed_free(&sealed);
	return refusal;
}

static void what_was_written_is_read(void **state)
{
	struct buffer file = {0};

	(void)state;
	for (size_t i = 0; i < N_MANNERS; i++) {
		const struct openers openers = openers_of(&manners[i]);
		const struct sealed_header wanted = draft(3);
		enum sealed_refusal refusal;
		struct sealed sealed;
		uint8_t public_key[32], id[SWEEP_ID_SIZE];
		bool is_encrypted;

		seal(&manners[i], copy, 3, lines, &file);
		assert_int_equal(
		    open_sealed(buffer_bytes(&file), &openers, &sealed, &refusal),
		    RQ_OK);
		assert_int_equal(refusal, SEALED_GOOD);
		assert_true(bytes_equal_text(buffer_bytes(&sealed.body), lines));
		assert_int_equal(sealed.was_encrypted, manners[i].encrypted);
		assert_int_equal(sealed.unit.is_there, manners[i].unit);
		assert_int_equal(sign_public(copy, public_key), RQ_OK);
		assert_memory_equal(sealed.header.copy, public_key, 32);
		assert_memory_equal(sealed.header.sweep_id, wanted.sweep_id, 16);
		assert_true(bytes_equal(sealed.header.kit, wanted.kit));
		assert_true(bytes_equal(sealed.header.boot_id, wanted.boot_id));
		assert_true(bytes_equal(sealed.header.contents[0].version,
					wanted.contents[0].version));
		assert_int_equal(sealed.header.n_facts, 3);
		assert_true(
		    bytes_equal(sealed.header.facts[2].text, wanted.facts[2].text));
		assert_int_equal(sealed.header.ended_ms, wanted.ended_ms);
		assert_int_equal(sealed.header.bytes_scanned, wanted.bytes_scanned);
		assert_int_equal(sealed.header.verdict, wanted.verdict);
		sealed_free(&sealed);
		assert_true(sealed_peek(buffer_bytes(&file), id, &is_encrypted));
		assert_memory_equal(id, wanted.sweep_id, 16);
		assert_int_equal(is_encrypted, manners[i].encrypted);
	}
	buffer_free(&file);
}

static void any_flipped_bit_is_refused(void **state)
{
	struct buffer file = {0};

	(void)state;
	for (size_t i = 0; i < N_MANNERS; i++) {
		const struct openers openers = openers_of(&manners[i]);

		seal(&manners[i], copy, 3, lines, &file);
		for (size_t bit = 0; bit < 8 * file.size; bit++) {
			file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (answer(buffer_bytes(&file), &openers) == SEALED_GOOD)
				fail_msg(
				    "%s: accepted with bit %zu of byte %zu flipped",
				    manners[i].name, bit % 8, bit / 8);
			file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(answer(buffer_bytes(&file), &openers), SEALED_GOOD);
	}
	buffer_free(&file);
}

static void any_other_length_is_refused(void **state)
{
	struct buffer file = {0};

	(void)state;
	for (size_t i = 0; i < N_MANNERS; i++) {
		const struct openers openers = openers_of(&manners[i]);
		size_t size;

		seal(&manners[i], copy, 3, lines, &file);
		size = file.size;
		for (size_t n = 0; n < size; n++)
			assert_int_equal(answer((struct bytes){file.data, n}, &openers),
					 n < 8 ? SEALED_NO_SEAL : SEALED_SIZE);
		for (size_t n = 1; n <= 40; n++) {
			buffer_u8(&file, (uint8_t)(n == 1 ? '\n' : 0));
			assert_int_equal(answer(buffer_bytes(&file), &openers),
					 SEALED_SIZE);
			/* and with the size made to fit */
			file.data[12] = (uint8_t)(file.size - 32);
			file.data[13] = (uint8_t)((file.size - 32) >> 8);
			assert_int_not_equal(answer(buffer_bytes(&file), &openers),
					     SEALED_GOOD);
			file.data[12] = (uint8_t)(size - 32);
			file.data[13] = (uint8_t)((size - 32) >> 8);
		}
	}
	buffer_free(&file);
}

static void wrong_keys_are_told_apart(void **state)
{
	const struct manner with_all = {"all", true, true}, no_unit = {"", false, true};
	struct openers openers = openers_of(&with_all);
	struct buffer file = {0}, bare = {0};

	(void)state;
	seal(&with_all, copy, 3, lines, &file);
	seal(&no_unit, copy, 3, lines, &bare);
	assert_int_equal(answer(buffer_bytes(&file), &openers), SEALED_GOOD);
	openers.unit = OTHER_UNIT;
	assert_int_equal(answer(buffer_bytes(&file), &openers), SEALED_OTHER_UNIT);
	assert_int_equal(answer(buffer_bytes(&bare), &openers), SEALED_NO_UNIT);
	openers.centre_secret = other_centre;
	assert_int_equal(answer(buffer_bytes(&file), &openers), SEALED_OTHER_CENTRE);
	openers.centre_secret = NULL;
	assert_int_equal(answer(buffer_bytes(&file), &openers), SEALED_NEEDS_CENTRE);
	buffer_free(&file);
	buffer_free(&bare);
}

/* Where the parts of an open file lie, as the format has it. */
struct parts {
	struct bytes outer, header, body, tail;
};

static struct parts parts_of(const struct buffer *file)
{
	struct reader r = reader_over(file->data, file->size);
	struct parts parts;

	parts.outer = reader_bytes(&r, 32);
	parts.header = reader_bytes(&r, reader_u32le(&r));
	parts.body = reader_bytes(&r, reader_u32le(&r));
	parts.tail = reader_bytes(&r, reader_left(&r));
	assert_true(reader_done(&r));
	return parts;
}

static void join(const struct parts *parts, struct buffer *out)
{
	buffer_clear(out);
	buffer_put(out, parts->outer.at, 12);
	buffer_u32le(out,
		     (uint32_t)(8 + parts->header.n + parts->body.n + parts->tail.n));
	buffer_put(out, parts->outer.at + 16, 16);
	buffer_u32le(out, (uint32_t)parts->header.n);
	buffer_put(out, parts->header.at, parts->header.n);
	buffer_u32le(out, (uint32_t)parts->body.n);
	buffer_put(out, parts->body.at, parts->body.n);
	buffer_put(out, parts->tail.at, parts->tail.n);
}

/* Parts of two genuine results of one copy do not make a third. */
static void swapped_parts_are_refused(void **state)
{
	static const char clean[] = "{\"event\":\"summary\",\"verdict\":\"clean\"}\n";
	struct buffer a = {0}, b = {0}, mixed = {0};
	const struct openers none = {0};

	(void)state;
	seal(&manners[1], copy, 3, lines, &a);
	seal(&manners[1], copy, 4, clean, &b);
	for (unsigned choice = 0; choice < 16; choice++) {
		struct parts from[2] = {parts_of(&a), parts_of(&b)};
		struct parts parts = {
		    .outer = from[choice & 1].outer,
		    .header = from[choice >> 1 & 1].header,
		    .body = from[choice >> 2 & 1].body,
		    .tail = from[choice >> 3 & 1].tail,
		};
		enum sealed_refusal wanted =
		    choice == 0 || choice == 15 ? SEALED_GOOD : SEALED_SIGNATURE;

		join(&parts, &mixed);
		assert_int_equal(answer(buffer_bytes(&mixed), &none), wanted);
	}
	buffer_free(&a);
	buffer_free(&b);
	buffer_free(&mixed);
}

/* The code of the unit can neither be taken off nor put on by somebody else. */
static void a_code_cannot_be_taken_off(void **state)
{
	const struct openers none = {0};
	struct buffer file = {0}, bare = {0}, changed = {0};
	uint8_t tail[1 + 64];
	struct parts parts;

	(void)state;
	seal(&manners[1], copy, 3, lines, &file);
	parts = parts_of(&file);
	tail[0] = 0;
	memcpy(tail + 1, parts.tail.at + 1 + 32, 64);
	parts.tail = (struct bytes){tail, sizeof tail};
	join(&parts, &changed);
	assert_int_equal(answer(buffer_bytes(&changed), &none), SEALED_SIGNATURE);
	buffer_free(&file);
	buffer_free(&bare);
	buffer_free(&changed);
}

/* Whoever has a key of his own can name himself, and nobody else. */
static void another_key_cannot_sign_for_this_copy(void **state)
{
	const struct openers none = {0};
	struct buffer file = {0}, forged = {0};
	struct parts ours, theirs, mixed;

	(void)state;
	seal(&manners[0], copy, 3, lines, &file);
	seal(&manners[0], other_copy, 3, lines, &forged);
	ours = parts_of(&file);
	theirs = parts_of(&forged);
	mixed = ours;
	mixed.tail = theirs.tail;
	{
		struct buffer out = {0};

		join(&mixed, &out);
		assert_int_equal(answer(buffer_bytes(&out), &none), SEALED_SIGNATURE);
		buffer_free(&out);
	}
	buffer_free(&file);
	buffer_free(&forged);
}

static void an_encrypted_file_shows_nothing_of_its_inside(void **state)
{
	struct buffer a = {0}, b = {0};
	size_t n_same = 0;

	(void)state;
	seal(&manners[2], copy, 3, lines, &a);
	seal(&manners[2], copy, 3, lines, &b);
	/* the same result twice: only outer header, centre's key, and chance agree */
	assert_int_equal(a.size, b.size);
	for (size_t i = 96; i < a.size; i++)
		n_same += a.data[i] == b.data[i];
	assert_true(n_same < a.size / 16);
	buffer_free(&a);
	buffer_free(&b);
}

static void texts_are_made_fit(void **state)
{
	struct sealed_header header = draft(1);
	const struct sealed_keys keys = {.copy = copy};
	const struct openers none = {0};
	enum sealed_refusal refusal;
	struct buffer file = {0};
	struct sealed sealed;
	char name[300];

	(void)state;
	memset(name, 'x', sizeof name);
	memcpy(name + 254, "ệ", 3);
	header.facts[0].text = (struct bytes){(uint8_t *)name, sizeof name};
	header.facts[2].text = BYTES_LITERAL("a\033[2Jb\xff\n");
	assert_int_equal(sealed_write(&header, bytes_of(""), &keys, &file, NULL),
			 RQ_OK);
	assert_int_equal(open_sealed(buffer_bytes(&file), &none, &sealed, &refusal),
			 RQ_OK);
	assert_int_equal(refusal, SEALED_GOOD);
	assert_int_equal(sealed.header.facts[0].text.n, 254);
	assert_true(
	    bytes_equal_text(sealed.header.facts[2].text, "a\\x1b[2Jb\\xff\\n"));
	assert_int_equal(sealed.body.size, 0);
	sealed_free(&sealed);
	buffer_free(&file);
}

static void what_cannot_be_sealed_is_said(void **state)
{
	const uint8_t small_order[32] = {1};
	struct sealed_keys keys = {.copy = copy, .centre = small_order};
	struct sealed_header header = draft(1);
	struct buffer file = {0};

	(void)state;
	assert_int_equal(sealed_write(&header, bytes_of(lines), &keys, &file, NULL),
			 RQ_ERR_USAGE);
	keys.centre = NULL;
	header.facts[0].kind = FACT_ASSET_TAG;
	assert_int_equal(sealed_write(&header, bytes_of(lines), &keys, &file, NULL),
			 RQ_ERR_USAGE);
	header = draft(1);
	assert_int_equal(sealed_write(&header,
				      (struct bytes){NULL, CAP_SEALED_BODY + 1}, &keys,
				      &file, NULL),
			 RQ_ERR_LIMIT);
	buffer_free(&file);
}

/* ---- lists ---- */

struct seen {
	struct buffer texts[16];
	size_t n;
};

static enum rq_err see(void *listener, struct bytes file, uint64_t off)
{
	struct seen *seen = listener;

	(void)off;
	assert_true(seen->n < 16);
	buffer_put(&seen->texts[seen->n++], file.at, file.n);
	return RQ_OK;
}

static void forget(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		buffer_free(&seen->texts[i]);
	seen->n = 0;
}

/* One stick, twelve clones: one key, and twelve results that stay apart. */
static void a_list_keeps_every_byte(void **state)
{
	struct buffer files[12] = {0}, list = {0};
	const struct openers none = {0};
	enum sealed_refusal refusal;
	struct seen seen = {0};
	struct bytes all[12];

	(void)state;
	for (uint8_t i = 0; i < 12; i++) {
		seal(&manners[0], copy, i, lines, &files[i]);
		all[i] = buffer_bytes(&files[i]);
	}
	assert_int_equal(sealed_list_write(all, 12, &list), RQ_OK);
	assert_true(sealed_list_is(buffer_bytes(&list)));
	assert_int_equal(sealed_list_read(buffer_bytes(&list), &seen, see, &refusal),
			 RQ_OK);
	assert_int_equal(refusal, SEALED_GOOD);
	assert_int_equal(seen.n, 12);
	for (size_t i = 0; i < 12; i++) {
		assert_true(bytes_equal(buffer_bytes(&seen.texts[i]), all[i]));
		assert_int_equal(answer(buffer_bytes(&seen.texts[i]), &none),
				 SEALED_GOOD);
		assert_int_equal(seen.texts[i].data[16], i);
	}
	forget(&seen);
	for (size_t n = 0; n < list.size; n++) {
		assert_int_equal(sealed_list_read((struct bytes){list.data, n}, &seen,
						  see, &refusal),
				 RQ_OK);
		assert_int_not_equal(refusal, SEALED_GOOD);
		assert_int_equal(seen.n, 0);
	}
	buffer_u8(&list, 0);
	assert_int_equal(sealed_list_read(buffer_bytes(&list), &seen, see, &refusal),
			 RQ_OK);
	assert_int_equal(refusal, SEALED_SIZE);
	assert_int_equal(seen.n, 0);
	for (size_t i = 0; i < 12; i++)
		buffer_free(&files[i]);
	buffer_free(&list);
}

static void failing_memory_is_an_error_and_no_answer(void **state)
{
	const struct openers openers = openers_of(&manners[3]);
	struct buffer file = {0};

	(void)state;
	seal(&manners[3], copy, 3, lines, &file);
	for (uint64_t n = 1; n < 100; n++) {
		enum sealed_refusal refusal;
		struct sealed sealed;
		enum rq_err err;

		alloc_fail_from(n);
		err = open_sealed(buffer_bytes(&file), &openers, &sealed, &refusal);
		alloc_fail_from(0);
		assert_true(err == RQ_OK || err == RQ_ERR_MEMORY);
		if (err == RQ_OK) {
			assert_int_equal(refusal, SEALED_GOOD);
			assert_true(
			    bytes_equal_text(buffer_bytes(&sealed.body), lines));
		}
		sealed_free(&sealed);
	}
	buffer_free(&file);
}

TEST_MAIN(cmocka_unit_test(what_was_written_is_read),
	  cmocka_unit_test(any_flipped_bit_is_refused),
	  cmocka_unit_test(any_other_length_is_refused),
	  cmocka_unit_test(wrong_keys_are_told_apart),
	  cmocka_unit_test(swapped_parts_are_refused),
	  cmocka_unit_test(a_code_cannot_be_taken_off),
	  cmocka_unit_test(another_key_cannot_sign_for_this_copy),
	  cmocka_unit_test(an_encrypted_file_shows_nothing_of_its_inside),
	  cmocka_unit_test(texts_are_made_fit),
	  cmocka_unit_test(what_cannot_be_sealed_is_said),
	  cmocka_unit_test(a_list_keeps_every_byte),
	  cmocka_unit_test(failing_memory_is_an_error_and_no_answer))
