#include "centre/store/store_scene.h"

#include "centre/audit/audit.h"
#include "centre/unit/unit.h"

#include <string.h>

enum { TODAY = 18000, BEFORE = 17000, NOW = 1000, PERSON = 7 };

static struct unit_act act_of_centre = {NULL, NOW, TODAY};

/* Reaches all that is below the unit in which the scene gave PERSON a role. */
static struct reach on(int64_t day)
{
	return (struct reach){PERSON, ROLES_ALL, NOW, day};
}

/* ---- a province ---- */

struct province {
	struct store *store;
	int64_t top, health, interior, east, west, long_an, tan_tien, tan_tien_too;
};

static int64_t add(struct store *store, int64_t parent, const char *name,
		   enum unit_kind kind, int64_t rank)
{
	const struct unit wanted = {.parent = parent,
				    .first_day = TODAY,
				    .name = bytes_of(name),
				    .kind = kind,
				    .rank = rank};
	int64_t id;

	SCENE_OK(unit_add(store, &act_of_centre, &wanted, &id, &scene_diag));
	return id;
}

static void give_role(struct store *store, int64_t person, int64_t unit,
		      enum role_kind kind)
{
	struct role role = {.person = person,
			    .kind = kind,
			    .unit = unit,
			    .first_ms = 0,
			    .end_ms = FOREVER_MS};

	SCENE_OK(role_give(store, NULL, &role, NOW, &scene_diag));
}

static struct province province(void **state)
{
	struct province p = {.store = scene_store(state)};

	SCENE_OK(store_begin(p.store, &scene_diag));
	p.top = add(p.store, 0, "Tỉnh Sông Mây", UNIT_PROVINCE, 0);
	p.east = add(p.store, p.top, "Huyện Đông Mây", UNIT_DISTRICT, 1);
	p.west = add(p.store, p.top, "Huyện Tây Mây", UNIT_DISTRICT, 2);
	p.long_an = add(p.store, p.east, "Xã Long Ấn", UNIT_COMMUNE, 1);
	p.tan_tien = add(p.store, p.east, "Xã Tân Tiến", UNIT_COMMUNE, 2);
	p.tan_tien_too = add(p.store, p.west, "Xã Tấn Tiến", UNIT_COMMUNE, 1);
	p.health = add(p.store, p.top, "Sở Y tế", UNIT_DEPARTMENT, 2);
	p.interior = add(p.store, p.top, "Sở Nội vụ", UNIT_DEPARTMENT, 1);
	give_role(p.store, PERSON, p.top, ROLE_ADMINISTRATOR);
	return p;
}

static void commit(const struct province *p)
{
	SCENE_OK(unit_check(p->store, &scene_diag));
	SCENE_OK(store_commit(p->store, &scene_diag));
}

/* ---- what is told, as text ---- */

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

static void list_is(struct store *store, struct reach reach, int64_t above,
		    const char *wanted)
{
	struct said said = {""};

	SCENE_OK(unit_list(store, &reach, above, &said, say_unit, &scene_diag));
	assert_string_equal(said.text, wanted);
}

static enum rq_err keep_unit(void *listener, const struct unit *unit)
{
	struct unit *kept = listener;

	*kept = *unit;
	kept->name = (struct bytes){NULL, 0};
	return RQ_OK;
}

static struct unit get(struct store *store, struct reach reach, int64_t id)
{
	struct unit unit = {0};

	SCENE_OK(unit_get(store, &reach, id, &unit, keep_unit, &scene_diag));
	return unit;
}

static void is_refused(enum rq_err err, enum rq_err wanted, const char *why)
{
	assert_int_equal(err, wanted);
	assert_string_equal(scene_diag.what, why);
}

/* ---- the tree ---- */

#define ALL_IN_ORDER                                                                                         \
	"Tỉnh Sông Mây, Sở Nội vụ, Sở Y tế, Huyện Đông Mây, Huyện Tây Mây, Xã Long " \
	"Ấn, "                                                                                             \
	"Xã Tấn Tiến, Xã Tân Tiến"

