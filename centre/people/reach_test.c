/*
 * Invariant I6: of random trees, people, roles and days, every question of centre/unit and
 * centre/people is asked by each person and answered from the rows that a plain walk over
 * the same history says are inside, no other, and the lists from all of them.
 */
#include "centre/store/store_scene.h"

#include "centre/people/session.h"
#include "world/virtual.h"

#include <string.h>

enum {
	UNITS = 14,
	CHANGES = 20,
	PEOPLE = 6,
	ROLES = 9,
	DAYS = 40,
	FIRST_DAY = 18000,
	MOMENTS = 100,
};

/* A unit as the test knows it. */
struct known {
	int64_t id;
	int parent[DAYS]; /* index, -1: top */
	bool is_there[DAYS];
};

struct model {
	struct store *store;
	struct dice dice;
	struct known units[UNITS];
	int64_t people[PEOPLE];
	int homes[PEOPLE];
	struct role roles[ROLES];
	int role_units[ROLES];
};

/* ---- what is right ---- */

static int index_of(const struct model *model, int64_t id)
{
	for (int i = 0; i < UNITS; i++)
		if (model->units[i].id == id)
			return i;
	fail_msg("unit %lld was never made", (long long)id);
	return -1;
}

static bool is_within(const struct model *model, int unit, int above, int day)
{
	for (; unit >= 0; unit = model->units[unit].parent[day])
		if (unit == above)
			return true;
	return false;
}

static bool covers(const struct model *model, const struct reach *reach, int64_t on,
		   int unit)
{
	const int day = (int)(on - FIRST_DAY);

	if (day < 0 || day >= DAYS || !model->units[unit].is_there[day])
		return false;
	for (int i = 0; i < ROLES; i++) {
		const struct role *role = &model->roles[i];

		if (role->person == reach->person && (role->kind & reach->roles) != 0 &&
		    role->first_ms <= reach->now_ms && reach->now_ms < role->end_ms &&
		    is_within(model, unit, model->role_units[i], day))
			return true;
	}
	return false;
}

/* The day on which the unit of an account is looked at. */
static int64_t day_of_home(const struct model *model, int unit, int64_t day)
{
	while (day > FIRST_DAY && !model->units[unit].is_there[day - FIRST_DAY])
		day--;
	return day;
}

/* ---- a history ---- */

static int below(struct model *model, int n)
{
	return (int)dice_below(&model->dice, (uint64_t)n);
}

static void add_units(struct model *model, const struct unit_act *act)
{
	for (int i = 0; i < UNITS; i++) {
		struct known *known = &model->units[i];
		const int parent = i < 2 ? -1 : below(model, i);
		char name[32], code[16];
		snprintf(name, sizeof name, "Đơn vị %d%s", i / 2, i % 2 ? "." : "");
		snprintf(code, sizeof code, "X41.%02d", i);

		const struct unit unit = {
		    .parent = parent < 0 ? 0 : model->units[parent].id,
		    .first_day = FIRST_DAY,
		    .name = {(uint8_t *)name, strlen(name)},
		    .kind = (enum unit_kind)(1 + below(model, UNIT_OTHER)),
		    .rank = i,
		};

		SCENE_OK(unit_add(model->store, act, &unit, &known->id, &scene_diag));
		SCENE_OK(unit_give_code(model->store, act, known->id, bytes_of(code),
					FIRST_DAY, &scene_diag));
		for (int day = 0; day < DAYS; day++) {
			known->parent[day] = parent;
			known->is_there[day] = true;
		}
	}
}

static enum rq_err change(struct model *model, const struct unit_act *act, int unit,
			  int other, int kind, int64_t day)
{
	const int64_t id = model->units[unit].id, to = model->units[other].id;

	if (kind == 0)
		return unit_abolish(model->store, act, id, to, day, &scene_diag);
	if (kind == 1)
		return unit_merge(model->store, act, &id, 1, to, day, &scene_diag);
	return unit_move(model->store, act, id, to, day, &scene_diag);
}

static void follow(struct model *model, int unit, int other, int kind, int day)
{
	for (; day < DAYS; day++) {
		if (kind >= 2)
			model->units[unit].parent[day] = other;
		else
			model->units[unit].is_there[day] = false;
		for (int i = 0; kind == 1 && i < UNITS; i++)
			if (model->units[i].parent[day] == unit)
				model->units[i].parent[day] = other;
	}
}

