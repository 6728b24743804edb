#include "engine/module/probe.h"

/* "the quick" and bytes above 0x7f, which are negative in a text only */
static const uint8_t file[] = {0, 1, 2, 3, 0, 0, 0xff, 0xff, 0x80, 'a', 'b', 'c'};

#define INT(i)  value_int(i)
#define REAL(f) value_float(f)
#define TEXT(t) value_text(BYTES_LITERAL(t))
#define NOTHING value_undefined()
#define ARGS(...)                                                                      \
	{                                                                              \
		__VA_ARGS__                                                            \
	}

struct call_case {
	const char *name, *function;
	struct value args[3];
	size_t n_args;
	struct value want;
};

static void run_on(struct probe *p, const struct call_case *cases, size_t n_cases)
{
	for (size_t i = 0; i < n_cases; i++)
		probe_expect(
		    cases[i].name,
		    probe_call(p, cases[i].function, cases[i].args, cases[i].n_args),
		    cases[i].want);
	probe_close(p);
}

#define RUN_ON(p, cases) run_on(p, cases, sizeof(cases) / sizeof *(cases))

static void numbers(void **state)
{
	const struct call_case cases[] = {
	    {"inside", "in_range", ARGS(REAL(2), REAL(1), REAL(3)), 3, INT(1)},
	    {"the limits belong to it", "in_range", ARGS(REAL(3), REAL(1), REAL(3)), 3,
	     INT(1)},
	    {"outside", "in_range", ARGS(REAL(3.5), REAL(1), REAL(3)), 3, INT(0)},
	    {"smaller", "min", ARGS(INT(3), INT(4)), 2, INT(3)},
	    {"negative is large", "min", ARGS(INT(-1), INT(4)), 2, INT(4)},
	    {"larger", "max", ARGS(INT(3), INT(4)), 2, INT(4)},
	    {"negative is larger", "max", ARGS(INT(-1), INT(4)), 2, INT(-1)},
	    {"true", "to_number", ARGS(value_bool(true)), 1, INT(1)},
	    {"false", "to_number", ARGS(value_bool(false)), 1, INT(0)},
	    {"abs", "abs", ARGS(INT(-7)), 1, INT(7)},
	    {"abs of the smallest", "abs", ARGS(INT(INT64_MIN)), 1, INT(INT64_MIN)},
	    {"decimal", "to_string", ARGS(INT(-1234)), 1, TEXT("-1234")},
	    {"base 10", "to_string", ARGS(INT(-1234), INT(10)), 2, TEXT("-1234")},
	    {"base 16", "to_string", ARGS(INT(32), INT(16)), 2, TEXT("20")},
	    {"base 16 has no sign", "to_string", ARGS(INT(-1), INT(16)), 2,
	     TEXT("ffffffffffffffff")},
	    {"base 8", "to_string", ARGS(INT(32), INT(8)), 2, TEXT("40")},
	    {"no other base", "to_string", ARGS(INT(32), INT(2)), 2, NOTHING},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "math", file, sizeof file);
	probe_expect("MEAN_BYTES", probe_get(&p, "MEAN_BYTES"), REAL(127.5));
	RUN_ON(&p, cases);
}

static void ranges(void **state)
{
	const struct call_case cases[] = {
	    {"one value", "entropy", ARGS(INT(4), INT(2)), 2, REAL(0)},
	    {"four values", "entropy", ARGS(INT(0), INT(4)), 2, REAL(2)},
	    {"empty", "entropy", ARGS(INT(1), INT(0)), 2, REAL(0)},
	    {"cut off at the end", "entropy", ARGS(INT(8), INT(400)), 2, REAL(2)},
	    {"behind the end", "entropy", ARGS(INT(12), INT(1)), 2, NOTHING},
	    {"negative offset", "entropy", ARGS(INT(-1), INT(1)), 2, NOTHING},
	    {"negative length", "entropy", ARGS(INT(0), INT(-1)), 2, NOTHING},
	    {"offset and length wrap", "entropy", ARGS(INT(8), INT(INT64_MAX)), 2,
	     REAL(2)},
	    {"mean", "mean", ARGS(INT(0), INT(4)), 2, REAL(1.5)},
	    {"mean is unsigned", "mean", ARGS(INT(6), INT(2)), 2, REAL(255)},
	    {"mean of nothing", "mean", ARGS(INT(0), INT(0)), 2, NOTHING},
	    {"deviation", "deviation", ARGS(INT(0), INT(4), REAL(1.5)), 3, REAL(1)},
	    {"deviation of nothing", "deviation", ARGS(INT(0), INT(0), REAL(1)), 3,
	     NOTHING},
	    {"correlation", "serial_correlation", ARGS(INT(0), INT(4)), 2, REAL(-0.2)},
	    {"constant", "serial_correlation", ARGS(INT(4), INT(2)), 2, REAL(-100000)},
	    {"no range", "serial_correlation", ARGS(INT(-4), INT(2)), 2, NOTHING},
	    {"in the circle", "monte_carlo_pi", ARGS(INT(0), INT(6)), 2,
	     REAL(0x1.17cc1b727220bp-2)},
	    {"five bytes are no point", "monte_carlo_pi", ARGS(INT(0), INT(5)), 2,
	     NOTHING},
	    {"count", "count", ARGS(INT(0xff), INT(0), INT(7)), 3, INT(1)},
	    {"count of all", "count", ARGS(INT(0xff)), 1, INT(2)},
	    {"no byte", "count", ARGS(INT(256)), 1, NOTHING},
	    {"no byte", "count", ARGS(INT(-1), INT(0), INT(7)), 3, NOTHING},
	    {"no range", "count", ARGS(INT(1), INT(20), INT(7)), 3, NOTHING},
	    {"percentage", "percentage", ARGS(INT(0), INT(0), INT(4)), 3, REAL(0.25)},
	    {"percentage is single precision", "percentage",
	     ARGS(INT(3), INT(3), INT(3)), 3, REAL(0x1.555556p-2)},
	    {"percentage of all", "percentage", ARGS(INT(0)), 1, REAL(0.25)},
	    {"percentage of nothing", "percentage", ARGS(INT(0), INT(0), INT(0)), 3,
	     NOTHING},
	    {"mode", "mode", ARGS(INT(6), INT(3)), 2, INT(0xff)},
	    {"the smallest of equals", "mode", ARGS(INT(7), INT(2)), 2, INT(0x80)},
	    {"mode of all", "mode", {{0}}, 0, INT(0)},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "math", file, sizeof file);
	RUN_ON(&p, cases);
}

