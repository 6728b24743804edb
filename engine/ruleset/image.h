/*
 * The image: everything a scan needs of a rule set, in one immutable run of bytes.
 *
 * Position-independent (offsets, no pointers), little-endian, mapped read-only and
 * shared by all workers.  It is a cache keyed by the digest of its sources and never
 * a format of distribution; all the same image_open trusts nothing: header, section
 * table, bounds and alignment are checked here, and the owner of a section checks its
 * contents (every index and offset inside) when the rule set is opened.
 *
 *     0   8  magic "RQIMAGE\0"
 *     8   4  format version (IMAGE_VERSION)
 *    12   4  number of sections
 *    16   8  size of the whole image
 *    24  32  SHA-256 of everything behind the header
 *    56   8  reserved, 0
 *    64      section table: per section u32 id, u32 element size, u64 offset, u64 size
 *            sections, each aligned to 64
 */
#ifndef RAQUET_ENGINE_RULESET_IMAGE_H
#define RAQUET_ENGINE_RULESET_IMAGE_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

#define IMAGE_VERSION 13

enum image_section_id {
	IMAGE_TEXT = 1, /* the bytes of all image_text, pooled */
	/* ruleset/ rules and conditions */
	IMAGE_NAME_SPACES = 16,
	IMAGE_RULES,
	IMAGE_RULE_STRINGS,
	IMAGE_METAS,
	IMAGE_TAGS,
	IMAGE_EXTERNALS,
	IMAGE_IMPORTS,
	IMAGE_NODES,
	IMAGE_NODE_KIDS,
	IMAGE_SETS,
	IMAGE_TRIGGER_STARTS,
	IMAGE_TRIGGERS,
	IMAGE_GATES,
	IMAGE_CHECKS,
	IMAGE_TERMS,
	IMAGE_KEYS,
	IMAGE_KEY_RULES,
	IMAGE_ALWAYS,
	IMAGE_GLOBALS,
	IMAGE_CONDITION_CODE,
	/* ruleset/ patterns, searched by match/ */
	IMAGE_PATTERNS = 64,
	IMAGE_VARIANTS,
	IMAGE_SEGMENTS,
	IMAGE_SEGMENT_BYTES,
	IMAGE_GRAMS,
	IMAGE_GRAM_BUCKETS,
	IMAGE_FILTERS,
	IMAGE_REGEXES,
	IMAGE_REGEX_CODE,
	IMAGE_BUCKET_GRAMS,
	IMAGE_SLOW_PATTERNS,
	IMAGE_FILTER_SHAPES,
	IMAGE_PATTERN_TEXT, /* the bytes of literal variants */
	IMAGE_PATTERN_CODE, /* the programs of the others */
};

enum { IMAGE_MAX_SECTIONS = 64 };

/* A run of bytes in IMAGE_TEXT. */
struct image_text {
	uint32_t off, n;
};

struct image {
	const uint8_t *data;
	size_t size;
	struct bytes text; /* IMAGE_TEXT */
};

/*
 * Checks header, table and bounds of size bytes at data (which stay the caller's) and
 * fills *image_out.  The digest is checked only when check_digest is set: it costs a
 * pass over all, and the cache authenticates the file by other means.
 * RQ_ERR_FORMAT: not an image of this version, or damaged.
 */
RQ_MUST_USE enum rq_err image_open(const void *data, size_t size, bool check_digest,
				   struct image *image_out, struct rq_diag *diag);

/*
 * The elements of a section and their number; {NULL, 0} with RQ_OK when it is absent.
 * RQ_ERR_FORMAT when its element size is not element_size or size is no multiple.
 */
RQ_MUST_USE enum rq_err image_section(const struct image *image,
				      enum image_section_id id, size_t element_size,
				      const void **elements_out, size_t *n_out);

/* The number of elements of a section, whatever they are; 0 when it is absent. */
size_t image_section_count(const struct image *image, enum image_section_id id);

/* Whether t lies inside the pool; validators call it once, image_text then trusts. */
static inline bool image_text_valid(const struct image *image, struct image_text t)
{
	return t.off <= image->text.n && t.n <= image->text.n - t.off;
}
struct bytes image_text(const struct image *image, struct image_text t);

/* ---- writing ---- */

struct image_builder;

RQ_MUST_USE enum rq_err image_builder_new(struct image_builder **builder_out);
void image_builder_free(struct image_builder *builder);

/* Pools text (equal runs share their bytes).  Failure sticks and shows at finish. */
struct image_text image_builder_text(struct image_builder *builder, struct bytes text);

/* Appends n elements to a section, which thereby exists; returns the index of the
 * first.  Element size must be the same in each call of one id. */
uint32_t image_builder_add(struct image_builder *builder, enum image_section_id id,
			   const void *elements, size_t n, size_t element_size);

/* Number of elements added so far. */
uint32_t image_builder_count(const struct image_builder *builder,
			     enum image_section_id id);

/* Writes the image.  The same content gives the same bytes. */
RQ_MUST_USE enum rq_err image_builder_finish(struct image_builder *builder,
					     struct buffer *image_out);

#endif
