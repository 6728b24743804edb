#include "endpoint/worker_external.h"

#include "crypto/digest.h"
#include "endpoint/file_type.h"
#include "os/file.h"

void worker_external_init(struct worker_external *external,
			  const struct ruleset *ruleset)
{
	const struct {
		const char *name;
		bool *is_used;
	} known[] = {
	    {"filename", &external->filename},   {"filepath", &external->filepath},
	    {"extension", &external->extension}, {"filetype", &external->filetype},
	    {"owner", &external->owner},         {"md5", &external->md5},
	};
	struct value value;
	struct bytes name;

	*external = (struct worker_external){0};
	for (size_t i = 0; i < ruleset_n_externals(ruleset); i++) {
		if (!ruleset_external_is_used(ruleset, i))
			continue;
		ruleset_external(ruleset, i, &name, &value);
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			/* a value that the caller gave stays, an empty one too */
			if (ruleset_external_is_common(ruleset, i) &&
			    bytes_equal_text(name, known[k].name))
				*known[k].is_used = true;
	}
}

/* With its dot, in small letters; empty when there is none. */
static enum rq_err extension_of(struct bytes name, struct arena *arena,
				struct bytes *extension_out)
{
	size_t dot = name.n;
	char *small;

	*extension_out = (struct bytes){NULL, 0};
	while (dot > 0 && name.at[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return RQ_OK;
	dot--;
	small = arena_copy(arena, name.at + dot, name.n - dot);
	if (small == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < name.n - dot; i++)
		if (small[i] >= 'A' && small[i] <= 'Z')
			small[i] = (char)(small[i] - 'A' + 'a');
	*extension_out = (struct bytes){(const uint8_t *)small, name.n - dot};
	return RQ_OK;
}

static enum rq_err md5_of(const struct object *object, struct arena *arena,
			  struct bytes *md5_out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[DIGEST_MAX_SIZE];
	size_t n = digest_size(DIGEST_MD5);
	char *text = arena_array(arena, 2 * n, 1);
	enum rq_err err = RQ_ERR_MEMORY;

	*md5_out = (struct bytes){NULL, 0};
	if (text != NULL)
		err = digest_of(DIGEST_MD5, object_head(object), digest);
	if (err != RQ_OK)
		return err;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	*md5_out = (struct bytes){(const uint8_t *)text, 2 * n};
	return RQ_OK;
}

enum rq_err worker_external_define(const struct worker_external *external,
				   struct scanner *scanner, const struct object *object,
				   const struct worker_object *about,
				   struct arena *arena)
{
	size_t at = file_name_offset(about->path);
	struct bytes name = {about->path.at + at, about->path.n - at};
	/* without the separator behind it, unless that is all there is */
	struct bytes folder = {about->path.at, at > 1 ? at - 1 : at};
	struct bytes extension = {NULL, 0}, md5 = {NULL, 0};
	enum rq_err err = RQ_OK;

	if (external->extension)
		err = extension_of(name, arena, &extension);
	if (err == RQ_OK && external->md5)
		err = md5_of(object, arena, &md5);

	const struct {
		bool is_used;
		const char *name;
		struct bytes text;
	} rows[] = {
	    {external->filename, "filename", name},
	    {external->filepath, "filepath", folder},
	    {external->extension, "extension", extension},
	    {external->filetype, "filetype",
	     bytes_of(external->filetype ? file_type_name(object_head(object)) : "")},
	    {external->owner, "owner", about->owner},
	    {external->md5, "md5", md5},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows && err == RQ_OK; i++) {
		struct value value = value_text(rows[i].text);

		if (rows[i].is_used)
			err = scanner_define(scanner, rows[i].name, &value);
	}
	return err;
}