static void lists_follow_protocol_order(void **state)
{
	struct province p = province(state);
	const struct unit counts = {.kind = UNIT_DEPARTMENT, .counts_only = true};

	commit(&p);
	list_is(p.store, on(TODAY), 0, ALL_IN_ORDER);
	list_is(p.store, on(TODAY), p.east, "Huyện Đông Mây, Xã Long Ấn, Xã Tân Tiến");
	list_is(p.store, on(TODAY - 1), 0, "");
	SCENE_OK(store_begin(p.store, &scene_diag));
	SCENE_OK(unit_describe(p.store, &act_of_centre, p.interior, &counts, TODAY,
			       &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY), 0,
		"Tỉnh Sông Mây, Sở Y tế, Huyện Đông Mây, Huyện Tây Mây, Xã Long Ấn, "
		"Xã Tấn Tiến, Xã Tân Tiến, Sở Nội vụ");
}

static void a_day_keeps_its_names(void **state)
{
	struct province p = province(state);
	struct said said = {""};
	struct reach reach = on(TODAY);

	SCENE_OK(unit_rename(p.store, &act_of_centre, p.health,
			     bytes_of(" Sở  Y tế và Dân số "), TODAY + 10,
			     &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY + 9), p.health, "Sở Y tế");
	list_is(p.store, on(TODAY + 10), p.health, "Sở Y tế và Dân số");
	SCENE_OK(unit_history(p.store, &reach, p.health, &said, say_unit, &scene_diag));
	assert_string_equal(said.text, "Sở Y tế, Sở Y tế và Dân số");
}

static void a_day_keeps_its_tree(void **state)
{
	struct province p = province(state);

	SCENE_OK(unit_move(p.store, &act_of_centre, p.long_an, p.west, TODAY + 10,
			   &scene_diag));
	SCENE_OK(unit_move(p.store, &act_of_centre, p.west, p.east, TODAY + 20,
			   &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY + 9), p.east,
		"Huyện Đông Mây, Xã Long Ấn, Xã Tân Tiến");
	list_is(p.store, on(TODAY + 10), p.east, "Huyện Đông Mây, Xã Tân Tiến");
	list_is(p.store, on(TODAY + 10), p.west,
		"Huyện Tây Mây, Xã Long Ấn, Xã Tấn Tiến");
	list_is(p.store, on(TODAY + 20), p.east,
		"Huyện Đông Mây, Huyện Tây Mây, Xã Long Ấn, Xã Tấn Tiến, Xã Tân Tiến");
	assert_int_equal(get(p.store, on(TODAY + 15), p.long_an).parent, p.west);
	assert_int_equal(get(p.store, on(TODAY + 15), p.long_an).end_day, DAY_FOREVER);
}

static void a_move_keeps_what_is_planned_below(void **state)
{
	struct province p = province(state);

	SCENE_OK(unit_move(p.store, &act_of_centre, p.long_an, p.top, TODAY + 20,
			   &scene_diag));
	SCENE_OK(unit_move(p.store, &act_of_centre, p.east, p.west, TODAY + 10,
			   &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY + 19), p.west,
		"Huyện Đông Mây, Huyện Tây Mây, Xã Long Ấn, Xã Tấn Tiến, Xã Tân Tiến");
	list_is(p.store, on(TODAY + 20), p.west,
		"Huyện Đông Mây, Huyện Tây Mây, Xã Tấn Tiến, Xã Tân Tiến");
}

static void merged_units_end_and_keep_their_past(void **state)
{
	struct province p = province(state);
	const int64_t both[] = {p.east, p.west};

	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.west,
				bytes_of("000.00.16.X41"), TODAY, &scene_diag));
	SCENE_OK(unit_merge(p.store, &act_of_centre, both, 2, p.east, TODAY + 5,
			    &scene_diag));
	/* the code is free */
	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.east,
				bytes_of("000.00.16.X41"), TODAY + 5, &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY + 4), p.west, "Huyện Tây Mây, Xã Tấn Tiến");
	list_is(p.store, on(TODAY + 5), p.west, "");
	list_is(p.store, on(TODAY + 5), p.east,
		"Huyện Đông Mây, Xã Long Ấn, Xã Tấn Tiến, Xã Tân Tiến");
}

