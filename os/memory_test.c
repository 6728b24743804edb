/* The texts in which Linux tells of processes, with names that try to mislead. */
#include "bytes/test.h"

#include "bytes/alloc.h"
#include "os/connection_linux.h"
#include "os/memory_linux.h"

#include <string.h>

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	return arena_new(1 << 20, &arena) != RQ_OK;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void a_line_of_maps_is_a_region(void **state)
{
	static const struct {
		const char *line;
		enum memory_kind kind;
		const char *path;
		bool is_deleted;
	} cases[] = {
	    {"1000-2000 rw-p 00000000 00:00 0 \n", MEMORY_ANONYMOUS, "", false},
	    {"1000-2000 rw-p 00000000 00:00 0   [heap]\n", MEMORY_HEAP, "", false},
	    {"1000-2000 rw-p 00000000 00:00 0   [stack]\n", MEMORY_STACK, "", false},
	    {"1000-2000 rw-p 00000000 00:00 0   [anon:name]\n", MEMORY_ANONYMOUS, "",
	     false},
	    {"1000-2000 r--p 00000000 fe:01 7   /a b\n", MEMORY_FILE, "/a b", false},
	    {"1000-2000 r--p 00000000 fe:01 7   /a\\012b\n", MEMORY_FILE, "/a\nb",
	     false},
	    {"1000-2000 r--p 00000000 fe:01 7   /a (deleted)\n", MEMORY_FILE, "/a",
	     true},
	    {"1000-2000 r--p 00000000 fe:01 7   /[heap]\n", MEMORY_FILE, "/[heap]",
	     false},
	    {"1000-2000 r-xs 00000000 00:01 7   /memfd:x (deleted)\n", MEMORY_NAMELESS,
	     "/memfd:x", true},
	    /* a file that only looks like one without a name */
	    {"1000-2000 r-xs 00000000 fe:01 7   /memfd:x\n", MEMORY_FILE, "/memfd:x",
	     false},
	    {"1000-2000 rw-s 00000000 00:01 7   /dev/zero (deleted)\n",
	     MEMORY_ANONYMOUS, "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct memory_region *regions;
		size_t n;

		assert_int_equal(
		    memory_maps_decode(bytes_of(cases[i].line), arena, &regions, &n),
		    RQ_OK);
		assert_int_equal(n, 1);
		assert_int_equal(regions[0].address, 0x1000);
		assert_int_equal(regions[0].size, 0x1000);
		assert_int_equal(regions[0].kind, cases[i].kind);
		assert_int_equal(regions[0].is_deleted, cases[i].is_deleted);
		assert_true(bytes_equal_text(regions[0].path, cases[i].path));
	}
}

static void what_is_no_list_of_regions_is_refused(void **state)
{
	static const char *const cases[] = {
	    "x",
	    "1000-2000",
	    "1000-1000 rw-p 0 00:00 0 \n",
	    "2000-1000 rw-p 0 00:00 0 \n",
	    "2000-3000 rw-p 0 00:00 0 \n1000-2000 rw-p 0 00:00 0 \n",
	    "1000-3000 rw-p 0 00:00 0 \n2000-4000 rw-p 0 00:00 0 \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct memory_region *regions;
		size_t n;

		assert_int_equal(
		    memory_maps_decode(bytes_of(cases[i]), arena, &regions, &n),
		    RQ_ERR_FORMAT);
		assert_int_equal(n, 0);
	}
}

static void a_name_cannot_pass_for_the_fields_behind_it(void **state)
{
	struct memory_process process = {0};

	(void)state;
	assert_int_equal(
	    memory_stat_decode(bytes_of("46 (a) Z 1 (b) S 7 46 46 0 -1 4194304 1 0 0 0 "
					"1 2 3 4 20 0 1 0 8315 2000 300\n"),
			       arena, &process),
	    RQ_OK);
	assert_true(bytes_equal_text(process.name, "a) Z 1 (b"));
	assert_int_equal(process.parent, 7);
	assert_int_equal(process.started, 8315);
	assert_true(process.has_memory);
	/* a thread of the system, by its flags; and one that ended */
	assert_int_equal(
	    memory_stat_decode(bytes_of("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 "
					"0 0 20 0 1 0 14 0 0\n"),
			       arena, &process),
	    RQ_OK);
	assert_false(process.has_memory);
	assert_int_equal(memory_stat_decode(bytes_of("5 (x) Z 1"), arena, &process),
			 RQ_ERR_FORMAT);
}

static void connections_have_another_end(void **state)
{
	static const char text[] =
	    "  sl  local_address rem_address   st\n"
	    "   0: 00000000:07E8 00000000:0000 0A 0:0 00:0 0     0        0 1060 1\n"
	    "   1: 0100007F:9C40 070200C0:01BB 01 0:0 00:0 0  1000        0 2071 1\n"
	    "   2: 0100007F:9C41 070200C0:01BB 06 0:0 00:0 0     0        0 0 3\n";
	struct connection_rows rows = {0};

	(void)state;
	assert_int_equal(connection_rows_decode(bytes_of(text), false, false, &rows),
			 RQ_OK);
	assert_int_equal(rows.n, 1);
	assert_int_equal(rows.at[0].socket, 2071);
	assert_int_equal(rows.at[0].port, 443);
	assert_memory_equal(rows.at[0].address, "\xc0\0\x02\x07", 4);
	alloc_free(rows.at);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

TEST_MAIN(CASE(a_line_of_maps_is_a_region), CASE(what_is_no_list_of_regions_is_refused),
	  CASE(a_name_cannot_pass_for_the_fields_behind_it),
	  CASE(connections_have_another_end))
