/*
 * The module "string": length and number of a text.
 *
 * A number is what strtoll(3) of the C locale takes, up to the first zero byte, with
 * nothing behind it; what does not fit into 64 bits is undefined.
 */
#include "engine/module/module.h"

enum string_id { TO_INT, TO_INT_IN_BASE, LENGTH };

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The value of a digit of base 36; 36 and more: not one. */
static unsigned digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 36;
}

static uint8_t peek(const struct reader *r, size_t ahead)
{
	struct reader at = reader_from(r, r->pos + ahead);

	return reader_u8(&at); /* 0 behind the end, which ends a text here */
}

/* Skips the prefix of base 16 and 8 and settles base 0. */
static unsigned take_prefix(struct reader *r, unsigned base)
{
	bool has_x = peek(r, 0) == '0' && (peek(r, 1) | 0x20) == 'x' &&
		     digit_value(peek(r, 2)) < 16;

	if ((base == 0 || base == 16) && has_x) {
		reader_skip(r, 2);
		return 16;
	}
	if (base == 0)
		return peek(r, 0) == '0' ? 8 : 10;
	return base;
}

static struct value to_int(struct bytes text, unsigned base)
{
	struct reader r = reader_over(text.at, text.n);
	bool is_negative = false, has_digit = false;
	uint64_t sum = 0, limit;

	while (is_space(peek(&r, 0)))
		reader_skip(&r, 1);
	if (peek(&r, 0) == '-' || peek(&r, 0) == '+')
		is_negative = reader_u8(&r) == '-';
	limit = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	base = take_prefix(&r, base);
	for (unsigned digit; (digit = digit_value(peek(&r, 0))) < base;
	     has_digit = true) {
		if (sum > (limit - digit) / base)
			return value_undefined();
		sum = sum * base + digit;
		reader_skip(&r, 1);
	}
	if (!has_digit || peek(&r, 0) != 0)
		return value_undefined();
	return value_int((int64_t)(is_negative ? 0 - sum : sum));
}

static void string_call(void *state, uint16_t id, const struct value *args,
			struct value *value_out)
{
	(void)state;
	*value_out = value_undefined();
	switch ((enum string_id)id) {
	case TO_INT: *value_out = to_int(args[0].text, 0); break;
	case TO_INT_IN_BASE:
		if (args[1].integer == 0 ||
		    (args[1].integer >= 2 && args[1].integer <= 36))
			*value_out = to_int(args[0].text, (unsigned)args[1].integer);
		break;
	case LENGTH: *value_out = value_int((int64_t)args[0].text.n); break;
	}
}

static enum rq_err string_open(const struct module_context *context, void **state_out)
{
	(void)context;
	*state_out = NULL; /* nothing to remember */
	return RQ_OK;
}

static const struct module_field fields[] = {
    FIELD_OF_FUNCTION("to_int", TO_INT, "s", VALUE_INT),
    FIELD_OF_FUNCTION("to_int", TO_INT_IN_BASE, "si", VALUE_INT),
    FIELD_OF_FUNCTION("length", LENGTH, "s", VALUE_INT),
    {0},
};

const struct module module_string = {
    .name = "string", .fields = fields, .open = string_open, .call = string_call};
