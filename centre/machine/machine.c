#include "centre/machine/machine.h"

#include "centre/audit/audit.h"
#include "centre/unit/name.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- who may ---- */

enum rq_err machine_reach_unit(struct store *store, const struct reach *by,
			       int64_t unit, struct rq_diag *diag)
{
	bool covers = true;
	enum rq_err err = RQ_OK;

	if (by != NULL)
		err = reach_covers(store, by, unit, &covers, diag);
	if (err == RQ_OK && !covers)
		err = rq_fail(diag, RQ_ERR_NOT_FOUND, NULL, "there is no such unit");
	return err;
}

static const char place_sql[] =
    "SELECT unit FROM machine_unit WHERE machine = $1 AND first_day <= $2"
    " AND end_day > $2";

enum rq_err machine_place(struct store *store, int64_t machine, int64_t day,
			  int64_t *unit_out, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine), store_number(day)};
	enum rq_err err =
	    store_ask_number(store, place_sql, values, COUNT(values), unit_out, diag);

	if (err != RQ_ERR_NOT_FOUND)
		return err;
	*unit_out = 0;
	return RQ_OK;
}

static const char days_left[] =
    "SELECT count(*) FROM machine_unit WHERE machine = $1 AND end_day > $2";

enum rq_err machine_has_ended(struct store *store, int64_t machine, int64_t day,
			      bool *has_ended_out, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine), store_number(day)};
	int64_t n = 0;
	enum rq_err err =
	    store_ask_number(store, days_left, values, COUNT(values), &n, diag);

	*has_ended_out = n == 0;
	return err;
}

enum rq_err machine_reach(struct store *store, const struct reach *by, int64_t machine,
			  int64_t day, int64_t *unit_out, struct rq_diag *diag)
{
	int64_t unit;
	enum rq_err err = machine_place(store, machine, day, &unit, diag);

	if (unit_out != NULL)
		*unit_out = unit;
	if (err == RQ_OK && unit != 0)
		err = machine_reach_unit(store, by, unit, diag);
	/* one text for both: who may not see it is not told that it is there */
	if (err == RQ_ERR_NOT_FOUND || (err == RQ_OK && unit == 0))
		return rq_fail(diag, RQ_ERR_NOT_FOUND, NULL,
			       "there is no such machine");
	return err;
}

/* ---- the log of acts ---- */

static enum rq_err note(struct store *store, const struct unit_act *act,
			const char *event, int64_t unit,
			const struct audit_field *fields, size_t n,
			struct rq_diag *diag)
{
	const struct audit_event entry = {.time = act->time_ms,
					  .actor =
					      act->by == NULL ? 0 : act->by->person,
					  .unit = unit,
					  .event = bytes_of(event),
					  .fields = fields,
					  .n_fields = n};

	return audit_append(store, &entry, diag);
}

static int64_t person_of(const struct unit_act *act)
{
	return act->by == NULL ? 0 : act->by->person;
}

/* ---- adding ---- */

static const char add_machine[] =
    "INSERT INTO machine (id, name, folded, asset_tag, serial, created_ms)"
    " VALUES ($1, $2, $3, $4, $5, $6)";
static const char add_place[] =
    "INSERT INTO machine_unit (machine, first_day, end_day, unit, class, approver,"
    " by_person) VALUES ($1, $2, $3, $4, $5, $6, $7)";

struct place {
	int64_t first_day, end_day, unit;
	enum machine_class class;
	struct bytes approver;
};

static enum rq_err put_place(struct store *store, const struct unit_act *act,
			     int64_t machine, const struct place *place,
			     struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_number(machine),
	    store_number(place->first_day),
	    store_number(place->end_day),
	    store_number(place->unit),
	    store_number(place->class),
	    place->class == MACHINE_EXEMPT ? store_text(place->approver) : store_null(),
	    store_number(person_of(act))};

	return store_run(store, add_place, values, COUNT(values), NULL, diag);
}

