#include "centre/result/result_scene.h"

#include "crypto/digest.h"

#include <string.h>

static enum rq_err read_plain(void *self, struct bytes line, struct arena *arena,
			      struct jsonl_line *line_out)
{
	(void)self;
	return jsonl_read(line, arena, line_out);
}

const struct line_reader plain_reader = {NULL, read_plain};

struct teller teller_of(int64_t machine, uint8_t class, int64_t job)
{
	static uint64_t streams;

	return (struct teller){.machine = machine,
			       .class = class,
			       .stream = ++streams,
			       .job = (uint64_t)job,
			       .ordinal = 1};
}

void teller_free(struct teller *teller)
{
	buffer_free(&teller->records);
}

void tell(struct teller *teller, uint8_t kind, struct bytes body)
{
	const struct record record = {.kind = kind,
				      .utc_ms = SCENE_START_MS,
				      .job = teller->job,
				      .ordinal = teller->ordinal++,
				      .body = body};

	record_encode(&record, &teller->records);
	assert_true(buffer_ok(&teller->records));
	teller->n_records++;
}

static void tell_buffer(struct teller *teller, uint8_t kind, struct buffer *body)
{
	assert_true(buffer_ok(body));
	tell(teller, kind, buffer_bytes(body));
	buffer_free(body);
}

void tell_begin(struct teller *teller, int64_t campaign, const char *content)
{
	const struct sweep_begin begin = {.campaign = (uint64_t)campaign,
					  .content = bytes_of(content),
					  .clocks.utc_ms = SCENE_START_MS};
	struct buffer body = {0};

	sweep_begin_encode(&begin, &body);
	tell_buffer(teller, RECORD_SWEEP_BEGIN, &body);
}

void tell_finding(struct teller *teller, uint8_t content, const char *path,
		  const char *rule)
{
	struct finding finding = {.kind = FINDING_RULE,
				  .path = bytes_of(path),
				  .rule = bytes_of(rule),
				  .name_space = bytes_of("default"),
				  .has_sha256 = content != 0};
	struct buffer line = {0};

	memset(finding.sha256, content, sizeof finding.sha256);
	jsonl_match(&line, &finding, 0);
	while (line.size > 0 && line.data[line.size - 1] == '\n')
		line.size--;
	tell_buffer(teller, RECORD_FINDING, &line);
}

void tell_gaps(struct teller *teller, enum gap_reason reason, uint64_t n)
{
	struct sweep_gaps gaps = {0};
	struct buffer body = {0};

	gaps.n[reason] = n;
	sweep_gaps_encode(&gaps, &body);
	tell_buffer(teller, RECORD_GAPS, &body);
}

void tell_end(struct teller *teller, const struct sweep_end *end)
{
	struct buffer body = {0};

	sweep_end_encode(end, &body);
	tell_buffer(teller, RECORD_SWEEP_END, &body);
}

void tell_refused(struct teller *teller, uint8_t reason)
{
	const struct job_refused refused = {.reason = reason};
	struct buffer body = {0};

	job_refused_encode(&refused, &body);
	teller->ordinal = 0;
	tell_buffer(teller, RECORD_JOB_REFUSED, &body);
}

void teller_deliver(struct teller *teller, struct buffer *message)
{
	const struct agent_delivery delivery = {
	    .class = teller->class,
	    .stream = teller->stream,
	    .first = teller->next,
	    .none_from = teller->next, /* it has all that was not delivered */
	    .chain = teller->chain,
	    .n_records = teller->n_records,
	    .records = buffer_bytes(&teller->records)};

	buffer_clear(message);
	agent_delivery_encode(&delivery, message);
	assert_true(buffer_ok(message));
	teller->chain = record_chain(teller->chain, delivery.records);
	teller->next += teller->n_records;
	teller->n_records = 0;
	buffer_clear(&teller->records);
}

enum delivery_status take(struct fleet *fleet, int64_t machine,
			  const struct buffer *message)
{
	const struct delivery_request request = {machine, buffer_bytes(message)};
	struct delivery_reply reply;

	SCENE_OK(result_take(fleet->store, &fleet->world, &plain_reader, &request, 1,
			     &reply, &scene_diag));
	assert_false(reply.refused);
	return (enum delivery_status)reply.answer.status;
}

enum delivery_status deliver(struct fleet *fleet, struct teller *teller)
{
	struct buffer message = {0};
	enum delivery_status status;

	teller_deliver(teller, &message);
	status = take(fleet, teller->machine, &message);
	buffer_free(&message);
	teller_free(teller);
	return status;
}

int64_t sweep_whole(struct fleet *fleet, int64_t machine, int64_t campaign,
		    const struct scene_sweep *sweep)
{
	const int64_t job = fleet_lease(fleet, machine);
	struct teller findings = teller_of(machine, CLASS_DETECTION, job);
	struct teller results = teller_of(machine, CLASS_RESULT, job);
	struct sweep_end end = {.verdict = (uint8_t)sweep->verdict,
				.n_gaps = sweep->n_gaps,
				.cpu_ms = sweep->cpu_ms,
				.summary = bytes_of("{}")};

	tell_begin(&results, campaign, "2020-09-01");
	for (; sweep->contents != NULL && sweep->contents[end.n_findings] != 0;
	     end.n_findings++)
		tell_finding(&findings, sweep->contents[end.n_findings], "/srv/a",
			     "rule_a");
	if (sweep->n_gaps > 0)
		tell_gaps(&results, sweep->reason, sweep->n_gaps);
	tell_end(&results, &end);
	if (end.n_findings > 0)
		assert_int_equal(deliver(fleet, &findings), DELIVERY_TAKEN);
	assert_int_equal(deliver(fleet, &results), DELIVERY_TAKEN);
	teller_free(&findings);
	return job;
}

void content_key(uint8_t content, uint8_t *key)
{
	uint8_t sha256[32], digest[DIGEST_MAX_SIZE];
	struct buffer of = {0};

	memset(sha256, content, sizeof sha256);
	buffer_text(&of, "content");
	buffer_put(&of, sha256, sizeof sha256);
	SCENE_OK(digest_of(DIGEST_SHA256, buffer_bytes(&of), digest));
	memcpy(key, digest, FINDING_GROUP_KEY);
	buffer_free(&of);
}
