/*
 * The module "hash".  A range may reach over blocks that touch each other; it is cut
 * at the end of the object, and undefined when it starts outside, or when there is a
 * gap between its blocks.
 */
#include "engine/module/module.h"

#include "crypto/digest.h"

enum {
	MD5_RANGE,
	MD5_TEXT,
	SHA1_RANGE,
	SHA1_TEXT,
	SHA256_RANGE,
	SHA256_TEXT,
	CHECKSUM32_RANGE,
	CHECKSUM32_TEXT,
	CRC32_RANGE,
	CRC32_TEXT
};

/*
 * Conditions of many rules ask for the same few ranges, mostly the whole file.  A loop
 * asks for any number of them, and a long list would cost more than it saves.
 */
enum { MAX_REMEMBERED = 64 };

struct remembered {
	struct remembered *next;
	uint16_t id;
	int64_t offset, length;
	struct value value;
};

struct hash_state {
	const struct module_context *context;
	struct remembered *ranges;
	unsigned n_ranges;
	uint32_t *crc_table; /* 256 words, made when first wanted */
};

/* A hash under way, whatever its kind. */
struct hashing {
	uint16_t id;
	struct digest *digest; /* NULL for the two sums */
	const uint32_t *crc_table;
	uint32_t sum;
};

/* CRC-32 of ITU-T V.42 8.1.1.6.2, bits reflected: polynomial 0xedb88320. */
static const uint32_t *crc_table(struct hash_state *state)
{
	if (state->crc_table != NULL)
		return state->crc_table;
	state->crc_table = arena_array(state->context->arena, 256, sizeof(uint32_t));
	if (state->crc_table == NULL)
		return NULL;
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) ? crc >> 1 ^ 0xedb88320u : crc >> 1;
		state->crc_table[byte] = crc;
	}
	return state->crc_table;
}

static enum digest_kind digest_kind_of(uint16_t id)
{
	return id <= MD5_TEXT    ? DIGEST_MD5
	       : id <= SHA1_TEXT ? DIGEST_SHA1
				 : DIGEST_SHA256;
}

static bool begin(struct hash_state *state, uint16_t id, struct hashing *h)
{
	*h = (struct hashing){.id = id};
	switch (id) {
	case CHECKSUM32_RANGE:
	case CHECKSUM32_TEXT: return true;
	case CRC32_RANGE:
	case CRC32_TEXT:
		h->sum = UINT32_MAX;
		h->crc_table = crc_table(state);
		return h->crc_table != NULL;
	default: return digest_new(digest_kind_of(id), &h->digest) == RQ_OK;
	}
}

static bool add(struct hashing *h, struct bytes data)
{
	uint32_t sum = h->sum;

	if (h->digest != NULL)
		return digest_add(h->digest, data) == RQ_OK;
	if (h->crc_table != NULL)
		for (size_t i = 0; i < data.n; i++)
			sum = h->crc_table[(sum ^ data.at[i]) & 0xff] ^ sum >> 8;
	else
		for (size_t i = 0; i < data.n; i++)
			sum += data.at[i];
	h->sum = sum;
	return true;
}

static struct value hex_text(struct arena *arena, const uint8_t *digest, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_array(arena, n, 2);

	if (text == NULL)
		return value_undefined();
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	return value_text((struct bytes){(const uint8_t *)text, 2 * n});
}

/* Ends h in any case; undefined unless complete. */
static struct value finish(struct hash_state *state, struct hashing *h, bool complete)
{
	struct value value = value_undefined();
	uint8_t digest[DIGEST_MAX_SIZE];

	if (complete && h->crc_table != NULL)
		value = value_int(h->sum ^ UINT32_MAX);
	else if (complete && h->digest == NULL)
		value = value_int(h->sum);
	else if (complete && digest_finish(h->digest, digest) == RQ_OK)
		value = hex_text(state->context->arena, digest,
				 digest_size(digest_kind_of(h->id)));
	digest_free(h->digest);
	return value;
}

