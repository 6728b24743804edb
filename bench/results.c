/*
 * The driver of bench/results: machines deliver sweeps through the whole path into a
 * store, several deliveries in each turn.
 *
 *     bench_results WHERE MACHINES RECORDS TURN
 *
 * Prints records a second of the wall clock, and processor seconds of this process.
 * Every fifth delivery comes twice; RECORDS of each are findings.
 */
#include "bytes/alloc.h"
#include "centre/result/turn.h"
#include "os/clock.h"
#include "wire/sweep.h"
#include "world/real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static enum rq_err read_plain(void *self, struct bytes line, struct arena *arena,
			      struct jsonl_line *line_out)
{
	(void)self;
	return jsonl_read(line, arena, line_out);
}

static const struct line_reader reader = {NULL, read_plain};

static void put_finding(struct buffer *records, int64_t machine, uint64_t ordinal)
{
	struct finding finding = {.rule = bytes_of("rule_of_a_family"),
				  .name_space = bytes_of("default"),
				  .has_sha256 = true};
	uint64_t content = ordinal % 40 + (uint64_t)machine % 50 * 40;
	struct record record = {.kind = RECORD_FINDING, .job = 1, .ordinal = ordinal};
	struct buffer line = {0};
	char path[96];

	memcpy(finding.sha256, &content, sizeof content);
	snprintf(path, sizeof path, "C:\\Users\\canbo\\Downloads\\ho so %llu.exe",
		 (unsigned long long)ordinal);
	finding.path = bytes_of(path);
	jsonl_match(&line, &finding, 0);
	record.body = (struct bytes){line.data, line.size - 1};
	record_encode(&record, records);
	buffer_free(&line);
}

/* One machine's findings, as one delivery. */
static void make(int64_t machine, uint64_t n, struct buffer *message)
{
	struct buffer records = {0};
	struct agent_delivery delivery = {
	    .class = CLASS_DETECTION, .stream = 1, .n_records = n};

	for (uint64_t i = 0; i < n; i++)
		put_finding(&records, machine, i + 1);
	delivery.records = buffer_bytes(&records);
	buffer_clear(message);
	agent_delivery_encode(&delivery, message);
	buffer_free(&records);
}

struct run {
	struct store *store;
	struct world world;
	struct buffer *messages;
	struct delivery_request *requests;
	struct delivery_reply *replies;
	size_t turn;
	uint64_t n_records, ns;
};

/* Only the centre's part is timed. */
static enum rq_err take(struct run *run, int64_t first, uint64_t n,
			struct rq_diag *diag)
{
	uint64_t start;
	enum rq_err err;

	for (size_t i = 0; i < run->turn; i++) {
		int64_t machine = first + (int64_t)i - (i % 5 == 4);

		make(machine, n, &run->messages[i]);
		run->requests[i] =
		    (struct delivery_request){machine, buffer_bytes(&run->messages[i])};
	}
	start = clock_monotonic_ns();
	err = result_take(run->store, &run->world, &reader, run->requests, run->turn,
			  run->replies, diag);
	run->ns += clock_monotonic_ns() - start;
	for (size_t i = 0; i < run->turn && err == RQ_OK; i++)
		if (run->replies[i].refused ||
		    run->replies[i].answer.status != DELIVERY_TAKEN)
			err = RQ_ERR_PEER;
	run->n_records += n * (run->turn - run->turn / 5);
	return err;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct rq_diag diag = {0};
	int64_t machines;
	enum rq_err err;

	if (argc != 5)
		return 2;
	machines = atoll(argv[2]);
	run.turn = (size_t)atoll(argv[4]);
	world_real(&run.world);
	run.messages = calloc(run.turn, sizeof *run.messages);
	run.requests = calloc(run.turn, sizeof *run.requests);
	run.replies = calloc(run.turn, sizeof *run.replies);
	if (run.messages == NULL || run.requests == NULL || run.replies == NULL)
		return 4;
	err = store_open(argv[1], &run.store, &diag);
	if (err == RQ_OK)
		err = store_migrate(run.store, &diag);
	for (int64_t at = 1; at <= machines && err == RQ_OK; at += (int64_t)run.turn)
		err = take(&run, at, (uint64_t)atoll(argv[3]), &diag);
	if (err != RQ_OK)
		fprintf(stderr, "%s: %s: %s\n", rq_err_text(err), diag.where,
			diag.what);
	else
		printf("%.0f %.2f\n", (double)run.n_records / ((double)run.ns / 1e9),
		       (double)clock() / CLOCKS_PER_SEC);
	for (size_t i = 0; i < run.turn; i++)
		buffer_free(&run.messages[i]);
	free(run.messages);
	free(run.requests);
	free(run.replies);
	store_close(run.store);
	return err == RQ_OK ? 0 : 4;
}
