/* What the files of this folder share. */
#ifndef RAQUET_CENTRE_UNIT_UNIT_INTERNAL_H
#define RAQUET_CENTRE_UNIT_UNIT_INTERNAL_H

#include "centre/audit/audit.h"
#include "centre/unit/unit.h"

/* RQ_ERR_NOT_FOUND: there is no such unit, or by (NULL: everyone) does not cover it. */
RQ_MUST_USE enum rq_err reach_must_cover(struct store *store, const struct reach *by,
					 int64_t unit, struct rq_diag *diag);

/* What every change asks.  RQ_ERR_CONFLICT: the day is over. */
RQ_MUST_USE enum rq_err unit_day_is_open(const struct unit_act *act, int64_t day,
					 struct rq_diag *diag);
/* unit is there from day on and has no end that is known; act covers it. */
RQ_MUST_USE enum rq_err unit_stays(struct store *store, const struct unit_act *act,
				   int64_t unit, int64_t day, struct rq_diag *diag);
RQ_MUST_USE enum rq_err unit_note(struct store *store, const struct unit_act *act,
				  int64_t unit, const char *event,
				  const struct audit_field *fields, size_t n_fields,
				  struct rq_diag *diag);

/* A whole number of 1 to n_digits digits, without a sign. */
bool unit_number_read(struct bytes text, size_t n_digits, int64_t *out);

/* ---- ids ---- */

struct ids {
	int64_t *items;
	size_t n, capacity;
};
void ids_free(struct ids *ids);
/* The first column of all rows. */
RQ_MUST_USE enum rq_err ids_ask(struct store *store, const char *sql,
				const struct store_value *values, size_t n_values,
				struct ids *ids_out, struct rq_diag *diag);

/* ---- unit_within ---- */

/*
 * Makes the rows of unit and all that was or will be below it from day on again, as
 * unit_version has them now.  RQ_ERR_CONFLICT: deeper than CAP_UNIT_DEPTH.
 */
RQ_MUST_USE enum rq_err within_refresh(struct store *store, int64_t unit, int64_t day,
				       struct rq_diag *diag);
/* Whether unit is above, or below it, at some day from day on. */
RQ_MUST_USE enum rq_err within_is(struct store *store, int64_t unit, int64_t above,
				  int64_t day, bool *is_out, struct rq_diag *diag);

#endif
