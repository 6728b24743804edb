#include "bytes/test.h"

#include "bytes/buffer.h"
#include "engine/module/module_print.h"

/* Boxes, of which the second was never filled, and what is written on them. */

enum { WEIGHT = 1, LABEL, LOST, BOXES, BOX_SIZE, BOX_ROWS, ROW_NAME, NOTES, OPEN };

static void demo_get(void *state, uint16_t id, const struct value *keys,
		     struct value *value_out)
{
	(void)state;
	*value_out = value_undefined();
	if (id == WEIGHT)
		*value_out = value_float(2.5);
	else if (id == LABEL)
		*value_out = value_text(BYTES_LITERAL("a\"\n\0\xe1"));
	else if (id == BOX_SIZE && keys[0].integer == 2)
		*value_out = value_int(-4);
	else if (id == ROW_NAME && keys[0].integer == 0 && keys[1].integer == 1)
		*value_out = value_text(BYTES_LITERAL("row"));
	else if (id == NOTES)
		*value_out = value_int((int64_t)keys[0].text.n);
}

static int64_t demo_count(void *state, uint16_t id, const struct value *keys)
{
	(void)state, (void)keys;
	return id == BOXES ? 3 : id == LOST ? -1 : 2;
}

static void demo_key(void *state, uint16_t id, const struct value *keys, int64_t index,
		     struct value *key_out)
{
	(void)state, (void)id, (void)keys;
	*key_out =
	    value_text(index == 0 ? BYTES_LITERAL("x\ny") : BYTES_LITERAL("k\0z"));
}

static const struct module_field row_fields[] = {FIELD_OF_TEXT("name", ROW_NAME), {0}};
static const struct module_field box_fields[] = {
    FIELD_OF_INT("size", BOX_SIZE),
    FIELD_OF_STRUCTS("rows", BOX_ROWS, row_fields),
    {0}};
static const struct module_field demo_fields[] = {
    FIELD_OF_CONSTANT("LIMIT", 7),
    FIELD_OF_FLOAT("weight", WEIGHT),
    FIELD_OF_TEXT("label", LABEL),
    FIELD_OF_ARRAY("lost", LOST, VALUE_INT),
    FIELD_OF_FUNCTION("open", OPEN, "s", VALUE_INT),
    FIELD_OF_STRUCTS("boxes", BOXES, box_fields),
    FIELD_OF_DICT("notes", NOTES, VALUE_INT),
    {0}};
static const struct module demo = {.name = "demo",
				   .fields = demo_fields,
				   .get = demo_get,
				   .count = demo_count,
				   .key = demo_key};

struct listener {
	struct buffer out;
	size_t n_wanted;
};

static bool put_line(void *context, struct bytes line)
{
	struct listener *listener = context;

	buffer_put(&listener->out, line.at, line.n);
	buffer_u8(&listener->out, '|');
	return --listener->n_wanted > 0;
}

static void expect(size_t n_wanted, const char *text)
{
	struct listener listener = {.n_wanted = n_wanted};

	assert_int_equal(module_print(&demo, NULL, put_line, &listener), RQ_OK);
	buffer_u8(&listener.out, 0);
	assert_string_equal((const char *)listener.out.data, text);
	buffer_free(&listener.out);
}

static void lines_are_those_of_yara(void **state)
{
	(void)state;
	expect(99, "demo|"
		   "\tnotes|\t\tx\ny = 3|\t\tk = 3|"
		   "\tboxes|"
		   "\t\t[0]|\t\t\tsize = YR_UNDEFINED|\t\t\trows|"
		   "\t\t\t\t[1]|\t\t\t\t\tname = \"row\"|"
		   "\t\t[2]|\t\t\tsize = -4|\t\t\trows|"
		   "\tlost|"
		   "\tlabel = \"a\"\\x0a\\x00\\xe1\"|"
		   "\tweight = 2.500000|"
		   "\tLIMIT = 7|");
}

static void a_listener_may_have_enough(void **state)
{
	(void)state;
	expect(1, "demo|");
	expect(3, "demo|\tnotes|\t\tx\ny = 3|");
}

TEST_MAIN(cmocka_unit_test(lines_are_those_of_yara),
	  cmocka_unit_test(a_listener_may_have_enough))
