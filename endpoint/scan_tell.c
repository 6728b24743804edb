#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "endpoint/language.h"
#include "endpoint/process_finding.h"
#include "endpoint/scan_run.h"
#include "endpoint/whole_path.h"
#include "os/terminal.h"

#include <string.h>

/* On a terminal a finding is announced at once; the report comes at the end. */
static void announce(struct scan *scan, const struct finding *finding)
{
	struct buffer line = {0};

	if (!scan->progress.enabled || scan->report_options.format == REPORT_JSONL)
		return;
	buffer_format(&line, "%s: ",
		      finding_class(finding) == FINDING_LOOK
			  ? word(scan->language, WORD_LOOK)
			  : message(scan->language, MESSAGE_FOUND_SO_FAR));
	encode_visible(&line, finding->path);
	buffer_text(&line, ": ");
	encode_visible(&line, finding->rule);
	buffer_u8(&line, '\n');
	(void)terminal_put(TERMINAL_ERR, &line);
}

static void tell(struct scan *scan, const struct finding *finding)
{
	scan->n_told[finding_class(finding)]++;
	announce(scan, finding);
	report_finding(scan->report, finding);
}

/* How much was told before an object. */
struct so_far {
	uint64_t n_look, n_counting;
};

static struct so_far so_far(const struct scan *scan)
{
	return (struct so_far){.n_look = scan->n_told[FINDING_LOOK],
			       .n_counting = scan->n_told[FINDING_COUNTS] +
					     scan->n_told[FINDING_UNWANTED]};
}

static void end_object(struct scan *scan, struct so_far before)
{
	const struct so_far now = so_far(scan);

	scan->n_only_look +=
	    now.n_look > before.n_look && now.n_counting == before.n_counting;
}

static bool fill_lists(const struct ruleset *ruleset, const struct worker_rule *found,
		       struct arena *arena, struct finding *finding)
{
	struct ruleset_rule rule = ruleset_rule(ruleset, found->rule);
	struct bytes *tags = arena_array(arena, rule.n_tags, sizeof *tags);
	struct finding_meta *metas = arena_array(arena, rule.n_metas, sizeof *metas);

	if (tags == NULL || metas == NULL)
		return false;
	for (uint32_t i = 0; i < rule.n_tags; i++)
		tags[i] = ruleset_tag(ruleset, found->rule, i);
	for (uint32_t i = 0; i < rule.n_metas; i++) {
		struct ruleset_meta meta = ruleset_meta(ruleset, found->rule, i);

		metas[i].key = meta.key;
		metas[i].text = meta.text;
		metas[i].integer = meta.integer;
		metas[i].kind = meta.kind == META_TEXT  ? FINDING_META_TEXT
				: meta.kind == META_INT ? FINDING_META_INT
							: FINDING_META_BOOL;
	}
	finding->rule = rule.identifier;
	finding->name_space = rule.name_space;
	finding->tags = tags;
	finding->n_tags = rule.n_tags;
	finding->metas = metas;
	finding->n_metas = rule.n_metas;
	return true;
}

static bool fill_strings(const struct worker_rule *found, struct arena *arena,
			 struct finding *finding)
{
	struct finding_string *strings;
	size_t n = 0;

	for (size_t i = 0; i < found->n_strings; i++)
		n += found->strings[i].is_private ? 0 : found->strings[i].n_matches;
	strings = arena_array(arena, n, sizeof *strings);
	if (strings == NULL)
		return false;
	finding->strings = strings;
	for (size_t i = 0; i < found->n_strings; i++) {
		const struct worker_string *string = &found->strings[i];

		for (size_t k = 0; !string->is_private && k < string->n_matches; k++)
			strings[finding->n_strings++] = (struct finding_string){
			    .identifier = string->identifier,
			    .offset = string->matches[k].offset,
			    .length = string->matches[k].length,
			    .xor_key = string->matches[k].xor_key,
			};
	}
	return true;
}

static uint64_t modified_ms(const struct sweep_object *object)
{
	return object->modified_ns > 0 ? (uint64_t)object->modified_ns / 1000000 : 0;
}

/* process: whose memory the object is; NULL: it is a file. */
static void tell_rule(struct scan *scan, const struct sweep_object *object,
		      const struct process_note *process,
		      const struct worker_rule *found)
{
	struct finding finding = {
	    .kind = FINDING_RULE,
	    .path = object->path,
	    .size = object->size,
	    .modified_ms = modified_ms(object),
	    .has_sha256 = object->answer->has_sha256,
	};
	struct arena *arena = NULL;

	if (arena_new(CAP_RESULT, &arena) != RQ_OK ||
	    !fill_lists(scan->rules.ruleset, found, arena, &finding)) {
		scan->failed = true;
		/* tell it without its lists rather than not at all */
		finding.rule =
		    ruleset_rule(scan->rules.ruleset, found->rule).identifier;
	} else if (!fill_strings(found, arena, &finding) ||
		   (process != NULL &&
		    process_finding_extend(process, found, arena, &finding) != RQ_OK)) {
		scan->failed = true;
	}
	memcpy(finding.sha256, object->answer->sha256, sizeof finding.sha256);
	tell(scan, &finding);
	arena_free(arena);
}

