#include "engine/ruleset/image.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "sections are read in place: the image is little-endian and so must we be"
#endif

enum {
	HEADER_SIZE = 64,
	ENTRY_SIZE = 24,
	DIGEST_AT = 24,
	DIGEST_SIZE = 32,
	SECTION_ALIGNMENT = 64,
	DATA_ALIGNMENT = 8, /* of the widest element of any section */
};

static const char magic[8] = "RQIMAGE";

/* ---- reading ---- */

struct entry {
	uint32_t id, element_size;
	uint64_t off, size;
};

static struct entry entry_at(const struct image *image, uint32_t i)
{
	struct reader r = reader_over(image->data, image->size);
	struct entry e;

	reader_seek(&r, HEADER_SIZE + (uint64_t)i * ENTRY_SIZE);
	e.id = reader_u32le(&r);
	e.element_size = reader_u32le(&r);
	e.off = reader_u64le(&r);
	e.size = reader_u64le(&r);
	return e;
}

static uint32_t n_entries(const struct image *image)
{
	struct reader r = reader_over(image->data, image->size);

	reader_seek(&r, 12);
	return reader_u32le(&r);
}

/* Sections stand in the order of the table, which is that of their ids, one behind the
 * other: so no two can overlap and no id comes twice. */
static bool table_is_sound(const struct image *image)
{
	uint32_t n = n_entries(image), last_id = 0;
	uint64_t end = HEADER_SIZE + (uint64_t)n * ENTRY_SIZE;

	if (n > IMAGE_MAX_SECTIONS || end > image->size)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct entry e = entry_at(image, i);

		if (e.id <= last_id || e.element_size == 0 ||
		    e.size % e.element_size != 0 || e.off % SECTION_ALIGNMENT != 0 ||
		    e.off < end || e.off > image->size || e.size > image->size - e.off)
			return false;
		last_id = e.id;
		end = e.off + e.size;
	}
	return true;
}

static bool digest_is_right(const uint8_t *data, size_t size, enum rq_err *err_out)
{
	struct bytes body = {data + HEADER_SIZE, size - HEADER_SIZE};
	uint8_t digest[DIGEST_MAX_SIZE];

	*err_out = digest_of(DIGEST_SHA256, body, digest);
	return *err_out == RQ_OK && memcmp(digest, data + DIGEST_AT, DIGEST_SIZE) == 0;
}

static enum rq_err refuse(struct image *image, struct rq_diag *diag, const char *why)
{
	*image = (struct image){0};
	return rq_fail(diag, RQ_ERR_FORMAT, NULL, "%s", why);
}

enum rq_err image_open(const void *data, size_t size, bool check_digest,
		       struct image *image_out, struct rq_diag *diag)
{
	struct reader r = reader_over(data, size);
	struct bytes head = reader_bytes(&r, sizeof magic);
	uint32_t version = reader_u32le(&r);
	uint64_t whole;
	const void *text;
	size_t n_text;
	enum rq_err err;

	reader_seek(&r, 16);
	whole = reader_u64le(&r);
	reader_seek(&r, HEADER_SIZE);
	*image_out = (struct image){.data = data, .size = size};
	if (!reader_ok(&r) || memcmp(head.at, magic, sizeof magic) != 0)
		return refuse(image_out, diag, "not a rule image");
	if (version != IMAGE_VERSION)
		return refuse(image_out, diag, "rule image of another version");
	if (whole != size)
		return refuse(image_out, diag, "rule image is cut off");
	if ((uintptr_t)data % DATA_ALIGNMENT != 0)
		return refuse(image_out, diag, "rule image is not aligned in memory");
	if (!table_is_sound(image_out))
		return refuse(image_out, diag,
			      "section table of the rule image is damaged");
	if (check_digest && !digest_is_right(data, size, &err)) {
		if (err != RQ_OK)
			return err;
		return refuse(image_out, diag, "rule image has another digest");
	}
	if (image_section(image_out, IMAGE_TEXT, 1, &text, &n_text) != RQ_OK)
		return refuse(image_out, diag, "text of the rule image is damaged");
	image_out->text = (struct bytes){text, n_text};
	return RQ_OK;
}