static enum rq_err check_new(const struct machine *wanted, struct rq_diag *diag)
{
	const struct bytes texts[] = {wanted->name, wanted->asset_tag, wanted->serial,
				      wanted->approver};
	size_t n = 0;

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (texts[i].n > CAP_MACHINE_TEXT)
			return rq_fail(diag, RQ_ERR_LIMIT, NULL,
				       "a text of a machine has more than %d bytes",
				       CAP_MACHINE_TEXT);
		n += i < 3 ? texts[i].n : 0;
	}
	if (n == 0)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a machine needs a name, a tag or a serial number");
	if (wanted->class < MACHINE_PC || wanted->class > MACHINE_EXEMPT)
		return rq_fail(diag, RQ_ERR_USAGE, NULL, "there is no such class");
	if (wanted->class == MACHINE_EXEMPT &&
	    (wanted->approver.n == 0 || wanted->end_day >= DAY_FOREVER))
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "an exemption needs an approver and an end");
	return RQ_OK;
}

enum rq_err machine_add(struct store *store, const struct unit_act *act,
			const struct machine *wanted, int64_t *id_out,
			struct rq_diag *diag)
{
	struct buffer folded = {0};
	struct place place = {wanted->first_day, wanted->end_day, wanted->unit,
			      wanted->class, wanted->approver};
	enum rq_err err = check_new(wanted, diag);

	*id_out = 0;
	if (err == RQ_OK)
		err = machine_reach_unit(store, act->by, wanted->unit, diag);
	if (err == RQ_OK)
		err = name_fold(wanted->name, &folded);
	if (err == RQ_OK)
		err = store_id(store, id_out, diag);
	if (err == RQ_OK) {
		const struct store_value values[] = {store_number(*id_out),
						     store_text(wanted->name),
						     store_text(buffer_bytes(&folded)),
						     store_text(wanted->asset_tag),
						     store_text(wanted->serial),
						     store_number(act->time_ms)};

		err = store_run(store, add_machine, values, COUNT(values), NULL, diag);
	}
	if (err == RQ_OK)
		err = put_place(store, act, *id_out, &place, diag);
	/* an exempt one is a PC when that is over, until someone says what it is */
	if (err == RQ_OK && wanted->class == MACHINE_EXEMPT) {
		place = (struct place){
		    wanted->end_day, DAY_FOREVER, wanted->unit, MACHINE_PC, {NULL, 0}};
		err = put_place(store, act, *id_out, &place, diag);
	}
	if (err == RQ_OK) {
		const struct audit_field fields[] = {
		    {BYTES_LITERAL("machine"), store_number(*id_out)},
		    {BYTES_LITERAL("name"), store_text(wanted->name)},
		    {BYTES_LITERAL("class"), store_number(wanted->class)},
		    {BYTES_LITERAL("day"), store_number(wanted->first_day)}};

		err = note(store, act, "machine.add", wanted->unit, fields,
			   COUNT(fields), diag);
	}
	buffer_free(&folded);
	return err;
}

/* ---- changing from a day on ---- */

static const char last_place[] =
    "SELECT first_day, end_day, unit, class FROM machine_unit WHERE machine = $1"
    " ORDER BY first_day DESC LIMIT 1";
static const char end_place[] =
    "UPDATE machine_unit SET end_day = $2 WHERE machine = $1 AND first_day < $2"
    " AND end_day > $2";
static const char drop_places[] =
    "DELETE FROM machine_unit WHERE machine = $1 AND first_day >= $2";

static enum rq_err ask_last(struct store *store, int64_t machine,
			    struct place *place_out, struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, last_place, values, COUNT(values), &rows, diag);

	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK)
		*place_out = (struct place){rows_number(rows, 0),
					    rows_number(rows, 1),
					    rows_number(rows, 2),
					    (enum machine_class)rows_number(rows, 3),
					    {NULL, 0}};
	rows_free(rows);
	return err;
}