static enum rq_err say_successor(void *listener, const struct unit_successor *successor)
{
	struct said *said = listener;
	size_t n = strlen(said->text);

	snprintf(said->text + n, sizeof said->text - n, "[%lld %lld %d]",
		 (long long)successor->successor, (long long)successor->day,
		 successor->how);
	return RQ_OK;
}

static void a_split_unit_names_its_parts(void **state)
{
	struct province p = province(state);
	const int64_t into[] = {p.tan_tien, p.tan_tien_too};
	struct reach reach = on(TODAY);
	struct said said = {""};
	char wanted[128];

	SCENE_OK(unit_split(p.store, &act_of_centre, p.long_an, into, 2, TODAY + 3,
			    &scene_diag));
	commit(&p);
	snprintf(wanted, sizeof wanted, "[%lld %d %d][%lld %d %d]",
		 (long long)p.tan_tien, TODAY + 3, SUCCESSOR_SPLIT,
		 (long long)p.tan_tien_too, TODAY + 3, SUCCESSOR_SPLIT);
	SCENE_OK(unit_successors(p.store, &reach, p.long_an, &said, say_successor,
				 &scene_diag));
	assert_string_equal(said.text, wanted);
	list_is(p.store, on(TODAY + 3), p.long_an, "");
}

static void an_abolished_unit_is_there_until_then(void **state)
{
	struct province p = province(state);

	SCENE_OK(unit_abolish(p.store, &act_of_centre, p.health, p.interior, TODAY + 1,
			      &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY), p.health, "Sở Y tế");
	list_is(p.store, on(TODAY + 1), p.health, "");
}

static void what_is_wrong_is_refused(void **state)
{
	struct province p = province(state);
	struct unit unit = {.parent = p.east,
			    .first_day = TODAY,
			    .name = BYTES_LITERAL("Xã Tân Tiến"),
			    .kind = UNIT_COMMUNE};
	int64_t id;

	commit(&p);
#define REFUSED(expression, err, why)                                                  \
	SCENE_OK(store_begin(p.store, &scene_diag));                                   \
	is_refused(expression, err, why);                                              \
	store_rollback(p.store)
	REFUSED(unit_add(p.store, &act_of_centre, &unit, &id, &scene_diag),
		RQ_ERR_CONFLICT, "a unit of that name is there already");
	unit.name = BYTES_LITERAL(" . ");
	REFUSED(
	    unit_add(p.store, &act_of_centre, &unit, &id, &scene_diag), RQ_ERR_USAGE,
	    "a name has letters or digits, no hidden characters and at most 500 bytes");
	unit.name = BYTES_LITERAL("Xã Mới");
	unit.first_day = TODAY - 1;
	REFUSED(unit_add(p.store, &act_of_centre, &unit, &id, &scene_diag),
		RQ_ERR_CONFLICT, "that day is over: what was reported of it stays");
	REFUSED(
	    unit_move(p.store, &act_of_centre, p.east, p.long_an, TODAY, &scene_diag),
	    RQ_ERR_CONFLICT, "a unit cannot be below itself");
	REFUSED(
	    unit_abolish(p.store, &act_of_centre, p.east, 0, TODAY + 1, &scene_diag),
	    RQ_ERR_CONFLICT, "other units are below it: move them first");
	REFUSED(unit_move(p.store, &act_of_centre, p.east, 12345, TODAY, &scene_diag),
		RQ_ERR_NOT_FOUND, "there is no such unit");
	REFUSED(unit_give_code(p.store, &act_of_centre, p.east, bytes_of("16"), TODAY,
			       &scene_diag),
		RQ_ERR_USAGE, "a code is like 000.00.16.H41 or H41.16");
#undef REFUSED
}

