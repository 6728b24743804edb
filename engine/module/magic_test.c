/* magic: what libmagic says of well-known bytes, asked as a rule asks. */
#include "bytes/alloc.h"
#include "engine/module/probe.h"

static void says(struct probe *p, const char *function, const char *wanted)
{
	struct value value = probe_call(p, function, NULL, 0);

	assert_int_equal(value.type, VALUE_TEXT);
	if (!bytes_equal_text(value.text, wanted))
		fail_msg("%s: \"%.*s\" instead of \"%s\"", function, (int)value.text.n,
			 probe_text(value.text), wanted);
}

static void knows_kinds(void **state)
{
	const struct {
		const char *bytes, *type, *mime_type;
	} cases[] = {
	    {"plain words\n", "ASCII text", "text/plain"},
	    {"#!/bin/sh\necho a\n", "POSIX shell script, ASCII text executable",
	     "text/x-shellscript"},
	    {"\x01\x02\x03", "data", "application/octet-stream"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct probe p;

		probe_bytes(&p, "magic", cases[i].bytes, strlen(cases[i].bytes));
		/* in turns: each is remembered apart from the other */
		for (int turn = 0; turn < 2; turn++) {
			says(&p, "type", cases[i].type);
			says(&p, "mime_type", cases[i].mime_type);
		}
		probe_close(&p);
	}
}

static void says_nothing_of_memory_and_of_nothing(void **state)
{
	struct block block = {.data = (const uint8_t *)"text\n", .size = 5};
	const struct object memory = {
	    .blocks = &block, .n_blocks = 1, .size = 5, .is_memory = true};
	struct probe p;

	(void)state;
	probe_object(&p, "magic", &memory);
	probe_expect("memory", probe_call(&p, "type", NULL, 0), value_undefined());
	probe_close(&p);
	probe_bytes(&p, "magic", "", 0);
	probe_expect("empty", probe_call(&p, "mime_type", NULL, 0), value_undefined());
	probe_close(&p);
}

static void without_memory_it_says_so(void **state)
{
	struct probe p;
	uint64_t before;

	(void)state;
	probe_bytes(&p, "magic", "text\n", 5);
	while (arena_array(p.arena, 1, 1 << 10) != NULL)
		;
	while (arena_array(p.arena, 1, 1) != NULL)
		;
	before = alloc_refusals();
	probe_expect("type", probe_call(&p, "type", NULL, 0), value_undefined());
	assert_true(alloc_refusals() > before);
	probe_close(&p);
}

TEST_MAIN(cmocka_unit_test(knows_kinds),
	  cmocka_unit_test(says_nothing_of_memory_and_of_nothing),
	  cmocka_unit_test(without_memory_it_says_so))