static enum rq_err fill_hit(struct scan *scan, const struct worker_hit *hit,
			    struct arena *arena, struct finding *finding)
{
	if (hit->kind == FINDING_ARTEFACT)
		return artefacts_tell(&scan->artefacts, hit->index, hit->where,
				      scan->language, arena, finding);
	return indicators_tell(&scan->indicators, hit, arena, finding);
}

static void tell_hit(struct scan *scan, const struct worker_hit *hit,
		     const struct process_note *process, struct finding *finding)
{
	struct arena *arena = NULL;

	if (arena_new(CAP_RESULT, &arena) != RQ_OK ||
	    fill_hit(scan, hit, arena, finding) != RQ_OK ||
	    (process != NULL &&
	     process_finding_extend(process, NULL, arena, finding) != RQ_OK))
		scan->failed = true;
	tell(scan, finding);
	arena_free(arena);
}

static void tell_hits(struct scan *scan, const struct sweep_object *object)
{
	const struct worker_answer *answer = object->answer;

	for (size_t i = 0; i < answer->n_hits; i++) {
		struct finding finding = {.path = object->path,
					  .size = object->size,
					  .modified_ms = modified_ms(object),
					  .has_sha256 = answer->has_sha256};

		memcpy(finding.sha256, answer->sha256, sizeof finding.sha256);
		tell_hit(scan, &answer->hits[i], NULL, &finding);
	}
}

static void tell_hit_of_gap(struct scan *scan, const struct worker_hit *hit,
			    const struct sweep_gap *told)
{
	struct finding finding = {
	    .path = told->path, .size = told->size, .has_sha256 = told->sha256 != NULL};

	if (told->sha256 != NULL)
		memcpy(finding.sha256, told->sha256, sizeof finding.sha256);
	scan->n_by_name++;
	tell_hit(scan, hit, NULL, &finding);
}

/* A name needs no bytes: what was not examined is asked for here. */
static void tell_lists_of_gap(struct scan *scan, const struct sweep_gap *told,
			      struct bytes whole)
{
	struct indicator_hits hits = {0};

	if (scan->indicators.table == NULL)
		return;
	if (indicator_path(scan->indicators.table, whole, &hits) != RQ_OK)
		scan->failed = true;
	for (size_t i = 0; i < hits.n; i++)
		tell_hit_of_gap(
		    scan,
		    &(struct worker_hit){.kind = FINDING_NAME, .index = hits.at[i]},
		    told);
	alloc_free(hits.at);
	/* and by its digests, when these are all that could be taken of it */
	for (size_t i = 0; i < told->n_hits; i++)
		tell_hit_of_gap(scan, &told->hits[i], told);
}

/* Likewise entries of packs that ask for nothing but the path. */
static void tell_artefacts_of_gap(struct scan *scan, const struct sweep_gap *told,
				  struct bytes whole)
{
	const struct artefact_file file = {.path = whole, .size = told->size};
	struct artefact_hits hits = {0};
	struct arena *arena = NULL;
	uint8_t sha256[32];
	bool has_sha256 = false;

	if (arena_new(CAP_RESULT, &arena) != RQ_OK ||
	    artefact_match_file(&scan->artefacts.set, &file, arena, sha256, &has_sha256,
				&hits) != RQ_OK)
		scan->failed = true;
	for (size_t i = 0; i < hits.n; i++) {
		const struct worker_hit hit = {.kind = FINDING_ARTEFACT,
					       .index = hits.items[i].entry};
		struct finding finding = {.path = told->path, .size = told->size};

		scan->n_by_name++;
		tell_hit(scan, &hit, NULL, &finding);
	}
	arena_free(arena);
}

void scan_tell(struct scan *scan, struct gap *gap)
{
	gap->is_tolerated = scope_tally_gap(&scan->scope.tally, gap->reason, gap->path);
	report_gap(scan->report, gap);
}

static void tell_object(struct scan *scan, const struct sweep_object *object,
			const struct process_note *process)
{
	const struct worker_answer *answer = object->answer;

	progress_erase(&scan->progress);
	for (size_t i = 0; i < answer->n_rules; i++)
		tell_rule(scan, object, process, &answer->rules[i]);
	tell_hits(scan, object);
	for (uint32_t reason = 0; reason < N_GAP_REASONS; reason++) {
		struct gap gap = {.path = object->path,
				  .reason = (enum gap_reason)reason,
				  .has_sha256 = answer->has_sha256};

		if ((answer->gaps >> reason & 1) == 0)
			continue;
		memcpy(gap.sha256, answer->sha256, sizeof gap.sha256);
		scan_tell(scan, &gap);
	}
}

void scan_tell_object(void *listener, const struct sweep_object *object)
{
	struct scan *scan = listener;
	const struct so_far before = so_far(scan);

	tell_object(scan, object, NULL);
	end_object(scan, before);
}

static bool is_among(const uint32_t *at, size_t n, uint32_t wanted)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == wanted)
			return true;
	return false;
}