/* What it is last, and that the person reaches it and day is one for a change. */
static enum rq_err begin_change(struct store *store, const struct unit_act *act,
				int64_t machine, int64_t day, struct place *last_out,
				struct rq_diag *diag)
{
	enum rq_err err =
	    machine_reach(store, act->by, machine, act->today, NULL, diag);

	*last_out = (struct place){0};
	if (err == RQ_OK)
		err = ask_last(store, machine, last_out, diag);
	if (err != RQ_OK)
		return err;
	if (day < act->today)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "a change is for today or a later day");
	if (last_out->end_day != DAY_FOREVER)
		return rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			       "the machine has an end already");
	return RQ_OK;
}

static enum rq_err cut_at(struct store *store, int64_t machine, int64_t day,
			  struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine), store_number(day)};
	enum rq_err err =
	    store_run(store, end_place, values, COUNT(values), NULL, diag);

	/* what was planned for later, and what began on that day */
	return err == RQ_OK
		   ? store_run(store, drop_places, values, COUNT(values), NULL, diag)
		   : err;
}

static enum rq_err note_place(struct store *store, const struct unit_act *act,
			      const char *event, int64_t machine,
			      const struct place *place, struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("machine"), store_number(machine)},
	    {BYTES_LITERAL("class"), store_number(place->class)},
	    {BYTES_LITERAL("day"), store_number(place->first_day)},
	    {BYTES_LITERAL("end_day"), store_number(place->end_day)},
	    {BYTES_LITERAL("approver"), store_text(place->approver)}};

	return note(store, act, event, place->unit, fields, COUNT(fields), diag);
}

enum rq_err machine_move(struct store *store, const struct unit_act *act,
			 int64_t machine, int64_t unit, int64_t day,
			 struct rq_diag *diag)
{
	struct place place;
	enum rq_err err = begin_change(store, act, machine, day, &place, diag);

	if (err == RQ_OK)
		err = machine_reach_unit(store, act->by, unit, diag);
	if (err == RQ_OK)
		err = cut_at(store, machine, day, diag);
	place.first_day = day;
	place.unit = unit;
	if (err == RQ_OK)
		err = put_place(store, act, machine, &place, diag);
	return err == RQ_OK
		   ? note_place(store, act, "machine.move", machine, &place, diag)
		   : err;
}

/* What goes on over the day is cut in two there; what begins later moves as it is. */
static const char carry_over[] =
    "INSERT INTO machine_unit (machine, first_day, end_day, unit, class, approver,"
    " by_person) SELECT machine, $3, end_day, $2, class, approver, $4 FROM machine_unit"
    " WHERE unit = $1 AND first_day < $3 AND end_day > $3";
static const char cut_all[] =
    "UPDATE machine_unit SET end_day = $2 WHERE unit = $1 AND first_day < $2"
    " AND end_day > $2";
static const char move_later[] =
    "UPDATE machine_unit SET unit = $2 WHERE unit = $1 AND first_day >= $3";

enum rq_err machine_move_all(struct store *store, const struct unit_act *act,
			     int64_t unit, int64_t into, int64_t day,
			     struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(unit), store_number(into),
					     store_number(day),
					     store_number(person_of(act))};
	const struct store_value cut[] = {store_number(unit), store_number(day)};
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("into"), store_number(into)},
	    {BYTES_LITERAL("day"), store_number(day)}};
	enum rq_err err = machine_reach_unit(store, act->by, unit, diag);

	if (err == RQ_OK)
		err = machine_reach_unit(store, act->by, into, diag);
	if (err == RQ_OK && day < act->today)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a change is for today or a later day");
	if (err == RQ_OK)
		err = store_run(store, carry_over, values, 4, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, cut_all, cut, 2, NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, move_later, values, 3, NULL, diag);
	return err == RQ_OK ? note(store, act, "machine.move_all", unit, fields,
				   COUNT(fields), diag)
			    : err;
}