static void a_change_comes_behind_what_is_known(void **state)
{
	struct province p = province(state);

	SCENE_OK(unit_rename(p.store, &act_of_centre, p.health, bytes_of("Sở Sức khỏe"),
			     TODAY + 10, &scene_diag));
	commit(&p);
	SCENE_OK(store_begin(p.store, &scene_diag));
	is_refused(unit_move(p.store, &act_of_centre, p.health, p.interior, TODAY + 5,
			     &scene_diag),
		   RQ_ERR_CONFLICT, "a later change of the unit is known");
	store_rollback(p.store);
	SCENE_OK(store_begin(p.store, &scene_diag));
	/* the same day: corrected */
	SCENE_OK(unit_rename(p.store, &act_of_centre, p.health, bytes_of("Sở Sức khoẻ"),
			     TODAY + 10, &scene_diag));
	SCENE_OK(unit_abolish(p.store, &act_of_centre, p.health, 0, TODAY + 20,
			      &scene_diag));
	is_refused(unit_move(p.store, &act_of_centre, p.long_an, p.health, TODAY + 15,
			     &scene_diag),
		   RQ_ERR_CONFLICT, "the unit is not there from that day on");
	store_rollback(p.store);
}

static void units_are_not_deeper_than_the_cap(void **state)
{
	struct province p = province(state);
	int64_t id = p.top;
	struct unit unit = {
	    .first_day = TODAY, .name = BYTES_LITERAL("Tổ"), .kind = UNIT_OTHER};

	for (size_t i = 0; i < CAP_UNIT_DEPTH; i++)
		id = add(p.store, id, "Tổ", UNIT_OTHER, 0);
	unit.parent = id;
	is_refused(unit_add(p.store, &act_of_centre, &unit, &id, &scene_diag),
		   RQ_ERR_CONFLICT, "units would be more than 32 deep");
	store_rollback(p.store);
}

/* ---- finding ---- */

static void found_are(struct store *store, const char *text, size_t n, int64_t first,
		      int64_t second)
{
	struct reach reach = on(TODAY);
	struct unit_found found;

	SCENE_OK(unit_find(store, &reach, bytes_of(text), &found, &scene_diag));
	if (found.n != n)
		fail_msg("'%s' finds %zu units", text, found.n);
	if (n > 0)
		assert_int_equal(found.ids[0], first);
	if (n > 1)
		assert_int_equal(found.ids[1], second);
}

static void what_people_type_finds_a_unit(void **state)
{
	struct province p = province(state);
	int64_t town = add(p.store, p.east, "Thị trấn Mây", UNIT_COMMUNE, 9);

	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.health, bytes_of("x41.16"),
				TODAY, &scene_diag));
	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.health,
				bytes_of("000.00.16.X41"), TODAY, &scene_diag));
	commit(&p);
	found_are(p.store, "X41.16", 1, p.health, 0);
	found_are(p.store, " x41.16 ", 1, p.health, 0);
	found_are(p.store, "000.00.16.x41", 1, p.health, 0);
	found_are(p.store, "so y te", 1, p.health, 0);
	found_are(p.store, "SYT", 1, p.health, 0);
	found_are(p.store, "huyen dong may", 1, p.east, 0);
	found_are(p.store, "H. Đông Mây", 1, p.east, 0);
	found_are(p.store, "TT Mây", 1, town, 0);
	found_are(p.store, "Sở Xây dựng", 0, 0, 0);
	found_are(p.store, "", 0, 0, 0);
	found_are(p.store, "\xff", 0, 0, 0);
}

static void where_two_fit_both_are_told(void **state)
{
	struct province p = province(state);

	commit(&p);
	found_are(p.store, "xa tan tien", 2, p.tan_tien_too, p.tan_tien);
	found_are(p.store, "Xã Tân Tiến", 1, p.tan_tien, 0);
	found_are(p.store, "xã tấn tiến", 1, p.tan_tien_too, 0);
	found_are(p.store, "Xã Tàn Tiến", 2, p.tan_tien_too, p.tan_tien);
}

