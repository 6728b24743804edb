#include "engine/module/probe.h"

#define TEXT(t) BYTES_LITERAL(t)
#define NOTHING value_undefined()

static void numbers_of_texts(void **state)
{
	const struct {
		const char *name;
		struct bytes text;
		int64_t base; /* -1: left out */
		struct value want;
	} cases[] = {
	    {"decimal", TEXT("1234"), -1, value_int(1234)},
	    {"signs", TEXT("-10"), -1, value_int(-10)},
	    {"signs", TEXT("+10"), -1, value_int(10)},
	    {"only one sign", TEXT("--10"), -1, NOTHING},
	    {"no space behind the sign", TEXT("- 10"), -1, NOTHING},
	    {"space before", TEXT(" \t\n\v\f\r10"), -1, value_int(10)},
	    {"space behind", TEXT("10 "), -1, NOTHING},
	    {"hexadecimal", TEXT("0x1F"), -1, value_int(31)},
	    {"hexadecimal", TEXT("-0X1f"), -1, value_int(-31)},
	    {"octal", TEXT("010"), -1, value_int(8)},
	    {"zero is octal", TEXT("0"), -1, value_int(0)},
	    {"no octal digit", TEXT("08"), -1, NOTHING},
	    {"prefix alone", TEXT("0x"), -1, NOTHING},
	    {"prefix and no digit", TEXT("0xg"), 16, NOTHING},
	    {"nothing", TEXT(""), -1, NOTHING},
	    {"sign alone", TEXT("-"), -1, NOTHING},
	    {"letters", TEXT("A"), -1, NOTHING},
	    {"up to a zero byte", TEXT("12\0x"), -1, value_int(12)},
	    {"zero byte first", TEXT("\00012"), -1, NOTHING},
	    {"largest", TEXT("9223372036854775807"), -1, value_int(INT64_MAX)},
	    {"too large", TEXT("9223372036854775808"), -1, NOTHING},
	    {"smallest", TEXT("-9223372036854775808"), -1, value_int(INT64_MIN)},
	    {"too small", TEXT("-9223372036854775809"), -1, NOTHING},
	    {"base 0", TEXT("0x10"), 0, value_int(16)},
	    {"base 2", TEXT("101"), 2, value_int(5)},
	    {"base 2 has no prefix", TEXT("0b101"), 2, NOTHING},
	    {"base 8", TEXT("11"), 8, value_int(9)},
	    {"base 10 of a prefix", TEXT("0x10"), 10, NOTHING},
	    {"base 16", TEXT("ff"), 16, value_int(255)},
	    {"base 16 with prefix", TEXT("0xff"), 16, value_int(255)},
	    {"base 36", TEXT("Zz"), 36, value_int(35 * 36 + 35)},
	    {"digit beyond the base", TEXT("12"), 2, NOTHING},
	    {"no base 1", TEXT("1"), 1, NOTHING},
	    {"no base 37", TEXT("1"), 37, NOTHING},
	    {"no negative base", TEXT("1"), -16, NOTHING},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "string", "", 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value args[] = {value_text(cases[i].text),
				       value_int(cases[i].base)};

		probe_expect(
		    cases[i].name,
		    probe_call(&p, "to_int", args, cases[i].base == -1 ? 1 : 2),
		    cases[i].want);
	}
	probe_close(&p);
}

static void length_counts_zero_bytes(void **state)
{
	struct value text = value_text(TEXT("A\0\xff"));
	struct probe p;

	(void)state;
	probe_bytes(&p, "string", "", 0);
	probe_expect("length", probe_call(&p, "length", &text, 1), value_int(3));
	probe_close(&p);
}

TEST_MAIN(cmocka_unit_test(numbers_of_texts),
	  cmocka_unit_test(length_counts_zero_bytes))
