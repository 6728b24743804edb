#include "endpoint/worker_artefact.h"

#include "artefact/start.h"
#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "finding/finding.h"
#include "os/map.h"

struct worker_artefacts {
	struct map image;
	struct arena *arena; /* of the set, which lives as long as the process */
	struct artefact_set set;
	struct arena *found; /* of one object: a scan may reset its own */
};

enum rq_err worker_artefacts_new(struct channel *channel,
				 const struct worker_config *config,
				 struct worker_artefacts **artefacts_out)
{
	struct worker_artefacts *artefacts = alloc_array(1, sizeof *artefacts);
	struct file sealed;
	enum rq_err err = RQ_ERR_MEMORY;

	*artefacts_out = artefacts;
	if (artefacts == NULL)
		return err;
	err = channel_take_file(channel, config->artefacts, &sealed);
	if (err == RQ_OK)
		err = map_sealed(sealed, &artefacts->image);
	if (err == RQ_OK)
		err = arena_new(CAP_ARTEFACT_MEMORY, &artefacts->arena);
	if (err == RQ_OK)
		err = arena_new(CAP_ARTEFACT_MEMORY, &artefacts->found);
	if (err == RQ_OK)
		err = artefact_image_read(
		    artefacts->arena,
		    (struct bytes){artefacts->image.data, artefacts->image.size},
		    &artefacts->set);
	return err;
}

/* Behind the hits that are there already. */
static enum rq_err add_hits(struct arena *arena, const struct artefact_hits *found,
			    struct worker_answer *answer)
{
	size_t n =
	    found->n < CAP_HITS - answer->n_hits ? found->n : CAP_HITS - answer->n_hits;
	struct worker_hit *hits = arena_array(arena, answer->n_hits + n, sizeof *hits);

	if (hits == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < answer->n_hits; i++)
		hits[i] = answer->hits[i];
	for (size_t i = 0; i < n; i++)
		hits[answer->n_hits + i] = (struct worker_hit){
		    FINDING_ARTEFACT, found->items[i].entry, found->items[i].where};
	answer->hits = hits;
	answer->n_hits += n;
	if (n < found->n)
		answer->gaps |= 1u << GAP_TOO_MANY_MATCHES;
	return RQ_OK;
}

struct start_match {
	struct worker_artefacts *artefacts;
	struct artefact_hits *found;
};

static enum rq_err match_fact(void *listener, const struct artefact_fact *fact)
{
	struct start_match *match = listener;

	return artefact_match_fact(&match->artefacts->set, fact,
				   match->artefacts->found, match->found);
}

/* What the object starts, when it is one that starts something. */
static enum rq_err match_starts(struct worker_artefacts *artefacts,
				const struct artefact_file *file,
				struct artefact_hits *found,
				struct worker_answer *answer)
{
	struct start_match match = {artefacts, found};
	const struct start_sink sink = {&match, match_fact};
	enum start_reader reader = start_reader_of(file->path);
	enum rq_err err = start_read(reader, file->path, file->data, &sink);

	if (err != RQ_ERR_LIMIT)
		return err;
	answer->gaps |= 1u << GAP_TOO_COMPLEX;
	return RQ_OK;
}

enum rq_err worker_artefacts_match(struct worker_artefacts *artefacts,
				   const struct worker_object *about, struct bytes data,
				   bool is_read, struct worker_answer *answer)
{
	const struct artefact_file file = {
	    .path = about->path, .is_read = is_read, .size = about->size, .data = data};
	struct artefact_hits found = {0};
	enum rq_err err, added = RQ_OK;

	arena_reset(artefacts->found);
	err = artefact_match_file(&artefacts->set, &file, artefacts->found,
				  answer->sha256, &answer->has_sha256, &found);
	if (err == RQ_OK && is_read)
		err = match_starts(artefacts, &file, &found, answer);
	if (found.n > 0)
		added = add_hits(artefacts->found, &found, answer);
	return err == RQ_OK ? added : err;
}