enum rq_err machine_classify(struct store *store, const struct unit_act *act,
			     int64_t machine, enum machine_class class, int64_t day,
			     struct rq_diag *diag)
{
	struct place place;
	enum rq_err err = begin_change(store, act, machine, day, &place, diag);

	if (err == RQ_OK && (class < MACHINE_PC || class >= MACHINE_EXEMPT))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL, "there is no such class");
	if (err == RQ_OK)
		err = cut_at(store, machine, day, diag);
	place.first_day = day;
	place.class = class;
	if (err == RQ_OK)
		err = put_place(store, act, machine, &place, diag);
	return err == RQ_OK
		   ? note_place(store, act, "machine.classify", machine, &place, diag)
		   : err;
}

enum rq_err machine_exempt(struct store *store, const struct unit_act *act,
			   int64_t machine, struct bytes approver, int64_t day,
			   int64_t end_day, struct rq_diag *diag)
{
	struct place after, exempt;
	enum rq_err err = begin_change(store, act, machine, day, &after, diag);

	if (err == RQ_OK && (approver.n == 0 || approver.n > CAP_MACHINE_TEXT ||
			     end_day <= day || end_day >= DAY_FOREVER))
		err = rq_fail(diag, RQ_ERR_USAGE, NULL,
			      "an exemption needs an approver and an end");
	if (err == RQ_OK)
		err = cut_at(store, machine, day, diag);
	exempt = (struct place){day, end_day, after.unit, MACHINE_EXEMPT, approver};
	after.first_day = end_day;
	if (err == RQ_OK)
		err = put_place(store, act, machine, &exempt, diag);
	if (err == RQ_OK)
		err = put_place(store, act, machine, &after, diag);
	return err == RQ_OK
		   ? note_place(store, act, "machine.exempt", machine, &exempt, diag)
		   : err;
}

enum rq_err machine_end(struct store *store, const struct unit_act *act,
			int64_t machine, int64_t day, struct rq_diag *diag)
{
	struct place place;
	enum rq_err err = begin_change(store, act, machine, day, &place, diag);

	if (err == RQ_OK)
		err = cut_at(store, machine, day, diag);
	place.first_day = place.end_day = day;
	return err == RQ_OK
		   ? note_place(store, act, "machine.end", machine, &place, diag)
		   : err;
}

/* ---- reasons ---- */

static const char end_reason[] =
    "UPDATE machine_reason SET end_day = $2 WHERE machine = $1 AND first_day < $2"
    " AND end_day > $2";
static const char drop_reasons[] =
    "DELETE FROM machine_reason WHERE machine = $1 AND first_day >= $2";
static const char add_reason[] =
    "INSERT INTO machine_reason (machine, first_day, end_day, reason, by_person, note)"
    " VALUES ($1, $2, $3, $4, $5, $6)";

static enum rq_err begin_reason(struct store *store, const struct unit_act *act,
				int64_t machine, int64_t day, int64_t *unit_out,
				struct rq_diag *diag)
{
	const struct store_value values[] = {store_number(machine), store_number(day)};
	enum rq_err err =
	    machine_reach(store, act->by, machine, act->today, unit_out, diag);

	if (err == RQ_OK && day < act->today)
		err = rq_fail(diag, RQ_ERR_CONFLICT, NULL,
			      "a change is for today or a later day");
	if (err == RQ_OK)
		err = store_run(store, end_reason, values, COUNT(values), NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, drop_reasons, values, COUNT(values), NULL, diag);
	return err;
}

static enum rq_err note_reason(struct store *store, const struct unit_act *act,
			       int64_t unit, int64_t machine,
			       const struct machine_absence *absence,
			       struct rq_diag *diag)
{
	const struct audit_field fields[] = {
	    {BYTES_LITERAL("machine"), store_number(machine)},
	    {BYTES_LITERAL("reason"), store_number(absence->reason)},
	    {BYTES_LITERAL("day"), store_number(absence->first_day)},
	    {BYTES_LITERAL("end_day"), store_number(absence->end_day)},
	    {BYTES_LITERAL("note"), store_text(absence->note)}};