enum rq_err image_section(const struct image *image, enum image_section_id id,
			  size_t element_size, const void **elements_out, size_t *n_out)
{
	uint32_t n = n_entries(image);

	*elements_out = NULL;
	*n_out = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct entry e = entry_at(image, i);

		if (e.id != (uint32_t)id)
			continue;
		if (e.element_size != element_size)
			return RQ_ERR_FORMAT;
		*elements_out = image->data + e.off;
		*n_out = (size_t)(e.size / e.element_size);
		break;
	}
	return RQ_OK;
}

size_t image_section_count(const struct image *image, enum image_section_id id)
{
	uint32_t n = n_entries(image);

	for (uint32_t i = 0; i < n; i++) {
		struct entry e = entry_at(image, i);

		if (e.id == (uint32_t)id)
			return (size_t)(e.size / e.element_size);
	}
	return 0;
}

struct bytes image_text(const struct image *image, struct image_text t)
{
	return (struct bytes){t.n == 0 ? NULL : image->text.at + t.off, t.n};
}

/* ---- writing ---- */

struct section {
	uint32_t id, element_size;
	struct buffer bytes;
};

/* One pooled text; n of an empty slot is 0, for empty texts need no pool. */
struct image_builder {
	struct section sections[IMAGE_MAX_SECTIONS];
	size_t n_sections;
	struct image_text *pool; /* open addressing, a power of two */
	size_t pool_size, n_pooled;
	bool failed;
};

enum rq_err image_builder_new(struct image_builder **builder_out)
{
	*builder_out = alloc_array(1, sizeof **builder_out);
	return *builder_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void image_builder_free(struct image_builder *builder)
{
	if (builder == NULL)
		return;
	for (size_t i = 0; i < builder->n_sections; i++)
		buffer_free(&builder->sections[i].bytes);
	alloc_free(builder->pool);
	alloc_free(builder);
}

/* NULL: the id is new and create is false, or there is no room. */
static struct section *section_of(struct image_builder *builder, uint32_t id,
				  size_t element_size, bool create)
{
	struct section *s;

	for (size_t i = 0; i < builder->n_sections; i++)
		if (builder->sections[i].id == id)
			return &builder->sections[i];
	if (!create || builder->n_sections == IMAGE_MAX_SECTIONS)
		return NULL;
	s = &builder->sections[builder->n_sections++];
	s->id = id;
	s->element_size = (uint32_t)element_size;
	return s;
}

uint32_t image_builder_add(struct image_builder *builder, enum image_section_id id,
			   const void *elements, size_t n, size_t element_size)
{
	struct section *s = section_of(builder, id, element_size, true);
	size_t first, size;

	if (s == NULL || s->element_size != element_size ||
	    __builtin_mul_overflow(n, element_size, &size)) {
		builder->failed = true;
		return 0;
	}
	first = s->bytes.size / element_size;
	buffer_put(&s->bytes, elements, size);
	if (!buffer_ok(&s->bytes) || first + n > UINT32_MAX)
		builder->failed = true;
	return (uint32_t)first;
}

uint32_t image_builder_count(const struct image_builder *builder,
			     enum image_section_id id)
{
	for (size_t i = 0; i < builder->n_sections; i++) {
		const struct section *s = &builder->sections[i];

		if (s->id == (uint32_t)id)
			return (uint32_t)(s->bytes.size / s->element_size);
	}
	return 0;
}

static uint32_t text_hash(struct bytes text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ text.at[i]) * 16777619u;
	return hash;
}

static struct bytes pooled_text(const struct section *pool, struct image_text t)
{
	return (struct bytes){pool->bytes.data + t.off, t.n};
}

/* The slot that holds text, or the empty one where it belongs. */
static struct image_text *pool_slot(const struct image_builder *builder,
				    const struct section *texts, struct bytes text)
{
	size_t mask = builder->pool_size - 1, i = text_hash(text) & mask;

	while (builder->pool[i].n != 0 &&
	       !bytes_equal(pooled_text(texts, builder->pool[i]), text))
		i = (i + 1) & mask;
	return &builder->pool[i];
}

