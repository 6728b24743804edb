/* Evidence that is not Raquet's: another tool's result, and what a unit declares. */
#ifndef RAQUET_CENTRE_RESULT_EVIDENCE_H
#define RAQUET_CENTRE_RESULT_EVIDENCE_H

#include "centre/campaign/campaign.h"

/* What another tool says of one machine, with the file that shows it (a log, a picture). */
struct other_result {
	int64_t campaign, machine;
	struct bytes tool, tool_version;
	const uint8_t *file_sha256; /* 32 bytes */
	int64_t swept_ms;
	bool found;
};
/* RQ_ERR_USAGE: without a tool and a file it is no evidence. */
RQ_MUST_USE enum rq_err evidence_other_tool(struct store *store, const struct act *act,
					    const struct other_result *result,
					    int64_t *sweep_out, struct rq_diag *diag);

/* One page of a unit; file_sha256 may be NULL.  It takes the place of the page before,
 * which is kept. */
struct declared_page {
	int64_t campaign, unit;
	int64_t done, not_done, found;
	const uint8_t *file_sha256;
};
RQ_MUST_USE enum rq_err evidence_declare(struct store *store, const struct act *act,
					 const struct declared_page *page,
					 struct rq_diag *diag);

#endif
