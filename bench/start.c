/*
 * The driver of bench/start: what one start is made of.
 *
 *     bench_start CACHE RULES STARTED
 *
 * Does what `raquet scan --rules RULES` does before the first file, each stage for
 * itself and with its milliseconds; then two of them in parts, and a worker.  STARTED is
 * the time at which this process was, CLOCK_MONOTONIC in ns.  With an empty folder CACHE
 * it fills that.
 */
#include "crypto/digest.h"
#include "crypto/mac.h"
#include "endpoint/rules_cache.h"
#include "endpoint/worker.h"
#include "os/clock.h"
#include "os/process.h"
#include "wire/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t last_ns;

static void stage(const char *name)
{
	uint64_t now = clock_monotonic_ns();

	printf("%s\t%.3f\n", name, (double)(now - last_ns) / 1e6);
	last_ns = clock_monotonic_ns();
}

static void demand(enum rq_err err, const char *what)
{
	if (err == RQ_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, rq_err_text(err));
	exit(1);
}

static enum rq_err add(void *mac, struct bytes piece)
{
	return mac_add(mac, piece);
}

/* The copy of an image, without and with its code, and what its indexes cost. */
static void part_load(const struct rules *rules)
{
	static const uint8_t key[MAC_ONCE_KEY] = {1};
	const uint64_t size = rules->image.size;
	struct file copy, other;
	struct ruleset *ruleset;
	struct map map;
	struct mac *mac;

	last_ns = clock_monotonic_ns();
	demand(map_seal_file(rules->sealed, 0, size, NULL, &copy, NULL), "copy");
	stage("part: copy of the image");
	demand(mac_once_new(key, &mac), "code");
	last_ns = clock_monotonic_ns();
	demand(map_seal_file(rules->sealed, 0, size, &(struct map_reader){add, mac},
			     &other, NULL),
	       "copy");
	stage("part: copy and code");
	demand(map_sealed(copy, &map), "map");
	demand(ruleset_open(map.data, map.size, RULESET_CHECK_INDEXES, &ruleset, NULL),
	       "open");
	stage("part: checks of the image");
	ruleset_unref(ruleset);
	map_free(&map);
	file_close(&copy);
	file_close(&other);
	stage("part: giving back of both");
	mac_free(mac);
}

/* From nothing to its first word. */
static void start_worker(const struct rules *rules)
{
	struct process *worker;
	struct bytes frame;
	struct buffer out = {0};
	uint64_t handle;
	enum rq_err err;

	last_ns = clock_monotonic_ns();
	demand(process_start_worker(&worker, NULL), "worker");
	demand(process_pass(worker, &rules->sealed, 1, &handle), "worker");
	worker_rules_encode(handle, &out);
	demand(process_send(worker, buffer_bytes(&out)), "worker");
	do {
		process_wait(&worker, 1, 1000);
		err = process_receive(worker, 1 << 20, &frame);
	} while (err == RQ_ERR_NOT_FOUND);
	demand(err, "worker");
	stage("part: a worker, by itself");
	process_free(worker);
	buffer_free(&out);
}

static void load(const char *folder, const char *path)
{
	const struct rules_options options = {
	    .keep_going = true, .common_externals = true, .cache_folder = folder};
	uint8_t digest[DIGEST_MAX_SIZE];
	struct rules_list list = {0};
	struct rules_cache *cache;
	struct arena *arena;
	struct rules rules;

	demand(arena_new((size_t)1 << 28, &arena), "memory");
	rules_init(&rules);
	demand(rules_gather(arena, path, &list, NULL), path);
	stage("rule files named");
	demand(digest_of(DIGEST_SHA256, BYTES_LITERAL(""), digest), "libcrypto");
	stage("libcrypto ready");
	demand(rules_cache_open(folder, &cache), folder);
	demand(rules_cache_choose(cache, &options, list.items, list.n), path);
	stage("rule files read and coded");
	demand(arena_new((size_t)1 << 28, &rules.arena), "memory");
	rule_report_init(&rules.report, rules.arena);
	if (rules_cache_load(cache, &rules) != RQ_OK) {
		arena_free(rules.arena);
		rules_init(&rules);
		demand(rules_compile(&rules, &options, list.items, list.n, NULL), path);
	} else {
		stage("entry copied, coded and checked");
		part_load(&rules);
		start_worker(&rules);
	}
	rules_cache_free(cache);
	rules_free(&rules);
	rules_list_free(&list);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return worker_main(argc, argv);
	if (argc != 4)
		return 2;
	last_ns = strtoull(argv[3], NULL, 10);
	stage("program and libraries linked");
	load(argv[1], argv[2]);
	return 0;
}
