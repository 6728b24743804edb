#include "bytes/test.h"

#include "engine/module/module_dump.h"

/* A module of two users, each with letters, and a dictionary of ages. */

enum { USERS = 1, USER_NAME, USER_LETTERS, LETTER, LETTER_SIZE, AGES, SECRET, GREET };

static const char *const names[] = {"an", "binh"};
static const char *const letters[][2] = {{"x", "y"}, {"z", NULL}};

static void demo_get(void *state, uint16_t id, const struct value *keys,
		     struct value *value_out)
{
	(void)state;
	switch (id) {
	case USER_NAME:
		*value_out = value_text(bytes_of(names[keys[0].integer]));
		break;
	case LETTER:
		*value_out =
		    value_text(bytes_of(letters[keys[0].integer][keys[1].integer]));
		break;
	case LETTER_SIZE: *value_out = value_int(1); break;
	case AGES: *value_out = value_int((int64_t)keys[0].text.n); break;
	default: *value_out = value_undefined();
	}
}

static int64_t demo_count(void *state, uint16_t id, const struct value *keys)
{
	(void)state;
	if (id == USER_LETTERS)
		return keys[0].integer == 0 ? 2 : 1;
	return id == SECRET ? -1 : 2;
}

static void demo_key(void *state, uint16_t id, const struct value *keys, int64_t index,
		     struct value *key_out)
{
	(void)state, (void)id, (void)keys;
	*key_out = value_text(index == 0 ? BYTES_LITERAL("an") : BYTES_LITERAL("b\1h"));
}

static const struct module_field letter_fields[] = {
    FIELD_OF_INT("size", LETTER_SIZE), FIELD_OF_TEXT("text", LETTER), {0}};
static const struct module_field user_fields[] = {
    FIELD_OF_TEXT("name", USER_NAME),
    FIELD_OF_STRUCTS("letters", USER_LETTERS, letter_fields),
    FIELD_OF_FUNCTION("greet", GREET, "s", VALUE_INT),
    {0}};
static const struct module_field demo_fields[] = {
    FIELD_OF_CONSTANT("LIMIT", 7),
    FIELD_OF_STRUCTS("users", USERS, user_fields),
    FIELD_OF_DICT("ages", AGES, VALUE_INT),
    FIELD_OF_ARRAY("secret", SECRET, VALUE_INT),
    {0}};
static const struct module demo = {.name = "demo",
				   .fields = demo_fields,
				   .get = demo_get,
				   .count = demo_count,
				   .key = demo_key};

static void put_value(void *context, const struct module_node *node,
		      const struct value *value)
{
	struct buffer *out = context;

	module_path(node, out);
	if (value->type == VALUE_INT)
		buffer_format(out, "=%lld ", (long long)value->integer);
	else
		buffer_format(out, "=%.*s ", (int)value->text.n,
			      (const char *)value->text.at);
}

static void put_function(void *context, const struct module_node *node,
			 const struct value *keys, size_t n_keys)
{
	struct buffer *out = context;

	module_path(node, out);
	buffer_format(out, "(%zu:%lld) ", n_keys, (long long)keys[0].integer);
}

static bool put_enter(void *context, const struct module_node *node, int64_t n_elements)
{
	struct buffer *out = context;

	buffer_format(out, "%s%lld{ ", node->index < 0 ? node->field->name : "",
		      (long long)n_elements);
	return true;
}

static void put_leave(void *context, const struct module_node *node)
{
	(void)node;
	buffer_text(context, "} ");
}

static void expect(struct module_visitor visitor, const char *text)
{
	struct buffer out = {0};

	visitor.context = &out;
	module_dump(&demo, NULL, &visitor);
	buffer_u8(&out, 0);
	assert_true(buffer_ok(&out));
	assert_string_equal((const char *)out.data, text);
	buffer_free(&out);
}

static void every_value_comes_once_with_its_path(void **state)
{
	(void)state;
	expect((struct module_visitor){.value = put_value},
	       "LIMIT=7 users[0].name=an users[0].letters[0].size=1 "
	       "users[0].letters[0].text=x users[0].letters[1].size=1 "
	       "users[0].letters[1].text=y users[1].name=binh "
	       "users[1].letters[0].size=1 users[1].letters[0].text=z ages[\"an\"]=2 "
	       "ages[\"b\\x01h\"]=3 ");
}

static void fields_can_come_as_libyara_prints_them(void **state)
{
	(void)state;
	expect((struct module_visitor){.value = put_value, .libyara_order = true},
	       "ages[\"an\"]=2 ages[\"b\\x01h\"]=3 users[0].name=an "
	       "users[0].letters[0].text=x users[0].letters[0].size=1 "
	       "users[0].letters[1].text=y users[0].letters[1].size=1 "
	       "users[1].name=binh users[1].letters[0].text=z "
	       "users[1].letters[0].size=1 LIMIT=7 ");
}

static void functions_come_with_the_keys_of_their_path(void **state)
{
	(void)state;
	expect((struct module_visitor){.function = put_function},
	       "users[0].greet(1:0) users[1].greet(1:1) ");
}

static void structures_are_entered_and_left(void **state)
{
	(void)state;
	expect((struct module_visitor){.enter = put_enter, .leave = put_leave},
	       "users2{ 0{ letters2{ 0{ } 0{ } } } 0{ letters1{ 0{ } } } } "
	       "ages2{ } secret-1{ } ");
}

TEST_MAIN(cmocka_unit_test(every_value_comes_once_with_its_path),
	  cmocka_unit_test(fields_can_come_as_libyara_prints_them),
	  cmocka_unit_test(functions_come_with_the_keys_of_their_path),
	  cmocka_unit_test(structures_are_entered_and_left))
