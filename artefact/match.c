#include "artefact/match.h"

#include "bytes/cap.h"
#include "crypto/digest.h"

#include <string.h>

static enum rq_err add_hit(struct arena *arena, struct artefact_hits *hits,
			   uint32_t entry, struct bytes where)
{
	if (!arena_grow(arena, (void **)&hits->items, &hits->capacity, hits->n + 1,
			sizeof *hits->items))
		return RQ_ERR_MEMORY;
	hits->items[hits->n++] = (struct artefact_hit){entry, where};
	return RQ_OK;
}

/* ---- files ---- */

/* What cannot be read is not known to be the listed file either: not_digests let it
 * pass. */
static bool asks_for_content(const struct artefact_entry *entry)
{
	return entry->n_starts > 0 || entry->has_size || entry->digests.n > 0;
}

static bool starts_so(const struct artefact_entry *entry, struct bytes data)
{
	for (size_t i = 0; i < entry->n_starts; i++) {
		struct reader r = reader_over(data.at, data.n);

		if (bytes_equal(reader_bytes(&r, entry->starts[i].n), entry->starts[i]))
			return true;
	}
	return entry->n_starts == 0;
}

/* The digests of one file, each computed when it is first asked for. */
struct digests {
	uint32_t known; /* bits */
	uint8_t at[N_DIGESTS][DIGEST_MAX_SIZE];
};

static enum rq_err need_digests(struct digests *digests, uint32_t kinds,
				struct bytes data)
{
	uint8_t fresh[N_DIGESTS][DIGEST_MAX_SIZE];
	uint32_t missing = kinds & ~digests->known;
	enum rq_err err = missing != 0 ? digest_many(missing, data, fresh) : RQ_OK;

	for (unsigned kind = 0; err == RQ_OK && kind < N_DIGESTS; kind++)
		if (missing >> kind & 1)
			memcpy(digests->at[kind], fresh[kind], sizeof fresh[kind]);
	digests->known |= err == RQ_OK ? missing : 0;
	return err;
}

static bool lists(const struct artefact_digests *list, const struct digests *digests)
{
	for (size_t i = 0; i < list->n; i++)
		if (memcmp(list->items[i].bytes, digests->at[list->items[i].kind],
			   digest_size(list->items[i].kind)) == 0)
			return true;
	return false;
}

static enum rq_err fits_content(const struct artefact_entry *entry,
				const struct artefact_file *file,
				struct digests *digests, bool *fits_out)
{
	enum rq_err err;

	*fits_out = false;
	if (!starts_so(entry, file->data) ||
	    (entry->has_size &&
	     (file->size < entry->least || file->size > entry->most)))
		return RQ_OK;
	err = need_digests(digests, entry->digests.kinds | entry->not_digests.kinds,
			   file->data);
	*fits_out = err == RQ_OK &&
		    (entry->digests.n == 0 || lists(&entry->digests, digests)) &&
		    !lists(&entry->not_digests, digests);
	return err;
}

enum rq_err artefact_match_file(const struct artefact_set *set,
				const struct artefact_file *file, struct arena *arena,
				uint8_t *sha256, bool *has_sha256,
				struct artefact_hits *hits)
{
	struct digests digests = {0};
	enum rq_err err = RQ_OK;

	if (*has_sha256) {
		memcpy(digests.at[DIGEST_SHA256], sha256, 32);
		digests.known = 1u << DIGEST_SHA256;
	}
	for (size_t i = 0; i < set->n && err == RQ_OK; i++) {
		const struct artefact_entry *entry = &set->entries[i];
		bool fits = true;

		if (entry->kind != ARTEFACT_FILE ||
		    !artefact_patterns_fit(&entry->where, file->path))
			continue;
		if (file->is_read)
			err = fits_content(entry, file, &digests, &fits);
		else
			fits = !asks_for_content(entry);
		if (err == RQ_OK && fits)
			err = add_hit(arena, hits, (uint32_t)i, (struct bytes){0});
	}
	*has_sha256 = (digests.known >> DIGEST_SHA256 & 1) != 0;
	if (*has_sha256)
		memcpy(sha256, digests.at[DIGEST_SHA256], 32);
	return err;
}

/* ---- facts ---- */

static bool is_start(enum artefact_kind kind)
{
	return kind == ARTEFACT_SERVICE || kind == ARTEFACT_TASK ||
	       kind == ARTEFACT_PERSISTENCE;
}

/* Names of tasks begin with a separator or not: the same task. */
static struct bytes bare_name(struct bytes name)
{
	struct reader r = reader_over(name.at, name.n);

	if (name.n > 1 && (name.at[0] == '\\' || name.at[0] == '/'))
		reader_skip(&r, 1);
	return reader_bytes(&r, reader_left(&r));
}

static bool fits_fact(const struct artefact_entry *entry,
		      const struct artefact_fact *fact)
{
	if (entry->kind != fact->kind &&
	    !(entry->kind == ARTEFACT_PERSISTENCE && is_start(fact->kind)))
		return false;
	if (!artefact_patterns_fit(&entry->where, fact->name) &&
	    !artefact_patterns_fit(&entry->where, bare_name(fact->name)))
		return false;
	if (entry->command.n > 0 &&
	    !artefact_patterns_fit(&entry->command, fact->command))
		return false;
	if (entry->schedule.n > 0 &&
	    !artefact_patterns_fit(&entry->schedule, fact->schedule))
		return false;
	return !entry->has_days || (fact->has_day && fact->day >= entry->first_day &&
				    fact->day <= entry->last_day);
}

/* "NAME: COMMAND", as much as is shown */
static struct bytes describe(const struct artefact_fact *fact, struct arena *arena)
{
	size_t n_name =
	    fact->name.n < CAP_HIT_TEXT / 4 ? fact->name.n : CAP_HIT_TEXT / 4;
	size_t n_command =
	    fact->command.n < CAP_HIT_TEXT / 2 ? fact->command.n : CAP_HIT_TEXT / 2;
	char *text = arena_array(arena, n_name + n_command + 3, 1);
	size_t n = n_name;

	if (text == NULL)
		return (struct bytes){0};
	if (n_name > 0)
		memcpy(text, fact->name.at, n_name);
	if (n_command > 0) {
		memcpy(text + n, ": ", 2);
		memcpy(text + n + 2, fact->command.at, n_command);
		n += 2 + n_command;
	}
	return (struct bytes){(uint8_t *)text, n};
}

enum rq_err artefact_match_fact(const struct artefact_set *set,
				const struct artefact_fact *fact, struct arena *arena,
				struct artefact_hits *hits)
{
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < set->n && err == RQ_OK; i++)
		if (fits_fact(&set->entries[i], fact))
			err = add_hit(arena, hits, (uint32_t)i, describe(fact, arena));
	return err;
}