static void a_search_takes_beginnings_of_words(void **state)
{
	struct province p = province(state);
	struct reach reach = on(TODAY);
	struct unit_found found;

	commit(&p);
	SCENE_OK(
	    unit_search(p.store, &reach, bytes_of("may huy"), &found, &scene_diag));
	assert_int_equal(found.n, 2);
	assert_int_equal(found.ids[0], p.east);
	SCENE_OK(unit_search(p.store, &reach, bytes_of("ay"), &found, &scene_diag));
	assert_int_equal(found.n, 0);
	SCENE_OK(
	    unit_search(p.store, &reach, bytes_of("long an"), &found, &scene_diag));
	assert_int_equal(found.n, 1);
}

static void a_code_is_of_one_unit_at_a_time(void **state)
{
	struct province p = province(state);

	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.health, bytes_of("X41.16"),
				TODAY, &scene_diag));
	is_refused(unit_give_code(p.store, &act_of_centre, p.interior,
				  bytes_of("X41.16"), TODAY, &scene_diag),
		   RQ_ERR_CONFLICT, "another unit has that code");
	/* a new one of that form ends the old one */
	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.health, bytes_of("X41.17"),
				TODAY + 1, &scene_diag));
	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.interior, bytes_of("X41.16"),
				TODAY + 1, &scene_diag));
	commit(&p);
	found_are(p.store, "X41.16", 1, p.health, 0);
}

/* ---- reach ---- */

static void a_person_sees_a_subtree(void **state)
{
	struct province p = province(state);
	struct reach reach = {9, ROLES_ALL, NOW, TODAY};

	give_role(p.store, 9, p.east, ROLE_OFFICER);
	commit(&p);
	list_is(p.store, reach, 0, "Huyện Đông Mây, Xã Long Ấn, Xã Tân Tiến");
	list_is(p.store, reach, p.top, "Huyện Đông Mây, Xã Long Ấn, Xã Tân Tiến");
	list_is(p.store, reach, p.west, "");
	/* what is above is not named */
	assert_int_equal(get(p.store, reach, p.east).parent, 0);
	assert_int_equal(get(p.store, reach, p.long_an).parent, p.east);
	reach.roles = ROLE_ADMINISTRATOR;
	list_is(p.store, reach, 0, "");
}

static void a_role_ends(void **state)
{
	struct province p = province(state);
	struct reach reach = {9, ROLES_ALL, NOW, TODAY};
	struct role role = {.person = 9,
			    .kind = ROLE_LEADER,
			    .unit = p.long_an,
			    .first_ms = NOW + 10,
			    .end_ms = NOW + 30};

	SCENE_OK(role_give(p.store, NULL, &role, NOW, &scene_diag));
	SCENE_OK(role_end(p.store, NULL, role.id, NOW + 20, NOW, &scene_diag));
	commit(&p);
	list_is(p.store, reach, 0, "");
	reach.now_ms = NOW + 10;
	list_is(p.store, reach, 0, "Xã Long Ấn");
	reach.now_ms = NOW + 20;
	list_is(p.store, reach, 0, "");
}

