/*
 * Bodies of the records of a sweep.  What a person reads of it stays as sealed results
 * have it, one line of JSON (docs/result-format.md), and is parsed by the centre in a
 * confined worker; what the centre counts stands beside it in fields, so that a tally
 * never waits for a parser.  Where the two differ, the finding's lines win and the
 * machine is reported.
 *
 * The body of RECORD_FINDING is one line, of RECORD_RECEIPT, RECORD_INVENTORY and
 * RECORD_TELEMETRY likewise.
 */
#ifndef RAQUET_WIRE_SWEEP_H
#define RAQUET_WIRE_SWEEP_H

#include "finding/finding.h"
#include "finding/words.h"
#include "wire/delivery.h"

/* RECORD_SWEEP_BEGIN */
struct sweep_begin {
	uint64_t campaign;
	uint8_t kit[AGENT_DIGEST];
	struct bytes content; /* its version */
	struct agent_clocks clocks;
	bool time_unsure; /* no time of the centre was known: dates are the machine's */
};
void sweep_begin_encode(const struct sweep_begin *begin, struct buffer *to);
RQ_MUST_USE enum rq_err sweep_begin_decode(struct bytes body,
					   struct sweep_begin *begin_out);

/* RECORD_PROGRESS */
struct sweep_progress {
	uint64_t n_seen, bytes_scanned;
	uint16_t done_permille;
};
void sweep_progress_encode(const struct sweep_progress *progress, struct buffer *to);
RQ_MUST_USE enum rq_err sweep_progress_decode(struct bytes body,
					      struct sweep_progress *progress_out);

/* RECORD_GAPS: how many of each reason so far; a reason of a later program is refused. */
struct sweep_gaps {
	uint64_t n[N_GAP_REASONS];
};
void sweep_gaps_encode(const struct sweep_gaps *gaps, struct buffer *to);
RQ_MUST_USE enum rq_err sweep_gaps_decode(struct bytes body,
					  struct sweep_gaps *gaps_out);

/* RECORD_SWEEP_END */
struct sweep_end {
	uint64_t campaign;
	uint8_t verdict;               /* enum verdict */
	uint64_t started_ms, ended_ms; /* UTC */
	uint64_t n_seen, n_scanned, n_found, n_findings, n_gaps, bytes_scanned;
	uint64_t cpu_ms, peak_memory_bytes;
	struct bytes summary; /* the line */
};
void sweep_end_encode(const struct sweep_end *end, struct buffer *to);
RQ_MUST_USE enum rq_err sweep_end_decode(struct bytes body, struct sweep_end *end_out);

/* RECORD_JOB_REFUSED */
struct job_refused {
	uint64_t campaign;
	uint8_t reason; /* enum job_refusal, a stable number: endpoint/agent/jobs.h */
	uint8_t policy; /* enum policy_refusal when that is the reason, else 0 */
	uint32_t n_deaths, n_cuts;
};
void job_refused_encode(const struct job_refused *refused, struct buffer *to);
RQ_MUST_USE enum rq_err job_refused_decode(struct bytes body,
					   struct job_refused *refused_out);

#endif