static bool grow_pool(struct image_builder *builder, const struct section *texts)
{
	struct image_text *old = builder->pool;
	size_t n_old = builder->pool_size, n = n_old == 0 ? 1024 : n_old * 2;
	struct image_text *pool = alloc_array(n, sizeof *pool);

	if (pool == NULL)
		return false;
	builder->pool = pool;
	builder->pool_size = n;
	for (size_t i = 0; i < n_old; i++)
		if (old[i].n != 0)
			*pool_slot(builder, texts, pooled_text(texts, old[i])) = old[i];
	alloc_free(old);
	return true;
}

struct image_text image_builder_text(struct image_builder *builder, struct bytes text)
{
	struct section *texts = section_of(builder, IMAGE_TEXT, 1, true);
	struct image_text *slot;

	if (text.n == 0)
		return (struct image_text){0};
	if (builder->n_pooled * 4 >= builder->pool_size * 3 && texts != NULL &&
	    !grow_pool(builder, texts))
		builder->failed = true;
	if (builder->failed || texts == NULL ||
	    text.n > UINT32_MAX - texts->bytes.size) {
		builder->failed = true;
		return (struct image_text){0};
	}
	slot = pool_slot(builder, texts, text);
	if (slot->n == 0) {
		struct image_text t = {(uint32_t)texts->bytes.size, (uint32_t)text.n};

		buffer_put(&texts->bytes, text.at, text.n);
		if (!buffer_ok(&texts->bytes)) {
			builder->failed = true;
			return (struct image_text){0};
		}
		*slot = t;
		builder->n_pooled++;
	}
	return *slot;
}

/* By id, as the reader demands.  There are few: insertion will do. */
static void sort_sections(struct image_builder *builder)
{
	for (size_t i = 1; i < builder->n_sections; i++) {
		struct section s = builder->sections[i];
		size_t j = i;

		for (; j > 0 && builder->sections[j - 1].id > s.id; j--)
			builder->sections[j] = builder->sections[j - 1];
		builder->sections[j] = s;
	}
}

static uint64_t aligned(uint64_t n)
{
	return (n + SECTION_ALIGNMENT - 1) / SECTION_ALIGNMENT * SECTION_ALIGNMENT;
}

/* Header and table; returns the size of the whole image. */
static uint64_t write_head(const struct image_builder *builder, struct buffer *out)
{
	uint64_t off = aligned(HEADER_SIZE + builder->n_sections * ENTRY_SIZE);
	uint64_t whole = off;

	for (size_t i = 0; i < builder->n_sections; i++)
		whole = aligned(whole) + builder->sections[i].bytes.size;
	buffer_put(out, magic, sizeof magic);
	buffer_u32le(out, IMAGE_VERSION);
	buffer_u32le(out, (uint32_t)builder->n_sections);
	buffer_u64le(out, whole);
	buffer_zeros(out, DIGEST_SIZE + 8);
	for (size_t i = 0; i < builder->n_sections; i++) {
		const struct section *s = &builder->sections[i];

		off = aligned(off);
		buffer_u32le(out, s->id);
		buffer_u32le(out, s->element_size);
		buffer_u64le(out, off);
		buffer_u64le(out, s->bytes.size);
		off += s->bytes.size;
	}
	buffer_align(out, SECTION_ALIGNMENT);
	return whole;
}

enum rq_err image_builder_finish(struct image_builder *builder,
				 struct buffer *image_out)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	enum rq_err err;

	buffer_clear(image_out);
	sort_sections(builder);
	if (builder->failed)
		return RQ_ERR_MEMORY;
	write_head(builder, image_out);
	for (size_t i = 0; i < builder->n_sections; i++) {
		buffer_align(image_out, SECTION_ALIGNMENT);
		buffer_put(image_out, builder->sections[i].bytes.data,
			   builder->sections[i].bytes.size);
	}
	if (!buffer_ok(image_out))
		return RQ_ERR_MEMORY;
	err = digest_of(DIGEST_SHA256,
			(struct bytes){image_out->data + HEADER_SIZE,
				       image_out->size - HEADER_SIZE},
			digest);
	if (err == RQ_OK)
		memcpy(image_out->data + DIGEST_AT, digest, DIGEST_SIZE);
	return err;
}
