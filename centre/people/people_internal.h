/* What the files of this folder share. */
#ifndef RAQUET_CENTRE_PEOPLE_PEOPLE_INTERNAL_H
#define RAQUET_CENTRE_PEOPLE_PEOPLE_INTERNAL_H

#include "centre/audit/audit.h"
#include "centre/people/person.h"

RQ_MUST_USE enum rq_err people_note(struct store *store, int64_t time_ms, int64_t actor,
				    const char *event, const struct audit_field *fields,
				    size_t n_fields, struct rq_diag *diag);

#endif