static struct value of_text(struct hash_state *state, uint16_t id, struct bytes text)
{
	struct hashing h;

	if (!begin(state, id, &h))
		return value_undefined();
	return finish(state, &h, add(&h, text));
}

/* Whether the range starts in a block and has no gap; adds what it covers. */
static bool add_range(const struct object *object, uint64_t offset, uint64_t length,
		      struct hashing *h)
{
	const uint64_t end = offset + length; /* both below 2^63 */
	bool started = false;

	for (size_t i = 0; i < object->n_blocks; i++) {
		const struct block *block = &object->blocks[i];
		const struct reader whole = reader_over(block->data, block->size);

		if (offset >= block->base && offset - block->base < block->size) {
			const uint64_t at = offset - block->base;
			const uint64_t rest = block->size - at;
			const uint64_t n = length < rest ? length : rest;
			struct reader part = reader_at(&whole, at, n);

			if (!add(h, reader_bytes(&part, n)))
				return false;
			offset += n;
			length -= n;
			started = true;
		} else if (started) {
			return false;
		}
		if (block->base + block->size >= end)
			break;
	}
	return started;
}

static void remember(struct hash_state *state, uint16_t id, int64_t offset,
		     int64_t length, struct value value)
{
	struct remembered *known = arena_make(state->context->arena, struct remembered);

	if (known == NULL)
		return;
	*known = (struct remembered){state->ranges, id, offset, length, value};
	state->ranges = known;
	state->n_ranges++;
}

static struct value of_range(struct hash_state *state, uint16_t id, int64_t offset,
			     int64_t length)
{
	struct remembered *known;
	struct hashing h;
	struct value value;

	if (offset < 0 || length < 0)
		return value_undefined();
	for (known = state->ranges; known != NULL; known = known->next)
		if (known->id == id && known->offset == offset &&
		    known->length == length)
			return known->value;

	if (!begin(state, id, &h))
		return value_undefined();
	value = finish(
	    state, &h,
	    add_range(state->context->object, (uint64_t)offset, (uint64_t)length, &h));

	if (value.type != VALUE_UNDEFINED && state->n_ranges < MAX_REMEMBERED)
		remember(state, id, offset, length, value);
	return value;
}

static enum rq_err hash_open(const struct module_context *context, void **state_out)
{
	struct hash_state *state = arena_make(context->arena, struct hash_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	return RQ_OK;
}

static void hash_call(void *state, uint16_t id, const struct value *args,
		      struct value *value_out)
{
	/* The forms over a range have the even numbers. */
	if (id % 2 == 0)
		*value_out = of_range(state, id, args[0].integer, args[1].integer);
	else
		*value_out = of_text(state, id, args[0].text);
}

static const struct module_field fields[] = {
    FIELD_OF_FUNCTION("md5", MD5_RANGE, "ii", VALUE_TEXT),
    FIELD_OF_FUNCTION("md5", MD5_TEXT, "s", VALUE_TEXT),
    FIELD_OF_FUNCTION("sha1", SHA1_RANGE, "ii", VALUE_TEXT),
    FIELD_OF_FUNCTION("sha1", SHA1_TEXT, "s", VALUE_TEXT),
    FIELD_OF_FUNCTION("sha256", SHA256_RANGE, "ii", VALUE_TEXT),
    FIELD_OF_FUNCTION("sha256", SHA256_TEXT, "s", VALUE_TEXT),
    FIELD_OF_FUNCTION("checksum32", CHECKSUM32_RANGE, "ii", VALUE_INT),
    FIELD_OF_FUNCTION("checksum32", CHECKSUM32_TEXT, "s", VALUE_INT),
    FIELD_OF_FUNCTION("crc32", CRC32_RANGE, "ii", VALUE_INT),
    FIELD_OF_FUNCTION("crc32", CRC32_TEXT, "s", VALUE_INT),
    {0},
};

const struct module module_hash = {
    .name = "hash",
    .fields = fields,
    .open = hash_open,
    .call = hash_call,
};