/* Those that the store refuses did not happen. */
static void change_units(struct model *model, const struct unit_act *act)
{
	int day = 1;

	for (int i = 0; i < CHANGES; i++) {
		const int unit = below(model, UNITS), other = below(model, UNITS);
		const int kind = below(model, 6);

		if (unit == other)
			continue;
		SCENE_OK(store_part_begin(model->store, &scene_diag));
		if (change(model, act, unit, other, kind, FIRST_DAY + day) != RQ_OK) {
			store_part_undo(model->store);
			continue;
		}
		SCENE_OK(store_part_keep(model->store, &scene_diag));
		follow(model, unit, other, kind, day);
		day += below(model, 4);
		if (day >= DAYS)
			break;
	}
}

static void add_people(struct model *model, const struct unit_act *act)
{
	for (int i = 0; i < PEOPLE; i++) {
		uint8_t fingerprint[FINGERPRINT] = {(uint8_t)i};
		char login[16];
		struct person person = {.name = BYTES_LITERAL("Mai Văn An")};

		snprintf(login, sizeof login, "an.%d", i);
		model->homes[i] = below(model, UNITS);
		person.login = bytes_of(login);
		person.unit = model->units[model->homes[i]].id;
		SCENE_OK(person_add(model->store, act, &person, NULL, &model->people[i],
				    &scene_diag));
		SCENE_OK(person_add_certificate(model->store, act, model->people[i],
						fingerprint, 0, MOMENTS, &scene_diag));
	}
}

static void add_roles(struct model *model)
{
	for (int i = 0; i < ROLES; i++) {
		const int unit = below(model, UNITS);
		const int64_t first_ms = below(model, MOMENTS);

		model->role_units[i] = unit;
		model->roles[i] = (struct role){
		    .person = model->people[below(model, PEOPLE)],
		    .kind = (enum role_kind)(1 << below(model, 5)),
		    .unit = model->units[unit].id,
		    .first_ms = first_ms,
		    .end_ms = first_ms + 1 + below(model, MOMENTS),
		};
		SCENE_OK(
		    role_give(model->store, NULL, &model->roles[i], 0, &scene_diag));
	}
}

static void make(struct model *model, struct store *store, uint64_t seed)
{
	const struct unit_act act = {NULL, 0, FIRST_DAY};

	*model = (struct model){.store = store, .dice = {seed}};
	SCENE_OK(store_begin(store, &scene_diag));
	add_units(model, &act);
	add_people(model, &act);
	change_units(model, &act);
	add_roles(model);
	SCENE_OK(unit_check(store, &scene_diag));
}

/* ---- questions ---- */

/* One question, and what came of it. */
struct asked {
	const struct model *model;
	const struct reach *reach;
	size_t n;
};

static void is_inside(const struct asked *asked, int64_t id, int64_t day)
{
	assert_true(
	    covers(asked->model, asked->reach, day, index_of(asked->model, id)));
}

static enum rq_err told_unit(void *listener, const struct unit *unit)
{
	struct asked *asked = listener;

	asked->n++;
	is_inside(asked, unit->id, asked->reach->day);
	if (unit->parent != 0)
		is_inside(asked, unit->parent, asked->reach->day);
	return RQ_OK;
}

static enum rq_err told_code(void *listener, const struct unit_code *code)
{
	(void)code;
	((struct asked *)listener)->n++;
	return RQ_OK;
}

static enum rq_err told_successor(void *listener,
				  const struct unit_successor *successor)
{
	struct asked *asked = listener;

	asked->n++;
	is_inside(asked, successor->successor, successor->day);
	return RQ_OK;
}

static enum rq_err told_role(void *listener, const struct role *role)
{
	struct asked *asked = listener;

	asked->n++;
	is_inside(asked, role->unit, asked->reach->day);
	return RQ_OK;
}

static bool sees_person(const struct asked *asked, int64_t id)
{
	for (int i = 0; i < PEOPLE; i++)
		if (asked->model->people[i] == id)
			return covers(asked->model, asked->reach,
				      day_of_home(asked->model, asked->model->homes[i],
						  asked->reach->day),
				      asked->model->homes[i]);
	return false;
}

static enum rq_err told_person(void *listener, const struct person *person)
{
	struct asked *asked = listener;

	asked->n++;
	assert_true(sees_person(asked, person->id));
	return RQ_OK;
}