static void a_person_changes_only_what_is_reached(void **state)
{
	struct province p = province(state);
	const struct reach reach = {9, ROLE_ADMINISTRATOR, NOW, TODAY};
	const struct unit_act act = {&reach, NOW, TODAY};
	struct role role = {.person = 9,
			    .kind = ROLE_ADMINISTRATOR,
			    .first_ms = 0,
			    .end_ms = FOREVER_MS};

	give_role(p.store, 9, p.east, ROLE_ADMINISTRATOR);
	commit(&p);
#define NOT_FOUND(expression)                                                          \
	SCENE_OK(store_begin(p.store, &scene_diag));                                   \
	is_refused(expression, RQ_ERR_NOT_FOUND, "there is no such unit");             \
	store_rollback(p.store)
	NOT_FOUND(unit_rename(p.store, &act, p.west, bytes_of("Huyện Khác"), TODAY,
			      &scene_diag));
	NOT_FOUND(unit_move(p.store, &act, p.long_an, p.west, TODAY, &scene_diag));
	NOT_FOUND(unit_move(p.store, &act, p.long_an, 0, TODAY, &scene_diag));
	NOT_FOUND(unit_merge(p.store, &act, &p.west, 1, p.east, TODAY, &scene_diag));
	NOT_FOUND(
	    unit_split(p.store, &act, p.long_an, &p.west, 1, TODAY + 1, &scene_diag));
	role.unit = p.top;
	NOT_FOUND(role_give(p.store, &reach, &role, NOW, &scene_diag));
#undef NOT_FOUND
	SCENE_OK(store_begin(p.store, &scene_diag));
	SCENE_OK(unit_rename(p.store, &act, p.long_an, bytes_of("Xã Khác"), TODAY,
			     &scene_diag));
	commit(&p);
	list_is(p.store, on(TODAY), p.long_an, "Xã Khác");
}

static void every_change_is_in_the_audit(void **state)
{
	struct province p = province(state);
	struct audit_head before, after;
	struct audit_verdict verdict;

	SCENE_OK(audit_head(p.store, &before, &scene_diag));
	SCENE_OK(unit_rename(p.store, &act_of_centre, p.health, bytes_of("Sở Khác"),
			     TODAY, &scene_diag));
	SCENE_OK(
	    unit_move(p.store, &act_of_centre, p.long_an, p.west, TODAY, &scene_diag));
	SCENE_OK(unit_give_code(p.store, &act_of_centre, p.health, bytes_of("X41.16"),
				TODAY, &scene_diag));
	SCENE_OK(
	    unit_abolish(p.store, &act_of_centre, p.health, 0, TODAY + 1, &scene_diag));
	SCENE_OK(audit_head(p.store, &after, &scene_diag));
	assert_int_equal(after.number - before.number, 4);
	/* eight units and one role */
	assert_int_equal(before.number, 9);
	commit(&p);
	SCENE_OK(audit_verify(p.store, NULL, &verdict, &scene_diag));
	assert_int_equal(verdict.state, AUDIT_WHOLE);
}

static void a_tree_that_was_tampered_with_is_seen(void **state)
{
	struct province p = province(state);
	static const char sql[] = "DELETE FROM unit_within WHERE depth = 2";

	commit(&p);
	SCENE_OK(store_begin(p.store, &scene_diag));
	SCENE_OK(store_run(p.store, sql, NULL, 0, NULL, &scene_diag));
	assert_int_equal(unit_check(p.store, &scene_diag), RQ_ERR_FORMAT);
	store_rollback(p.store);
}

STORE_TEST_MAIN(STORE_TESTS(lists_follow_protocol_order),
		STORE_TESTS(a_day_keeps_its_names), STORE_TESTS(a_day_keeps_its_tree),
		STORE_TESTS(a_move_keeps_what_is_planned_below),
		STORE_TESTS(merged_units_end_and_keep_their_past),
		STORE_TESTS(a_split_unit_names_its_parts),
		STORE_TESTS(an_abolished_unit_is_there_until_then),
		STORE_TESTS(what_is_wrong_is_refused),
		STORE_TESTS(a_change_comes_behind_what_is_known),
		STORE_TESTS(units_are_not_deeper_than_the_cap),
		STORE_TESTS(what_people_type_finds_a_unit),
		STORE_TESTS(where_two_fit_both_are_told),
		STORE_TESTS(a_search_takes_beginnings_of_words),
		STORE_TESTS(a_code_is_of_one_unit_at_a_time),
		STORE_TESTS(a_person_sees_a_subtree), STORE_TESTS(a_role_ends),
		STORE_TESTS(a_person_changes_only_what_is_reached),
		STORE_TESTS(every_change_is_in_the_audit),
		STORE_TESTS(a_tree_that_was_tampered_with_is_seen))