static void texts(void **state)
{
	const struct call_case cases[] = {
	    {"entropy", "entropy", ARGS(TEXT("abcd")), 1, REAL(2)},
	    {"entropy of nothing", "entropy", ARGS(TEXT("")), 1, REAL(0)},
	    {"mean", "mean", ARGS(TEXT("AC")), 1, REAL(66)},
	    {"mean is signed", "mean", ARGS(TEXT("\xff\xfd")), 1, REAL(-2)},
	    {"mean of nothing", "mean", ARGS(TEXT("")), 1, NOTHING},
	    {"deviation", "deviation", ARGS(TEXT("AC"), REAL(66)), 2, REAL(1)},
	    {"deviation is signed", "deviation", ARGS(TEXT("\xff"), REAL(1)), 2,
	     REAL(2)},
	    {"correlation", "serial_correlation", ARGS(TEXT("\0\1\2\3")), 1,
	     REAL(-0.2)},
	    {"of nothing", "serial_correlation", ARGS(TEXT("")), 1, REAL(-100000)},
	    {"inside", "monte_carlo_pi", ARGS(TEXT("AAAAAA")), 1,
	     REAL(0x1.17cc1b727220bp-2)},
	    {"outside, signed", "monte_carlo_pi",
	     ARGS(TEXT("\xff\xff\xff\xff\xff\xff")), 1, REAL(1)},
	    {"five bytes", "monte_carlo_pi", ARGS(TEXT("abcde")), 1, NOTHING},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "math", file, sizeof file);
	RUN_ON(&p, cases);
}

static void blocks_that_touch(void **state)
{
	const struct block blocks[] = {
	    {0, file, 4}, {4, file + 4, 4}, {8, file + 8, 4}};
	const struct object object = {.blocks = blocks, .n_blocks = 3, .size = 12};
	const struct call_case cases[] = {
	    {"one range over two", "count", ARGS(INT(0), INT(0), INT(5)), 3, INT(2)},
	    {"starts in the second", "mean", ARGS(INT(6), INT(2)), 2, REAL(255)},
	    {"cut off", "mode", ARGS(INT(9), INT(100)), 2, INT('a')},
	    {"empty, where one ends", "entropy", ARGS(INT(4), INT(0)), 2, NOTHING},
	    {"all", "count", ARGS(INT(0xff)), 1, INT(2)},
	    {"no point spans two", "monte_carlo_pi", ARGS(INT(0), INT(12)), 2, NOTHING},
	    /* the first byte of the last block stands for the first of the range */
	    {"wraps to", "serial_correlation", ARGS(INT(2), INT(5)), 2,
	     REAL((5.0 * 6 - 260.0 * 260.0) / (5.0 * 65038 - 260.0 * 260.0))},
	};
	struct probe p;

	(void)state;
	probe_object(&p, "math", &object);
	RUN_ON(&p, cases);
}

static void blocks_with_a_hole(void **state)
{
	const struct block blocks[] = {
	    {16, file, 4}, {32, file + 4, 4}, {40, file + 8, 4}};
	const struct object object = {
	    .blocks = blocks, .n_blocks = 3, .is_memory = true};
	const struct call_case cases[] = {
	    {"inside one", "mean", ARGS(INT(16), INT(4)), 2, REAL(1.5)},
	    {"before the first", "mean", ARGS(INT(15), INT(2)), 2, NOTHING},
	    {"in the hole", "mean", ARGS(INT(24), INT(2)), 2, NOTHING},
	    {"over the hole", "mean", ARGS(INT(18), INT(20)), 2, NOTHING},
	    {"up to the hole and no further", "mean", ARGS(INT(18), INT(2)), 2,
	     REAL(2.5)},
	    {"over the hole", "serial_correlation", ARGS(INT(18), INT(20)), 2, NOTHING},
	    {"over the hole", "monte_carlo_pi", ARGS(INT(18), INT(20)), 2, NOTHING},
	    {"does not begin at 0", "count", ARGS(INT(0)), 1, NOTHING},
	    {"does not begin at 0", "mode", {{0}}, 0, NOTHING},
	};
	struct probe p;

	(void)state;
	probe_object(&p, "math", &object);
	RUN_ON(&p, cases);
}

static void an_empty_file(void **state)
{
	const struct call_case cases[] = {
	    {"no range", "entropy", ARGS(INT(0), INT(0)), 2, NOTHING},
	    {"count of all", "count", ARGS(INT(0)), 1, NOTHING},
	    {"percentage of all", "percentage", ARGS(INT(0)), 1, NOTHING},
	    {"mode of all", "mode", {{0}}, 0, NOTHING},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "math", file, 0);
	RUN_ON(&p, cases);
}

TEST_MAIN(cmocka_unit_test(numbers), cmocka_unit_test(ranges), cmocka_unit_test(texts),
	  cmocka_unit_test(blocks_that_touch), cmocka_unit_test(blocks_with_a_hole),
	  cmocka_unit_test(an_empty_file))
