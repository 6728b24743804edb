/*
 * Sealed results that come on a stick, by mail or out of a folder.
 *
 * A result counts once, by its sweep id, however often the file is handed in.  Whose it is
 * is told from weak facts (asset tag, serial number, network addresses, name), with a
 * confidence that stands beside the sweep for ever; where they fit no machine, several,
 * or contradict each other, the result waits for a person.  Clones that were swept from
 * one stick have ids of their own, so each is a result, and the facts that they share
 * give none of them to another's row.
 *
 * The file was read by a confined worker (wire/result_reader.h): import_sink collects what
 * it says, and nothing of it counts unless the answer was SEALED_GOOD.
 */
#ifndef RAQUET_CENTRE_RESULT_IMPORT_H
#define RAQUET_CENTRE_RESULT_IMPORT_H

#include "centre/campaign/campaign.h"
#include "centre/result/line.h"
#include "sealed/sealed.h"
#include "wire/result_reader.h"

struct import {
	struct buffer header; /* the sweep id, then as sealed_header_write */
	struct buffer lines;  /* each with its end */
};
/* head and line of *import; free it in any case. */
struct result_sink import_sink(struct import *import);
void import_free(struct import *import);

enum import_outcome {
	IMPORT_COUNTED, /* for machine */
	IMPORT_WAITS,   /* for a person */
	IMPORT_KNOWN,   /* this sweep is here already, counted or waiting */
};
struct import_answer {
	enum import_outcome outcome;
	int64_t machine;      /* COUNTED */
	int64_t confidence;   /* percent, by the strongest fact that fits */
	int64_t n_candidates; /* WAITS: machines that the facts leave, 0: none */
	int64_t id;           /* of the sweep, or of what waits */
};

/*
 * One change of its own.  campaign: for which it was handed in, 0: for none; facts are
 * compared with machines of its scope.  file_sha256: of the file as it came.
 * RQ_ERR_FORMAT: import is not what a sink collects.  RQ_ERR_LIMIT: more lines than a
 * store keeps.
 */
RQ_MUST_USE enum rq_err import_take(struct store *store, const struct act *act,
				    const struct line_reader *reader, int64_t campaign,
				    const struct import *import,
				    const uint8_t *file_sha256,
				    struct import_answer *answer_out,
				    struct rq_diag *diag);

/* A person says whose a waiting result is. */
RQ_MUST_USE enum rq_err import_assign(struct store *store, const struct act *act,
				      const struct line_reader *reader, int64_t waiting,
				      int64_t machine, struct rq_diag *diag);

#endif
