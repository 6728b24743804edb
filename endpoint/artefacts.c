#include "endpoint/artefacts.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "content/shipped.h"
#include "crypto/digest.h"
#include "os/file.h"

void artefacts_init(struct artefacts *artefacts)
{
	*artefacts = (struct artefacts){.sealed = FILE_NONE};
}

void artefacts_free(struct artefacts *artefacts)
{
	file_close(&artefacts->sealed);
	arena_free(artefacts->arena);
	artefacts_init(artefacts);
}

static enum rq_err add_pack(struct artefacts *artefacts, const char *name,
			    struct bytes text, struct buffer *image)
{
	enum rq_err err = artefact_pack_read(artefacts->arena, text, &artefacts->set,
					     &artefacts->fault);

	if (err != RQ_OK)
		artefacts->unread = name;
	else
		artefact_image_add(image, text);
	return err;
}

static enum rq_err add_shipped(struct artefacts *artefacts, struct buffer *image)
{
	enum rq_err err = RQ_OK;
	struct bytes text;

	for (size_t i = 0; i < shipped_n_packs() && err == RQ_OK; i++) {
		err = shipped_pack_text(i, artefacts->arena, &text);
		if (err == RQ_OK)
			err = add_pack(artefacts, shipped_pack_name(i), text, image);
	}
	return err;
}

static enum rq_err add_file(struct artefacts *artefacts, const char *path,
			    struct buffer *image, struct rq_diag *diag)
{
	/* one byte more: a pack that is too large is refused as one */
	struct buffer text = {.max = CAP_ARTEFACT_SOURCE + 1};
	enum rq_err err = file_read_whole(path, &text, diag);
	const char *kept = NULL;

	artefacts->unread = err != RQ_OK ? path : NULL;
	if (err == RQ_OK) {
		kept = arena_copy(artefacts->arena, text.data, text.size);
		err = kept == NULL
			  ? RQ_ERR_MEMORY
			  : add_pack(artefacts, path,
				     (struct bytes){(const uint8_t *)kept, text.size},
				     image);
	}
	buffer_free(&text);
	return err;
}

enum rq_err artefacts_load(struct artefacts *artefacts, bool shipped,
			   const char *const *paths, size_t n, struct rq_diag *diag)
{
	struct buffer image = {0};
	enum rq_err err = arena_new(CAP_ARTEFACT_MEMORY, &artefacts->arena);

	if (err == RQ_OK && shipped)
		err = add_shipped(artefacts, &image);
	for (size_t i = 0; i < n && err == RQ_OK; i++)
		err = add_file(artefacts, paths[i], &image, diag);
	if (err == RQ_OK && !buffer_ok(&image))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = digest_of(DIGEST_SHA256, buffer_bytes(&image), artefacts->sha256);
	if (err == RQ_OK && artefacts->set.n > 0)
		err = map_seal(buffer_bytes(&image), &artefacts->sealed, diag);
	buffer_free(&image);
	return err;
}

/* ---- for people ---- */

void artefacts_explain(const struct artefacts *artefacts, struct buffer *out)
{
	const struct artefact_fault *fault = &artefacts->fault;
	struct reader before = reader_over(fault->text.at, fault->text.n);
	struct bytes start = reader_bytes(&before, fault->column);

	encode_visible(out, bytes_of(artefacts->unread));
	buffer_format(out, ":%u: %s\n", (unsigned)fault->line, fault->what);
	buffer_text(out, "    ");
	encode_visible(out, fault->text);
	buffer_text(out, "\n    ");
	for (size_t i = utf8_columns(start); i > 0; i--)
		buffer_u8(out, ' ');
	buffer_text(out, "^\n");
}

static void add_text(struct finding *finding, struct finding_meta *metas,
		     const char *key, struct bytes text)
{
	if (text.n > 0)
		metas[finding->n_metas++] = (struct finding_meta){
		    .key = bytes_of(key), .kind = FINDING_META_TEXT, .text = text};
}

enum rq_err artefacts_tell(const struct artefacts *artefacts, uint32_t index,
			   struct bytes where, enum language language,
			   struct arena *arena, struct finding *finding)
{
	const struct artefact_entry *entry = &artefacts->set.entries[index];
	size_t in = language == LANGUAGE_VI ? ARTEFACT_VI : ARTEFACT_EN;
	struct finding_meta *metas = arena_array(arena, 8, sizeof *metas);

	finding->kind = FINDING_ARTEFACT;
	finding->rule = entry->id;
	finding->name_space = entry->pack;
	finding->tags = &entry->tag;
	finding->n_tags = entry->tag.n > 0;
	finding->n_metas = 0;
	if (metas == NULL)
		return RQ_ERR_MEMORY;
	add_text(finding, metas, "description", entry->description[in]);
	add_text(finding, metas, "advice", entry->advice[in]);
	add_text(finding, metas, "reference", entry->reference);
	add_text(finding, metas, "severity", entry->severity);
	add_text(finding, metas, "confidence", entry->confidence);
	add_text(finding, metas, "where", where);
	metas[finding->n_metas++] = (struct finding_meta){.key = BYTES_LITERAL("score"),
							  .kind = FINDING_META_INT,
							  .integer = entry->score};
	finding->metas = metas;
	return RQ_OK;
}
