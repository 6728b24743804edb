#include "endpoint/worker_indicator.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "endpoint/hashed.h"
#include "finding/finding.h"
#include "indicator/hosts_file.h"
#include "indicator/table.h"
#include "os/map.h"

#include <string.h>

static const struct bytes nowhere = {NULL, 0};

struct worker_indicators {
	struct map image;
	struct file body;
	struct indicator_table *table;
	bool matches_any;
	struct indicator_hits found;
	struct worker_hit *hits; /* outside of the arena, which a scan may reset */
	size_t n_hits, capacity;
};

static const enum digest_kind digest_kinds[N_INDICATOR_DIGESTS] = {
    [INDICATOR_MD5] = DIGEST_MD5,
    [INDICATOR_SHA1] = DIGEST_SHA1,
    [INDICATOR_SHA256] = DIGEST_SHA256,
};

enum rq_err worker_indicators_new(struct channel *channel,
				  const struct worker_config *config,
				  struct worker_indicators **indicators_out)
{
	struct worker_indicators *indicators = alloc_array(1, sizeof *indicators);
	struct file sealed;
	enum rq_err err = RQ_ERR_MEMORY;

	*indicators_out = indicators; /* lives as long as the process */
	if (indicators == NULL)
		return err;
	indicators->body = FILE_NONE;
	indicators->matches_any = config->match_any;
	err = channel_take_file(channel, config->indicators, &sealed);
	if (err == RQ_OK && config->has_indicator_body)
		err = channel_take_file(channel, config->indicator_body,
					&indicators->body);
	if (err == RQ_OK)
		err = map_sealed(sealed, &indicators->image);
	if (err == RQ_OK)
		err = indicator_table_open(
		    (struct bytes){indicators->image.data, indicators->image.size},
		    indicators->body, &indicators->table, NULL);
	return err;
}

/* What was found becomes hits of answer. */
static enum rq_err add_hits(struct worker_indicators *indicators,
			    enum finding_kind kind, struct bytes where,
			    struct worker_answer *answer)
{
	size_t n = indicators->found.n;

	if (n == 0)
		return RQ_OK;
	if (indicators->n_hits + n > CAP_HITS)
		return RQ_ERR_LIMIT;
	if (!alloc_grow((void **)&indicators->hits, &indicators->capacity,
			indicators->n_hits + n, sizeof *indicators->hits))
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		indicators->hits[indicators->n_hits++] =
		    (struct worker_hit){.kind = (uint8_t)kind,
					.index = indicators->found.at[i],
					.where = where};
	answer->hits = indicators->hits;
	answer->n_hits = indicators->n_hits;
	return RQ_OK;
}

/* What was found so far is kept; that the question has no whole answer is a gap. */
static void settle(enum rq_err err, struct worker_answer *answer)
{
	if (err == RQ_ERR_MEMORY)
		answer->gaps |= 1u << GAP_OUT_OF_MEMORY;
	else if (err != RQ_OK)
		answer->gaps |= 1u << GAP_INDICATORS;
}

void worker_indicators_name(struct worker_indicators *indicators,
			    const struct worker_object *about,
			    struct worker_answer *answer)
{
	enum rq_err err, added;

	indicators->found.n = indicators->n_hits = 0;
	err = indicator_path(indicators->table, about->path, &indicators->found);
	added = add_hits(indicators, FINDING_NAME, nowhere, answer);
	settle(err, answer);
	settle(added, answer);
}

/* A line of a hosts file: an address and names, each told with its own word. */
static void look_at_line(struct worker_indicators *indicators, struct bytes line,
			 struct arena *arena, struct worker_answer *answer)
{
	struct bytes word;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && hosts_line_word(&line, &word)) {
		const char *copy;

		indicators->found.n = 0;
		err = indicator_host(indicators->table, word, &indicators->found);
		if (indicators->found.n == 0)
			continue;
		if (word.n > CAP_HIT_TEXT)
			word.n = CAP_HIT_TEXT;
		copy = arena_copy(arena, word.at, word.n);
		word.at = (const uint8_t *)copy;
		settle(add_hits(indicators, FINDING_HOST, copy != NULL ? word : nowhere,
				answer),
		       answer);
	}
	settle(err, answer);
}

void worker_indicators_hosts(struct worker_indicators *indicators, struct bytes data,
			     const struct worker_object *about, struct arena *arena,
			     struct worker_answer *answer)
{
	struct hosts_line line = hosts_file_start(data);

	if (!is_hosts_file(about->path) ||
	    indicator_table_count(indicators->table, INDICATOR_HOST) +
		    indicator_table_count(indicators->table, INDICATOR_ADDRESS) ==
		0)
		return;
	while (hosts_file_next(&line))
		look_at_line(indicators, line.text, arena, answer);
}

/*
 * The kinds of digests to compute, as bits of enum digest_kind: those of lists that tell
 * the size of each file for just these sizes, the others for what malware comes as.
 */
static uint32_t kinds_for(const struct worker_indicators *indicators, struct bytes data,
			  const struct worker_object *about)
{
	bool any = indicators->matches_any || about->hash_only;
	bool by_kind = any || hashed_by_kind(data, about->path);
	uint32_t kinds = 0;

	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		enum indicator_kind of = (enum indicator_kind)kind;
		bool is_wanted = any;

		if (indicator_table_count(indicators->table, of) == 0)
			continue;
		switch (indicator_size_of(indicators->table, of, data.n)) {
		case INDICATOR_SIZE_ANY: is_wanted = by_kind; break;
		case INDICATOR_SIZE_TOLD: is_wanted = true; break;
		case INDICATOR_SIZE_OTHER: break;
		}
		if (is_wanted)
			kinds |= 1u << digest_kinds[kind];
	}
	return kinds;
}

enum rq_err worker_indicators_digests(struct worker_indicators *indicators,
				      struct bytes data,
				      const struct worker_object *about,
				      struct worker_answer *answer)
{
	uint8_t digests[N_DIGESTS][DIGEST_MAX_SIZE];
	uint32_t kinds = kinds_for(indicators, data, about);
	enum rq_err err, added;

	if (kinds == 0)
		return RQ_OK;
	err = digest_many(kinds, data, digests);
	if (err != RQ_OK)
		return err;
	if (kinds & 1u << DIGEST_SHA256) {
		memcpy(answer->sha256, digests[DIGEST_SHA256], sizeof answer->sha256);
		answer->has_sha256 = true;
	}
	indicators->found.n = 0;
	for (int kind = 0; kind < N_INDICATOR_DIGESTS && err == RQ_OK; kind++)
		if (kinds & 1u << digest_kinds[kind])
			err = indicator_digest(
			    indicators->table, (enum indicator_kind)kind,
			    digests[digest_kinds[kind]], &indicators->found);
	added = add_hits(indicators, FINDING_HASH, nowhere, answer);
	settle(err, answer);
	settle(added, answer);
	return RQ_OK;
}
