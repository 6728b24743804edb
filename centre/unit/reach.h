/*
 * What a person may see.  A role holds in a unit and all below it, from one moment to
 * another.  A question for a person takes a struct reach and carries it into its own
 * statement, so that the rows of other units are never read (invariant I6):
 *
 *     SELECT ... FROM machine_unit AS m WHERE ... AND REACH_COVERS("m.unit")
 *
 * with the values of reach_values as the first REACH_VALUES ones.  Nothing else limits
 * what a person sees, and no question about units goes without: who names another unit (a
 * parent, a successor) asks REACH_COVERS of that as well.
 *
 * The subtree is that of the day that is asked for: what has moved away since was seen
 * from here then.  The role is that of now.
 */
#ifndef RAQUET_CENTRE_UNIT_REACH_H
#define RAQUET_CENTRE_UNIT_REACH_H

#include "centre/store/store.h"

enum role_kind {
	ROLE_ADMINISTRATOR = 1, /* the centre itself: people, units, backup */
	ROLE_OPERATOR = 2,      /* of the department: campaigns, kits, findings */
	ROLE_LEADER = 4,        /* of a unit */
	ROLE_OFFICER = 8,       /* for IT, of a unit */
	ROLE_AUDITOR = 16,      /* reads all, changes nothing */
	ROLES_ALL = 31,
};

struct reach {
	int64_t person;
	int64_t roles;  /* any of these, bits of enum role_kind */
	int64_t now_ms; /* when the person asks */
	int64_t day;    /* that is asked for */
};

/* $1 to $4; unit is a column, day an expression, both constants. */
#define REACH_COVERS_ON(unit_, day_)                                                   \
	"EXISTS (SELECT 1 FROM role AS reach_role JOIN unit_within AS reach_unit"      \
	" ON reach_unit.above = reach_role.unit"                                       \
	" WHERE reach_role.person = $1 AND (reach_role.kind & $2) <> 0"                \
	" AND reach_role.first_ms <= $3 AND reach_role.end_ms > $3"                    \
	" AND reach_unit.unit = " unit_ " AND reach_unit.first_day <= " day_           \
	" AND reach_unit.end_day > " day_ ")"
#define REACH_COVERS(unit_) REACH_COVERS_ON(unit_, "$4")

enum { REACH_VALUES = 4 };
void reach_values(const struct reach *reach, struct store_value *values);

/* Whether unit is there on that day and inside. */
RQ_MUST_USE enum rq_err reach_covers(struct store *store, const struct reach *reach,
				     int64_t unit, bool *covers_out,
				     struct rq_diag *diag);

/* ---- roles ---- */

struct role {
	int64_t id;
	int64_t person;
	enum role_kind kind;
	int64_t unit;
	int64_t first_ms, end_ms; /* FOREVER_MS: no end is known */
	int64_t by_person;        /* 0: the centre itself */
};
#define FOREVER_MS 253402300800000 /* 10000-01-01 UTC */

/*
 * Inside a change; role->id is given by it, role->by_person is taken from by (NULL: the
 * centre itself).  RQ_ERR_NOT_FOUND: no such unit, or by does not cover it.  A unit that
 * has ended can be named: who shall see its past gets a role there.
 */
RQ_MUST_USE enum rq_err role_give(struct store *store, const struct reach *by,
				  struct role *role, int64_t now_ms,
				  struct rq_diag *diag);
/* RQ_ERR_NOT_FOUND: no such role, by does not cover its unit, or it has ended by then. */
RQ_MUST_USE enum rq_err role_end(struct store *store, const struct reach *by,
				 int64_t id, int64_t end_ms, int64_t now_ms,
				 struct rq_diag *diag);

/* Roles that hold now, in units that reach covers; person 0: of everyone.  told gets
 * each, ordered by person, unit, kind. */
RQ_MUST_USE enum rq_err role_list(
    struct store *store, const struct reach *reach, int64_t person, void *listener,
    enum rq_err (*told)(void *listener, const struct role *role), struct rq_diag *diag);

#endif
