/*
 * A result held whole, for renderings that show the verdict first and group what was
 * found, by object and by what it is: text and HTML.  (JSON Lines are written as events come and need
 * none of this.)  Order does not depend on how many workers took part.
 */
#ifndef RAQUET_FINDING_RESULT_H
#define RAQUET_FINDING_RESULT_H

#include "finding/finding.h"
#include "finding/group.h"

struct result;

struct result_object {
	struct bytes path;               /* outer!inner */
	const struct finding **findings; /* in the order they were added */
	size_t n_findings;
	enum severity worst;
};

RQ_MUST_USE enum rq_err result_new(struct result **result_out);
void result_free(struct result *result);

/* Copies finding.  RQ_ERR_MEMORY: it is not in the result. */
RQ_MUST_USE enum rq_err result_add_finding(struct result *result,
					   const struct finding *finding);

/* Copies gap, up to CAP_RESULT_GAPS of one reason; the summary counts them all. */
RQ_MUST_USE enum rq_err result_add_gap(struct result *result, const struct gap *gap);

/* Sorts and groups: objects by severity, then path; gaps by path.  Call once, after
 * the last add and before what follows. */
RQ_MUST_USE enum rq_err result_arrange(struct result *result);

size_t result_n_objects(const struct result *result);
const struct result_object *result_object(const struct result *result, size_t i);

size_t result_n_groups(const struct result *result);
const struct group *result_group(const struct result *result, size_t i);

/* The gaps of one reason that were kept. */
const struct gap *result_gaps(const struct result *result, enum gap_reason reason,
			      size_t *n_out);

#endif
