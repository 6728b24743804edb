#include "centre/store/store_scene.h"

#include "centre/unit/table.h"

#include <string.h>

enum { TODAY = 18000, NOW = 1000, PERSON = 7 };

static const struct unit_act act = {NULL, NOW, TODAY};

/* Imports text in a change of its own; what came of it, as one line. */
static void import(struct store *store, const struct unit_act *by, const char *text,
		   bool only_check, const char *wanted)
{
	struct arena *arena;
	struct unit_table table;
	struct unit_import done;
	char said[1024];
	size_t n;

	assert_int_equal(arena_new(CAP_UNIT_MEMORY, &arena), RQ_OK);
	assert_int_equal(unit_table_read(bytes_of(text), arena, &table), RQ_OK);
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(unit_import(store, by, &table, arena, only_check, &done, &scene_diag));
	SCENE_OK(unit_check(store, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	n = (size_t)snprintf(said, sizeof said, "%s +%zu ~%zu =%zu",
			     done.is_done ? "done" : "not", done.n_added,
			     done.n_changed, done.n_same);
	for (size_t i = 0; i < table.n_complaints && n < sizeof said; i++)
		n += (size_t)snprintf(said + n, sizeof said - n, "; %zu: %s (%s)",
				      table.complaints[i].line,
				      unit_wrong_text(table.complaints[i].wrong, true),
				      table.complaints[i].text);
	arena_free(arena);
	assert_string_equal(said, wanted);
}

struct said {
	char text[2048];
};

static enum rq_err say_unit(void *listener, const struct unit *unit)
{
	struct said *said = listener;
	size_t n = strlen(said->text);

	snprintf(said->text + n, sizeof said->text - n, "%s%.*s", n > 0 ? ", " : "",
		 (int)unit->name.n, (const char *)unit->name.at);
	return RQ_OK;
}

/* What PERSON, who has a role at the first top, sees on day. */
static void list_is(struct store *store, int64_t day, const char *wanted)
{
	static const char top[] = "SELECT unit FROM unit_version WHERE parent IS NULL"
				  " AND end_day = 2932897";
	struct role role = {
	    .person = PERSON, .kind = ROLE_ADMINISTRATOR, .end_ms = FOREVER_MS};
	const struct reach reach = {PERSON, ROLES_ALL, NOW, day};
	struct said said = {""};

	SCENE_OK(store_begin(store, &scene_diag));
	if (store_ask_number(store, top, NULL, 0, &role.unit, NULL) == RQ_OK)
		SCENE_OK(role_give(store, NULL, &role, NOW, &scene_diag));
	SCENE_OK(unit_list(store, &reach, 0, &said, say_unit, &scene_diag));
	store_rollback(store);
	assert_string_equal(said.text, wanted);
}

#define PROVINCE                                                                       \
	"\xef\xbb\xbfMã;Tên đơn vị;Cấp trên;Từ ngày\r\n"                   \
	"X41.16.01;Xã Long Ấn;UBND huyện Đông Mây;20/12/2018\r\n"              \
	"X41.16;Ủy ban nhân dân huyện Đông Mây;X41;01/01/2018\r\n"            \
	"X41;Tỉnh Sông Mây;;01/01/2018\r\n"                                        \
	"X41.02;\"Sở Nội vụ\";tinh song may;2018-01-01\r\n"

static void a_table_makes_a_tree(void **state)
{
	struct store *store = scene_store(state);

	import(store, &act, PROVINCE, true, "not +4 ~0 =0");
	list_is(store, TODAY, "");
	import(store, &act, PROVINCE, false, "done +4 ~0 =0");
	list_is(store, TODAY,
		"Tỉnh Sông Mây, Sở Nội vụ, Ủy ban nhân dân huyện Đông Mây, Xã Long Ấn");
	/* 20/12/2018 is day 17885 */
	list_is(store, 17884,
		"Tỉnh Sông Mây, Sở Nội vụ, Ủy ban nhân dân huyện Đông Mây");
	import(store, &act, PROVINCE, false, "done +0 ~0 =4");
}

static void a_table_changes_what_is_there(void **state)
{
	struct store *store = scene_store(state);

	import(store, &act, PROVINCE, false, "done +4 ~0 =0");
	import(store, &act,
	       "code,name,parent,rank\n"
	       "X41.16.01,Xã Long Mới,X41,1\n"
	       ",Sở Y tế,X41,9\n",
	       false, "done +1 ~1 =0");
	list_is(store, TODAY,
		"Tỉnh Sông Mây, Sở Nội vụ, Sở Y tế, Ủy ban nhân dân huyện Đông Mây, "
		"Xã Long Mới");
	list_is(store, TODAY - 1,
		"Tỉnh Sông Mây, Sở Nội vụ, Ủy ban nhân dân huyện Đông Mây, Xã Long Ấn");
	/* a day that is over, once there are units */
	import(store, &act,
	       "name,parent,first day\n"
	       "Sở Khác,X41,01/01/2019\n",
	       false,
	       "not +0 ~0 =0; 2: the units that are there do not allow it (that day is "
	       "over: what was reported of it stays)");
}

static const struct {
	const char *name, *text, *wanted;
} wrong[] = {
    {"nothing", "", "1: there is no header with a column of names ()"},
    {"no header", "Sở Nội vụ\n",
     "1: a column that is not known, or is there twice (Sở Nội vụ); 1: there is no "
     "header with a column of names ()"},
    {"a column twice", "name,tên\nSở Nội vụ,a\n",
     "1: a column that is not known, or is there twice (tên)"},
    {"every line is told",
     "code,name,kind,rank,counts only,first day\n"
     "16,Sở A,,,,\n"
     ",,,,,\n"
     ",Sở B,sở bộ,,,\n"
     ",Sở C,,một,,\n"
     ",Sở D,,,chắc,\n"
     ",Sở E,,,,31/02/2020\n"
     "\"\n"
     ",.,,,,\n"
     ",Sở\xe2\x80\xaeG,,,,\n",
     "2: the code is not like 000.00.16.H41 or H41.16 (16); "
     "4: the kind of unit is not known (sở bộ); "
     "5: the order is no number (một); "
     "6: neither yes nor no (chắc); "
     "7: the day is not like 20/12/2020 (31/02/2020); "
     "8: a quote does not match (); "
     "9: the name is missing or is none (.); "
     "10: not UTF-8, or with hidden characters (Sở\\u{202e}G)"},
    {"not UTF-8", "name\nS\xed\n", "2: not UTF-8, or with hidden characters (S\\xed)"},
    {"a code twice", "code,name\nX41.16,Sở A\nx41.16,Sở B\n",
     "3: the unit or its code stands on another line as well (X41.16)"},
    {"a parent that is not there", "name,parent\nXã A,Huyện B\n",
     "2: the unit above is not found (Huyện B)"},
    {"a loop", "name,parent\nXã A,Xã B\nXã B,Xã A\n",
     "2: the unit above is not found (Xã B); 3: the unit above is not found (Xã A)"},
    {"a parent that may be one of two",
     "name,parent\nTỉnh A,\nTỉnh Á,\nTỉnh Ả,\nXã B,tinh a\nXã C,Tỉnh Á\n",
     "5: the unit above may be one of several: give its code (tinh a)"},
    {"one name twice below one unit", "name,rank\nSở A,1\nSở A,2\n",
     "3: the unit or its code stands on another line as well (Sở A)"},
};

static void all_that_is_wrong_is_told(void **state)
{
	struct store *store = scene_store(state);

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct arena *arena;
		struct unit_table table;
		struct unit_import done;
		char said[2048] = "";

		assert_int_equal(arena_new(CAP_UNIT_MEMORY, &arena), RQ_OK);
		assert_int_equal(
		    unit_table_read(bytes_of(wrong[i].text), arena, &table), RQ_OK);
		SCENE_OK(store_begin(store, &scene_diag));
		SCENE_OK(
		    unit_import(store, &act, &table, arena, false, &done, &scene_diag));
		store_rollback(store);
		for (size_t k = 0; k < table.n_complaints; k++) {
			size_t n = strlen(said);

			snprintf(said + n, sizeof said - n, "%s%zu: %s (%s)",
				 k > 0 ? "; " : "", table.complaints[k].line,
				 unit_wrong_text(table.complaints[k].wrong, true),
				 table.complaints[k].text);
		}
		arena_free(arena);
		assert_false(done.is_done);
		if (strcmp(said, wrong[i].wanted) != 0)
			fail_msg("%s: %s", wrong[i].name, said);
	}
}

static void nothing_is_taken_where_one_line_is_wrong(void **state)
{
	struct store *store = scene_store(state);

	import(store, &act, "name,parent\nTỉnh Sông Mây,\nXã A,Huyện B\n", false,
	       "not +1 ~0 =0; 3: the unit above is not found (Huyện B)");
	list_is(store, TODAY, "");
}

static void a_person_imports_only_what_is_reached(void **state)
{
	static const char find[] =
	    "SELECT unit FROM unit_code WHERE code = 'X41.16' AND end_day > 20000";
	struct store *store = scene_store(state);
	const struct reach reach = {9, ROLE_ADMINISTRATOR, NOW, TODAY};
	const struct unit_act by = {&reach, NOW, TODAY};
	struct role role = {
	    .person = 9, .kind = ROLE_ADMINISTRATOR, .end_ms = FOREVER_MS};

	import(store, &act, PROVINCE, false, "done +4 ~0 =0");
	SCENE_OK(store_begin(store, &scene_diag));
	SCENE_OK(store_ask_number(store, find, NULL, 0, &role.unit, &scene_diag));
	SCENE_OK(role_give(store, NULL, &role, NOW, &scene_diag));
	SCENE_OK(store_commit(store, &scene_diag));
	import(store, &by, "name,parent\nXã Mới,X41.16\n", false, "done +1 ~0 =0");
	import(
	    store, &by, "name,parent\nXã Mới,X41\nXã Nữa,tỉnh sông mây\n", false,
	    "not +0 ~0 =0; 2: the unit above is not found (X41); 3: the unit above is "
	    "not found (tỉnh sông mây)");
	import(store, &by, "name\nTỉnh Khác\n", false,
	       "not +0 ~0 =0; 2: the units that are there do not allow it (there is no "
	       "such unit)");
}

STORE_TEST_MAIN(STORE_TESTS(a_table_makes_a_tree),
		STORE_TESTS(a_table_changes_what_is_there),
		STORE_TESTS(all_that_is_wrong_is_told),
		STORE_TESTS(nothing_is_taken_where_one_line_is_wrong),
		STORE_TESTS(a_person_imports_only_what_is_reached))
