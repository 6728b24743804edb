#include "centre/configuration.h"

#include "bytes/test.h"
#include "centre/log.h"
#include "world/world.h"

#include <string.h>

static struct arena *arena;
static struct configuration configuration;
static struct rq_diag diag;

static int begin(void **state)
{
	(void)state;
	configuration_default(&configuration);
	diag = (struct rq_diag){0};
	return arena_new(1 << 20, &arena) == RQ_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum rq_err read_text(const char *text)
{
	return configuration_read(&configuration, bytes_of(text), arena, &diag);
}

static void a_file_is_keys_comments_and_empty_lines(void **state)
{
	(void)state;
	assert_int_equal(read_text("# where people look\r\n\n"
				   "people = [::]:443\r\n"
				   "  store=postgres://db/raquet?a=b  \n"
				   "agents_connections = 50000"),
			 RQ_OK);
	assert_string_equal(configuration.people, "[::]:443");
	assert_string_equal(configuration.store, "postgres://db/raquet?a=b");
	assert_int_equal(configuration.agents_connections, 50000);
	assert_int_equal(configuration_complete(&configuration, arena, &diag), RQ_OK);
	assert_string_equal(configuration.agents_key,
			    "/var/lib/raquet-centre/agents.key");
	assert_string_equal(configuration.store, "postgres://db/raquet?a=b");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		uint64_t line;
		const char *what;
	} cases[] = {
	    {"peple = 1.2.3.4:5", 1, "there is no key \"peple\""},
	    {"\npeople", 2, "not as \"key = value\""},
	    {"people = 1.2.3.4", 1, "not an address as 127.0.0.1:8443 or [::]:8443"},
	    {"people = 1.2.3.4:65536", 1,
	     "not an address as 127.0.0.1:8443 or [::]:8443"},
	    {"log = xml", 1, "neither text nor json"},
	    {"room_mib = -1", 1, "not a number from 0 to 1048576"},
	    {"agents_connections = 0", 1, "not a number from 1 to 1000000"},
	    {"log = json\nlog = text", 2, "given twice"},
	    {"folder =", 1, "no value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (read_text(cases[i].text) != RQ_ERR_USAGE ||
		    diag.offset != cases[i].line ||
		    strcmp(diag.what, cases[i].what) != 0)
			fail_msg("%s: line %d, %s", cases[i].text, (int)diag.offset,
				 diag.what);
	}
}

static void the_environment_comes_over_the_file(void **state)
{
	const char *const good[] = {"PATH=/bin", "RAQUET_CENTRE_LOG=json", NULL};
	const char *const unknown[] = {"RAQUET_CENTRE_LOGS=json", NULL};
	const char *const bad[] = {"RAQUET_CENTRE_PEOPLE=here", NULL};

	(void)state;
	assert_int_equal(read_text("log = text"), RQ_OK);
	assert_int_equal(configuration_override(&configuration, good, arena, &diag),
			 RQ_OK);
	assert_string_equal(configuration.log, "json");
	assert_int_equal(configuration_override(&configuration, unknown, arena, &diag),
			 RQ_ERR_USAGE);
	assert_int_equal(configuration_override(&configuration, bad, arena, &diag),
			 RQ_ERR_USAGE);
}

static void every_key_is_in_the_manual(void **state)
{
	static char text[64 << 10];
	FILE *file = fopen("docs/centre-configuration.md", "r");
	char row[60];

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
	for (size_t i = 0; configuration_key(i) != NULL; i++) {
		snprintf(row, sizeof row, "\n| `%s` |", configuration_key(i));
		if (strstr(text, row) == NULL)
			fail_msg("not in docs/centre-configuration.md: %s",
				 configuration_key(i));
	}
}

static uint64_t noon(void *self)
{
	(void)self;
	return 1700000000000;
}

static void a_record_is_one_line_whatever_is_in_it(void **state)
{
	const struct world world = {.utc_ms = noon};
	const struct log_field fields[] = {
	    {"port", store_number(8443)},
	    {"name", store_text(bytes_of("a\n\"\x1b[2J"))},
	    {"key", store_bytes(bytes_of("\x01\xff"))}};
	struct log log = {.world = &world, .to_journal = true};
	struct buffer out = {0};

	(void)state;
	log_write(&out, &log, LOG_NOTICE, "listen", fields, 3);
	assert_true(bytes_equal_text(buffer_bytes(&out),
				     "<5>listen port=8443 "
				     "name=\"a\\n\\\"\\u001b[2J\" key=01ff\n"));
	buffer_clear(&out);
	log = (struct log){.as_json = true, .world = &world};
	log_write(&out, &log, LOG_ERROR, "listen", fields, 3);
	assert_true(bytes_equal_text(
	    buffer_bytes(&out),
	    "{\"time_ms\":1700000000000,\"level\":3,\"event\":\"listen\",\"port\":8443,"
	    "\"name\":\"a\\n\\\"\\u001b[2J\",\"key\":\"01ff\"}\n"));
	buffer_free(&out);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

TEST_MAIN(CASE(a_file_is_keys_comments_and_empty_lines),
	  CASE(what_is_wrong_is_told_with_its_line),
	  CASE(the_environment_comes_over_the_file), CASE(every_key_is_in_the_manual),
	  CASE(a_record_is_one_line_whatever_is_in_it))
