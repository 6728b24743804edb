/*
 * The driver of bench/store: rows like findings through store_bulk, in committed batches.
 *
 *     bench_store WHERE ROWS BATCH
 *
 * Prints rows a second of the wall clock, and processor seconds of this process.
 */
#include "bytes/alloc.h"
#include "centre/store/migration.h"
#include "os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char table[] =
    "CREATE TABLE bench_finding (id BIGINT PRIMARY KEY, machine BIGINT NOT NULL,"
    " campaign BIGINT NOT NULL, unit BIGINT NOT NULL, kind BIGINT NOT NULL,"
    " rule TEXT NOT NULL, path TEXT NOT NULL, digest BYTEA NOT NULL,"
    " size BIGINT NOT NULL, seen BIGINT NOT NULL);\n"
    "CREATE INDEX bench_finding_machine ON bench_finding (machine);\n";

static const char *const columns[] = {"id",   "machine", "campaign", "unit", "kind",
				      "rule", "path",    "digest",   "size", "seen"};
static const enum store_kind kinds[] = {
    STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_NUMBER, STORE_NUMBER,
    STORE_TEXT,   STORE_TEXT,   STORE_BYTES,  STORE_NUMBER, STORE_NUMBER};
static const struct store_bulk_into into = {"bench_finding", columns, kinds, 10};

static uint64_t chance(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 16;
}

static enum rq_err put(struct store_bulk *bulk, int64_t id, uint64_t *state,
		       struct rq_diag *diag)
{
	uint64_t digest[4];
	char path[128], rule[48];

	for (size_t i = 0; i < 4; i++)
		digest[i] = chance(state);
	snprintf(path, sizeof path, "C:\\Users\\canbo%03u\\Downloads\\Hồ sơ %08llx.exe",
		 (unsigned)(chance(state) % 200), (unsigned long long)digest[0] >> 8);
	snprintf(rule, sizeof rule, "rule_number_%u", (unsigned)(chance(state) % 700));
	const struct store_value row[] = {
	    store_number(id),
	    store_number(id / 200), /* a delivery of one machine */
	    store_number(3),
	    store_number((int64_t)(chance(state) % 150)),
	    store_number((int64_t)(chance(state) % 6)),
	    store_text(bytes_of(rule)),
	    store_text(bytes_of(path)),
	    store_bytes((struct bytes){(const uint8_t *)digest, sizeof digest}),
	    store_number((int64_t)(chance(state) % 100000000)),
	    store_number(1600000000000 + id)};

	return store_bulk_row(bulk, row, diag);
}

static enum rq_err put_batch(struct store *store, int64_t n, uint64_t *state,
			     struct rq_diag *diag)
{
	struct store_bulk *bulk = NULL;
	int64_t first = 0;
	enum rq_err err = store_begin(store, diag), end;

	if (err == RQ_OK)
		err = store_ids(store, (uint32_t)n, &first, diag);
	if (err == RQ_OK)
		err = store_bulk_begin(store, &into, &bulk, diag);
	if (err != RQ_OK)
		return err;
	for (int64_t i = 0; i < n && err == RQ_OK; i++)
		err = put(bulk, first + i, state, diag);
	end = store_bulk_end(bulk, diag);
	if (err == RQ_OK)
		err = end;
	return err == RQ_OK ? store_commit(store, diag) : err;
}

static enum rq_err make_table(struct store *store, struct rq_diag *diag)
{
	struct migration *steps = alloc_array(migration_all.n + 1, sizeof *steps);
	enum rq_err err;

	if (steps == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	memcpy(steps, migration_all.steps, migration_all.n * sizeof *steps);
	steps[migration_all.n] = (struct migration){"9999_bench", table};
	err =
	    migration_run(store, (struct migrations){steps, migration_all.n + 1}, diag);
	alloc_free(steps);
	return err;
}

int main(int argc, char **argv)
{
	struct store *store = NULL;
	struct rq_diag diag = {0};
	uint64_t state = 1, start;
	double seconds;
	int64_t rows, batch;
	enum rq_err err;

	if (argc != 4)
		return 2;
	rows = atoll(argv[2]);
	batch = atoll(argv[3]);
	err = store_open(argv[1], &store, &diag);
	if (err == RQ_OK)
		err = make_table(store, &diag);
	start = clock_monotonic_ns();
	for (int64_t done = 0; done < rows && err == RQ_OK; done += batch)
		err = put_batch(store, batch, &state, &diag);
	seconds = (double)(clock_monotonic_ns() - start) / 1e9;
	if (err != RQ_OK)
		fprintf(stderr, "%s: %s: %s\n", rq_err_text(err), diag.where,
			diag.what);
	else
		printf("%.0f %.2f\n", (double)rows / seconds,
		       (double)clock() / CLOCKS_PER_SEC);
	store_close(store);
	return err == RQ_OK ? 0 : 4;
}
