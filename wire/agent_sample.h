/* One of each message, for tests: every field has a value of its own. */
#ifndef RAQUET_WIRE_AGENT_SAMPLE_H
#define RAQUET_WIRE_AGENT_SAMPLE_H

#include "wire/delivery.h"
#include "wire/fetch.h"
#include "wire/sweep.h"

#include <string.h>

static const struct agent_clocks sample_clocks = {
    .boot_id = {1, 2, 3}, .monotonic_ms = 4500, .utc_ms = 1230768000000};

static inline void sample_enrol(struct buffer *to)
{
	const struct agent_enrol enrol = {
	    .clocks = sample_clocks,
	    .nonce = {9},
	    .unit_code = BYTES_LITERAL("XA-BINH-MINH-7K2M"),
	    .machine_code = BYTES_LITERAL("PC-0042"),
	    .request = BYTES_LITERAL("\x30\x03\x02\x01\x00"),
	    .program = BYTES_LITERAL("0.1.0"),
	    .facts = {{1, BYTES_LITERAL("MAY-VAN-THU")},
		      {6, BYTES_LITERAL("02:00:5e:10:00:01")}},
	    .n_facts = 2};

	agent_enrol_encode(&enrol, to);
}

static inline void sample_fetch(struct buffer *to)
{
	const struct agent_fetch fetch = {FETCH_FILE, {4}, 4096};

	agent_fetch_encode(&fetch, to);
}

static inline void sample_part(struct buffer *to)
{
	const struct agent_part part = {5000, 4096, BYTES_LITERAL("rule a")};

	agent_part_encode(&part, to);
}

static inline void sample_renew(struct buffer *to)
{
	const struct agent_renew renew = {.clocks = sample_clocks,
					  .nonce = {8},
					  .request = BYTES_LITERAL("\x30\x00"),
					  .program = BYTES_LITERAL("0.1.0")};

	agent_renew_encode(&renew, to);
}

static inline void sample_enrolled(struct buffer *to)
{
	const struct agent_enrolled enrolled = {
	    .status = ENROLMENT_DONE,
	    .time = {.utc_ms = 1609459200000, .nonce = {9}, .signature = {7}},
	    .machine = {0xAA},
	    .authority = {0xBB},
	    .time_key = {0xCC},
	    .chain = {BYTES_LITERAL("leaf"), BYTES_LITERAL("authority")},
	    .n_chain = 2};

	agent_enrolled_encode(&enrolled, to);
}

static inline void sample_check_in(struct buffer *to)
{
	const struct agent_check_in check_in = {
	    .clocks = sample_clocks,
	    .nonce = {5},
	    .counter = 77,
	    .campaign_epoch = 12,
	    .flags = CHECK_IN_NO_SWEEPS,
	    .spool = {{100, 2, 0, 0}, {0}, {5000, 40, 3, 900}},
	    .posture = {1},
	    .program = BYTES_LITERAL("0.1.0"),
	    .content = BYTES_LITERAL("2020-12-20"),
	    .policy_serial = 3,
	    .n_starts = 4,
	    .peak_memory_bytes = 9 << 20,
	    .jobs = {{1001, 2, 512}},
	    .n_jobs = 1};

	agent_check_in_encode(&check_in, to);
}

static inline void sample_check_in_answer(struct buffer *to)
{
	const struct agent_check_in_answer answer = {
	    .time = {.utc_ms = 1609459200000, .nonce = {5}},
	    .campaign_epoch = 13,
	    .due_ms = 900000,
	    .hold_ms = 270000,
	    .take_bytes = 1 << 20,
	    .wants = WANT_POSTURE | WANT_POLICY,
	    .policy_serial = 4,
	    .revoked = BYTES_LITERAL("0123456789abcdefFEDCBA9876543210"),
	    .expected = {{CLASS_DETECTION, 99, 12, 0x1234}},
	    .n_expected = 1,
	    .has_lease = true,
	    .lease = {.campaign = 5,
		      .job = 1002,
		      .lease_ms = 3600000,
		      .deadline_ms = 1609545600000,
		      .kit = {0xDD},
		      .options = LEASE_ALL,
		      .budget = {7200000, 1 << 28, 1 << 30, 8 << 20, 25},
		      .scope = BYTES_LITERAL("whole-disks\n"),
		      .paths = {BYTES_LITERAL("/home"), BYTES_LITERAL("C:\\Users")},
		      .n_paths = 2}};

	agent_check_in_answer_encode(&answer, to);
}