	return note(store, act, "machine.reason", unit, fields, COUNT(fields), diag);
}

enum rq_err machine_excuse(struct store *store, const struct unit_act *act,
			   int64_t machine, const struct machine_absence *absence,
			   struct rq_diag *diag)
{
	const struct store_value values[] = {
	    store_number(machine),          store_number(absence->first_day),
	    store_number(absence->end_day), store_number(absence->reason),
	    store_number(person_of(act)),   store_text(absence->note)};
	int64_t unit;
	enum rq_err err;

	if (absence->reason < REASON_BROKEN || absence->reason > N_REASONS ||
	    absence->end_day <= absence->first_day || absence->end_day >= DAY_FOREVER ||
	    absence->note.n > CAP_MACHINE_TEXT)
		return rq_fail(diag, RQ_ERR_USAGE, NULL,
			       "a reason is one of five and has an end");
	err = begin_reason(store, act, machine, absence->first_day, &unit, diag);
	if (err == RQ_OK)
		err = store_run(store, add_reason, values, COUNT(values), NULL, diag);
	return err == RQ_OK ? note_reason(store, act, unit, machine, absence, diag)
			    : err;
}

enum rq_err machine_return(struct store *store, const struct unit_act *act,
			   int64_t machine, int64_t day, struct rq_diag *diag)
{
	const struct machine_absence none = {.first_day = day, .end_day = day};
	int64_t unit;
	enum rq_err err = begin_reason(store, act, machine, day, &unit, diag);

	return err == RQ_OK ? note_reason(store, act, unit, machine, &none, diag) : err;
}

/* ---- questions ---- */

static const char list_sql[] =
    "SELECT m.id, m.name, m.asset_tag, m.serial, p.unit, p.class, p.first_day,"
    " p.end_day, p.approver, COALESCE((SELECT r.reason FROM machine_reason AS r"
    " WHERE r.machine = m.id AND r.first_day <= $4 AND r.end_day > $4), 0)"
    " FROM unit_within AS w JOIN machine_unit AS p ON p.unit = w.unit"
    " JOIN machine AS m ON m.id = p.machine"
    " WHERE w.above = $5 AND w.first_day <= $4 AND w.end_day > $4"
    " AND p.first_day <= $4 AND p.end_day > $4 AND m.id > $6"
    " AND " REACH_COVERS("p.unit") " ORDER BY m.id LIMIT $7";

enum rq_err machine_list(struct store *store, const struct reach *reach, int64_t above,
			 int64_t after, uint32_t max, void *listener,
			 enum rq_err (*told)(void *listener,
					     const struct machine *machine),
			 struct rq_diag *diag)
{
	struct store_value values[REACH_VALUES + 3];
	struct store_rows *rows = NULL;
	enum rq_err err;

	reach_values(reach, values);
	values[REACH_VALUES] = store_number(above);
	values[REACH_VALUES + 1] = store_number(after);
	values[REACH_VALUES + 2] = store_number(max);
	err = store_ask(store, list_sql, values, COUNT(values), &rows, diag);
	while (err == RQ_OK && (err = rows_next(rows, diag)) == RQ_OK) {
		const struct machine machine = {
		    .id = rows_number(rows, 0),
		    .name = rows_bytes(rows, 1),
		    .asset_tag = rows_bytes(rows, 2),
		    .serial = rows_bytes(rows, 3),
		    .unit = rows_number(rows, 4),
		    .class = (enum machine_class)rows_number(rows, 5),
		    .first_day = rows_number(rows, 6),
		    .end_day = rows_number(rows, 7),
		    .approver = rows_bytes(rows, 8),
		    .reason = (enum machine_reason)rows_number(rows, 9)};

		err = told(listener, &machine);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}