/* Listed hosts that the process is connected to, each once.  How many. */
static uint64_t tell_listed_hosts(struct scan *scan, const struct process_note *process)
{
	struct indicator_hits hits = {0};
	uint64_t n_told = 0;
	size_t n = 0;

	if (scan->indicators.table == NULL)
		return 0;
	for (size_t i = 0; i < process->n_connections; i++) {
		const struct connection *connection = &process->connections[i];

		if (indicator_host(scan->indicators.table, connection->remote, &hits) !=
		    RQ_OK)
			scan->failed = true;
		for (; n < hits.n; n++) {
			const struct worker_hit hit = {.kind = FINDING_HOST,
						       .index = hits.at[n],
						       .where = connection->text};
			struct finding finding = {.path = process->path};

			if (is_among(hits.at, n, hits.at[n]))
				continue;
			tell_hit(scan, &hit, process, &finding);
			n_told++;
		}
	}
	alloc_free(hits.at);
	return n_told;
}

static bool is_hit_before(const struct artefact_hits *hits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (hits->items[i].entry == hits->items[n].entry)
			return true;
	return false;
}

/* Likewise addresses that packs name. */
static uint64_t tell_named_hosts(struct scan *scan, const struct process_note *process)
{
	struct artefact_hits hits = {0};
	struct arena *arena = NULL;
	uint64_t n_told = 0;
	size_t n = 0;
	enum rq_err err = arena_new(CAP_RESULT, &arena);

	for (size_t i = 0; err == RQ_OK && i < process->n_connections; i++) {
		const struct connection *connection = &process->connections[i];
		const struct artefact_fact fact = {.kind = ARTEFACT_DNS,
						   .name = connection->remote};

		err = artefact_match_fact(&scan->artefacts.set, &fact, arena, &hits);
		for (; n < hits.n; n++) {
			const struct worker_hit hit = {.kind = FINDING_ARTEFACT,
						       .index = hits.items[n].entry,
						       .where = connection->text};
			struct finding finding = {.path = process->path};

			if (is_hit_before(&hits, n))
				continue;
			tell_hit(scan, &hit, process, &finding);
			n_told++;
		}
	}
	scan->failed |= err != RQ_OK;
	arena_free(arena);
	return n_told;
}

void scan_tell_process(void *listener, const struct process_note *process,
		       const struct sweep_object *object)
{
	struct scan *scan = listener;
	struct arena *arena = NULL;
	struct finding finding;
	const struct so_far before = so_far(scan);
	uint64_t n_beside;
	enum rq_err err = arena_new(CAP_RESULT, &arena);

	tell_object(scan, object, process);
	n_beside = tell_listed_hosts(scan, process) + tell_named_hosts(scan, process);
	if (err == RQ_OK)
		err = process_finding_code(process, scan->language, arena, &finding);
	if (err == RQ_OK) {
		n_beside++;
		tell(scan, &finding);
	}
	end_object(scan, before);
	scan->processes.n_beside += n_beside;
	scan->processes.n_only_beside += n_beside > 0 && object->answer->n_rules == 0;
	scan->failed |= err != RQ_OK && err != RQ_ERR_NOT_FOUND;
	arena_free(arena);
}

void scan_tell_file(void *listener, struct bytes path)
{
	struct scan *scan = listener;

	if (!scan->sweep.all && !scan_processes_add_file(&scan->processes, path))
		scan->failed = true;
}

void scan_tell_gap(void *listener, const struct sweep_gap *told)
{
	struct scan *scan = listener;
	const struct so_far before = so_far(scan);
	const uint64_t n_by_name = scan->n_by_name;
	struct gap gap = {
	    .path = told->path,
	    .reason = told->reason,
	    .detail = told->detail,
	    .has_sha256 = told->sha256 != NULL,
	};
	struct bytes whole;

	if (told->sha256 != NULL)
		memcpy(gap.sha256, told->sha256, sizeof gap.sha256);
	progress_erase(&scan->progress);
	scan_tell(scan, &gap);
	if (whole_path(scan->sweep.worker.folder, told->path, &scan->whole, &whole) !=
	    RQ_OK)
		scan->failed = true;
	tell_lists_of_gap(scan, told, whole);
	tell_artefacts_of_gap(scan, told, whole);
	scan->n_unread_found += scan->n_by_name > n_by_name;
	end_object(scan, before);
}

void scan_tell_module(void *listener, struct bytes path,
		      const struct artefact_hits *hits, struct finding *own)
{
	struct scan *scan = listener;
	const struct so_far before = so_far(scan);

	for (size_t i = 0; i < hits->n; i++) {
		const struct worker_hit hit = {.kind = FINDING_ARTEFACT,
					       .index = hits->items[i].entry,
					       .where = hits->items[i].where};
		struct finding finding = {.path = path};

		tell_hit(scan, &hit, NULL, &finding);
	}
	if (own != NULL)
		tell(scan, own);
	/* it has no bytes here that a sweep could examine */
	scan->n_by_name += hits->n + (own != NULL);
	scan->n_unread_found++;
	end_object(scan, before);
}

void scan_tell_progress(void *listener, const struct sweep_progress *now)
{
	struct scan *scan = listener;

	progress_show(&scan->progress, now);
}