static enum rq_err told_certificate(void *listener,
				    const struct person_certificate *certificate)
{
	struct asked *asked = listener;

	asked->n++;
	assert_true(sees_person(asked, certificate->person));
	return RQ_OK;
}

static void ask_of_unit(struct asked *asked, int unit)
{
	struct store *store = asked->model->store;
	const int64_t id = asked->model->units[unit].id;
	const bool covered =
	    covers(asked->model, asked->reach, asked->reach->day, unit);
	bool said;

	assert_int_equal(
	    unit_get(store, asked->reach, id, asked, told_unit, &scene_diag),
	    covered ? RQ_OK : RQ_ERR_NOT_FOUND);
	SCENE_OK(reach_covers(store, asked->reach, id, &said, &scene_diag));
	assert_int_equal(said, covered);
	SCENE_OK(unit_list(store, asked->reach, id, asked, told_unit, &scene_diag));
	asked->n = 0;
	SCENE_OK(unit_history(store, asked->reach, id, asked, told_unit, &scene_diag));
	SCENE_OK(unit_codes(store, asked->reach, id, asked, told_code, &scene_diag));
	SCENE_OK(unit_successors(store, asked->reach, id, asked, told_successor,
				 &scene_diag));
	if (!covered)
		assert_int_equal(asked->n, 0);
	else
		assert_true(asked->n >= 2); /* a version, a code */
}

static void ask_by_text(struct asked *asked, const char *text)
{
	struct store *store = asked->model->store;
	struct unit_found found;

	SCENE_OK(unit_find(store, asked->reach, bytes_of(text), &found, &scene_diag));
	for (size_t i = 0; i < found.n; i++)
		is_inside(asked, found.ids[i], asked->reach->day);
	SCENE_OK(unit_search(store, asked->reach, bytes_of(text), &found, &scene_diag));
	for (size_t i = 0; i < found.n; i++)
		is_inside(asked, found.ids[i], asked->reach->day);
}

/* Lists have all that is inside. */
static void ask_for_lists(struct asked *asked)
{
	struct store *store = asked->model->store;
	size_t n_units = 0, n_people = 0;

	for (int i = 0; i < UNITS; i++)
		n_units += covers(asked->model, asked->reach, asked->reach->day, i);
	for (int i = 0; i < PEOPLE; i++)
		n_people += sees_person(asked, asked->model->people[i]);
	asked->n = 0;
	SCENE_OK(unit_list(store, asked->reach, 0, asked, told_unit, &scene_diag));
	assert_int_equal(asked->n, n_units);
	asked->n = 0;
	SCENE_OK(person_list(store, asked->reach, 0, asked, told_person, &scene_diag));
	assert_int_equal(asked->n, n_people);
	asked->n = 0;
	SCENE_OK(person_certificates(store, asked->reach, 0, asked, told_certificate,
				     &scene_diag));
	assert_int_equal(asked->n, n_people);
	SCENE_OK(role_list(store, asked->reach, 0, asked, told_role, &scene_diag));
}

static void ask_all(struct model *model, const struct reach *reach)
{
	struct asked asked = {model, reach, 0};

	ask_for_lists(&asked);
	for (int i = 0; i < UNITS; i++)
		ask_of_unit(&asked, i);
	ask_by_text(&asked, "don vi");
	ask_by_text(&asked, "Đơn vị 3");
	ask_by_text(&asked, "X41.05");
	for (int i = 0; i < PEOPLE; i++)
		SCENE_OK(person_list(model->store, reach, model->people[i], &asked,
				     told_person, &scene_diag));
}

static void nobody_is_told_of_units_outside(void **state)
{
	const int n_seeds = scene_kind(state) == SCENE_MEMORY ? 200 : 20;
	struct model model;

	for (int seed = 0; seed < n_seeds; seed++) {
		make(&model, scene_store(state), (uint64_t)seed);
		for (int i = 0; i < PEOPLE; i++) {
			const struct reach reach = {
			    .person = model.people[i],
			    .roles = below(&model, 2) ? ROLES_ALL
						      : 1 + below(&model, ROLES_ALL),
			    .now_ms = below(&model, 2 * MOMENTS),
			    .day = FIRST_DAY + below(&model, DAYS),
			};

			ask_all(&model, &reach);
		}
		store_rollback(model.store); /* the next seed begins anew */
	}
}

STORE_TEST_MAIN(STORE_TESTS(nobody_is_told_of_units_outside))
