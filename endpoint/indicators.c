#include "endpoint/indicators.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "crypto/digest.h"
#include "indicator/encoding.h"
#include "indicator/read.h"
#include "os/clock.h"
#include "os/file.h"

#include <string.h>

void indicators_init(struct indicators *indicators)
{
	*indicators = (struct indicators){.sealed = FILE_NONE, .body = FILE_NONE};
}

void indicators_free(struct indicators *indicators)
{
	indicator_table_free(indicators->table);
	indicator_list_free(indicators->list);
	map_free(&indicators->image);
	file_close(&indicators->sealed);
	file_close(&indicators->body);
	indicators_init(indicators);
}

/* ---- lists ---- */

static struct bytes name_of(const char *path)
{
	struct bytes name = bytes_of(path);
	size_t off = file_name_offset(name);

	return (struct bytes){name.at + off, name.n - off};
}

static enum rq_err read_list(struct indicators *indicators, const char *path,
			     struct rq_diag *diag)
{
	struct indicator_read_options options = {
	    .slashes = file_separator == '/', .now = (int64_t)(clock_utc_ms() / 1000)};
	struct buffer text = {.max = CAP_INDICATOR_FILE};
	enum rq_err err = file_read_whole(path, &text, diag);

	if (err != RQ_OK)
		indicators->unread = path;
	if (err == RQ_OK)
		err = indicator_to_utf8(&text);
	options.format = indicator_format_of(name_of(path), buffer_bytes(&text));
	if (err == RQ_OK)
		err = indicator_read(indicators->list, name_of(path),
				     buffer_bytes(&text), &options);
	buffer_free(&text);
	return err;
}

enum rq_err indicators_read(struct indicators *indicators, const char *const *paths,
			    size_t n, struct rq_diag *diag)
{
	enum rq_err err = indicator_list_new(&indicators->list);

	for (size_t i = 0; err == RQ_OK && i < n; i++)
		err = read_list(indicators, paths[i], diag);
	return err;
}

/* ---- tables ---- */

static enum rq_err open_table(struct indicators *indicators, struct rq_diag *diag)
{
	struct bytes image;
	enum rq_err err = map_sealed(indicators->sealed, &indicators->image);

	image = (struct bytes){indicators->image.data, indicators->image.size};
	if (err == RQ_OK)
		err = indicator_table_open(image, indicators->body, &indicators->table,
					   diag);
	return err == RQ_OK ? digest_of(DIGEST_SHA256, image, indicators->sha256) : err;
}

static enum rq_err build(struct indicators *indicators, struct rq_diag *diag)
{
	struct buffer image = {0};
	enum rq_err err = indicator_build(indicators->list, &image);

	if (err == RQ_OK)
		err = map_seal(buffer_bytes(&image), &indicators->sealed, diag);
	buffer_free(&image);
	return err == RQ_OK ? open_table(indicators, diag) : err;
}

/* Whether path is a compiled table; then it stays open as the body. */
static enum rq_err find_image(struct indicators *indicators, const char *path,
			      uint64_t *head_size_out, struct rq_diag *diag)
{
	uint8_t start[INDICATOR_IMAGE_START];
	struct file_info info;
	size_t n = 0;
	enum rq_err err = file_open(path, &indicators->body, &info, diag);

	*head_size_out = 0;
	if (err == RQ_OK && info.kind == FILE_REGULAR)
		err = file_read_at(indicators->body, 0, start, sizeof start, &n);
	if (err != RQ_OK) {
		indicators->unread = path;
		return err;
	}
	if (n < sizeof start ||
	    !indicator_is_image((struct bytes){start, n}, head_size_out))
		file_close(&indicators->body);
	return RQ_OK;
}

enum rq_err indicators_load(struct indicators *indicators, const char *const *paths,
			    size_t n, struct rq_diag *diag)
{
	uint64_t head_size = 0;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < n && head_size == 0; i++) {
		err = find_image(indicators, paths[i], &head_size, diag);
		if (head_size != 0 && n > 1)
			return rq_fail(diag, RQ_ERR_USAGE, paths[i],
				       "a compiled table stands alone");
	}
	if (err == RQ_OK && head_size != 0) {
		err = map_seal_file(indicators->body, 0, (size_t)head_size, NULL,
				    &indicators->sealed, diag);
		return err == RQ_OK ? open_table(indicators, diag) : err;
	}
	if (err == RQ_OK)
		err = indicators_read(indicators, paths, n, diag);
	return err == RQ_OK ? build(indicators, diag) : err;
}

/* ---- findings ---- */

enum rq_err indicators_find_names(void *finder, struct bytes path, struct arena *arena,
				  struct worker_hit **hits_out, size_t *n_out)
{
	const struct indicators *indicators = finder;
	struct indicator_hits found = {0};
	enum rq_err err = indicator_path(indicators->table, path, &found);
	struct worker_hit *hits = arena_array(arena, found.n, sizeof *hits);

	for (size_t i = 0; hits != NULL && i < found.n; i++)
		hits[i] =
		    (struct worker_hit){.kind = FINDING_NAME, .index = found.at[i]};
	*hits_out = hits;
	*n_out = hits != NULL ? found.n : 0;
	alloc_free(found.at);
	return err == RQ_OK && hits == NULL ? RQ_ERR_MEMORY : err;
}

void indicators_summarise(const struct indicators *indicators, bool all,
			  struct summary *summary)
{
	if (indicators->table == NULL)
		return;
	summary->n_indicators = indicator_table_size(indicators->table);
	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++)
		if (indicator_table_count(indicators->table,
					  (enum indicator_kind)kind) > 0)
			summary->hashed = all ? HASHED_ALL : HASHED_BY_KIND;
}

static size_t add_text(struct finding_meta *metas, size_t n, const char *key,
		       struct bytes text)
{
	if (text.n == 0)
		return n;
	metas[n] = (struct finding_meta){
	    .key = bytes_of(key), .kind = FINDING_META_TEXT, .text = text};
	return n + 1;
}

enum rq_err indicators_tell(const struct indicators *indicators,
			    const struct worker_hit *hit, struct arena *arena,
			    struct finding *finding)
{
	struct finding_meta *metas = arena_array(arena, 4, sizeof *metas);
	struct indicator_entry entry;
	size_t n = 0;
	enum rq_err err = metas == NULL ? RQ_ERR_MEMORY : RQ_OK;

	finding->kind = (enum finding_kind)hit->kind;
	if (err == RQ_OK)
		err = indicator_entry(indicators->table, hit->index, arena, &entry);
	if (err != RQ_OK) {
		/* told without its words rather than not at all */
		finding->rule = BYTES_LITERAL("?");
		return err;
	}
	n = add_text(metas, n, "description", entry.description);
	n = add_text(metas, n, "reference", entry.reference);
	n = add_text(metas, n, "where", hit->where);
	metas[n++] = (struct finding_meta){.key = BYTES_LITERAL("score"),
					   .kind = FINDING_META_INT,
					   .integer = entry.score};
	finding->rule = entry.text;
	finding->name_space = entry.list;
	finding->metas = metas;
	finding->n_metas = n;
	return RQ_OK;
}