static inline void sample_lease(struct buffer *to)
{
	const struct lease lease = {.campaign = 5,
				    .job = 1003,
				    .kit = {0xDD},
				    .paths = {BYTES_LITERAL("/srv")},
				    .n_paths = 1};

	lease_encode(&lease, to);
}

static inline void sample_offer(struct buffer *to)
{
	agent_offer_encode(&(struct agent_offer){CLASS_RESULT, 300000, 200}, to);
}

static inline void sample_offer_answer(struct buffer *to)
{
	agent_offer_answer_encode(&(struct agent_offer_answer){0, 60000}, to);
}

static inline void sample_delivery(struct buffer *to)
{
	const struct record records[] = {
	    {RECORD_FINDING, 1609459200000, 1002, 0, BYTES_LITERAL("{\"event\":1}")},
	    {RECORD_PROGRESS, 1609459201000, 1002, 1, {NULL, 0}},
	};
	struct buffer encoded = {0};
	struct agent_delivery delivery = {.class = CLASS_DETECTION,
					  .stream = 99,
					  .first = 12,
					  .none_from = 11,
					  .chain = 0x1234,
					  .n_dropped = 1,
					  .n_records = 2};

	for (size_t i = 0; i < 2; i++)
		record_encode(&records[i], &encoded);
	delivery.records = buffer_bytes(&encoded);
	agent_delivery_encode(&delivery, to);
	to->failed = to->failed || !buffer_ok(&encoded);
	buffer_free(&encoded);
}

static inline void sample_delivery_answer(struct buffer *to)
{
	agent_delivery_answer_encode(
	    &(struct agent_delivery_answer){DELIVERY_EXPECTED, 12, 0x1234, 5000}, to);
}

static inline void sample_posture(struct buffer *to)
{
	const struct agent_posture posture = {
	    .os = BYTES_LITERAL("Windows 7 Professional"),
	    .os_version = BYTES_LITERAL("6.1.7601"),
	    .program = BYTES_LITERAL("0.1.0"),
	    .content = BYTES_LITERAL("2020-12-20"),
	    .policy_serial = 4,
	    .booted_ms = 1609400000000,
	    .encryption = ENCRYPTION_NONE,
	    .n_updates = POSTURE_UPDATES_UNKNOWN,
	    .antivirus = {{BYTES_LITERAL("An ninh Mot"), BYTES_LITERAL("11"),
			   ANTIVIRUS_ON, 1609300000000, 1609200000000}},
	    .n_antivirus = 1};

	agent_posture_encode(&posture, to);
}

static inline void sample_neighbours(struct buffer *to)
{
	struct agent_neighbours neighbours = {
	    .rows = {{4, {192, 0, 2, 7}, {2, 0, 0x5e, 0x10, 0, 1}},
		     {6, {0x20, 1, 0x0d, 0xb8}, {2, 0, 0x5e, 0x10, 0, 2}}},
	    .n_rows = 2};

	agent_neighbours_encode(&neighbours, to);
}

static inline void sample_begin(struct buffer *to)
{
	sweep_begin_encode(
	    &(struct sweep_begin){
		5, {0xDD}, BYTES_LITERAL("2020-12-20"), sample_clocks, true},
	    to);
}

static inline void sample_progress(struct buffer *to)
{
	sweep_progress_encode(&(struct sweep_progress){1200, 9 << 20, 333}, to);
}

static inline void sample_gaps(struct buffer *to)
{
	sweep_gaps_encode(&(struct sweep_gaps){{0, 4, 0, 1}}, to);
}

static inline void sample_end(struct buffer *to)
{
	const struct sweep_end end = {.campaign = 5,
				      .verdict = VERDICT_FOUND,
				      .started_ms = 1,
				      .ended_ms = 2,
				      .n_seen = 3,
				      .n_scanned = 4,
				      .n_found = 5,
				      .n_findings = 6,
				      .n_gaps = 7,
				      .bytes_scanned = 8,
				      .cpu_ms = 9,
				      .peak_memory_bytes = 10,
				      .summary = BYTES_LITERAL("{}")};

	sweep_end_encode(&end, to);
}

static inline void sample_refused(struct buffer *to)
{
	job_refused_encode(&(struct job_refused){5, 1, 0, 2, 0}, to);
}

#endif
