/* console and time: what a rule says to, and learns from, whoever scans. */
#include "engine/module/probe.h"

#define INT(i)  value_int(i)
#define REAL(f) value_float(f)
#define TEXT(t) value_text(BYTES_LITERAL(t))

static void lines(void **state)
{
	const struct {
		const char *function;
		struct value args[2];
		size_t n_args;
		const char *line;
	} cases[] = {
	    {"log", {TEXT("plain ~")}, 1, "plain ~\n"},
	    {"log", {TEXT("")}, 1, "\n"},
	    {"log", {TEXT("a\0\n\x7f\x80\xff\\")}, 1, "a\\x00\\x0a\\x7f\\x80\\xff\\\n"},
	    {"log", {TEXT("name: "), TEXT("x\x1b")}, 2, "name: x\\x1b\n"},
	    {"log",
	     {TEXT("as \xc3\xa9 is\0not this"), TEXT("!")},
	     2,
	     "as \xc3\xa9 is!\n"},
	    {"log", {INT(-5)}, 1, "-5\n"},
	    {"log", {TEXT("n="), INT(INT64_MIN)}, 2, "n=-9223372036854775808\n"},
	    {"log", {REAL(1.5)}, 1, "1.500000\n"},
	    {"log", {TEXT("f="), REAL(-0.0000001)}, 2, "f=-0.000000\n"},
	    {"hex", {INT(255)}, 1, "0xff\n"},
	    {"hex", {TEXT("at "), INT(-1)}, 2, "at 0xffffffffffffffff\n"},
	};
	struct probe p;

	(void)state;
	probe_bytes(&p, "console", "", 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buffer_clear(&p.lines);
		probe_expect(
		    cases[i].line,
		    probe_call(&p, cases[i].function, cases[i].args, cases[i].n_args),
		    value_int(1));
		assert_int_equal(p.lines.size, strlen(cases[i].line));
		assert_memory_equal(p.lines.data, cases[i].line, p.lines.size);
	}
	probe_close(&p);
}

static void nobody_needs_to_listen(void **state)
{
	struct value text = TEXT("unheard");
	struct probe p;

	(void)state;
	probe_bytes(&p, "console", "", 0);
	p.context.console = NULL;
	probe_expect("log", probe_call(&p, "log", &text, 1), value_int(1));
	probe_close(&p);
}

static void now_is_what_the_scan_says(void **state)
{
	struct probe p;

	(void)state;
	probe_bytes(&p, "time", "", 0);
	probe_expect("now", probe_call(&p, "now", NULL, 0), value_int(1600000000));
	probe_close(&p);
}

TEST_MAIN(cmocka_unit_test(lines), cmocka_unit_test(nobody_needs_to_listen),
	  cmocka_unit_test(now_is_what_the_scan_says))
