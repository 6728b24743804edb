#include "format/pe_rich.h"

enum {
	DOS_HEADER_SIZE = 64,
	HEAD_SIZE = 16, /* "DanS" and three paddings */
	PAIR_SIZE = 8,
};

#define RICH UINT32_C(0x68636952)
#define DANS UINT32_C(0x536e6144)

static uint32_t u32_at(struct bytes in, size_t off)
{
	struct reader whole = reader_over(in.at, in.n);
	struct reader r = reader_at(&whole, off, 4);

	return reader_u32le(&r);
}

/* Looks for word backwards from *off in steps of 4, down to the end of the DOS header. */
static bool find_before(const struct pe_image *image, uint32_t word, uint32_t mask,
			size_t *off)
{
	while (*off >= DOS_HEADER_SIZE) {
		if ((u32_at(image->file, *off) ^ mask) == word)
			return true;
		*off -= 4;
	}
	return false;
}

static bool find(const struct pe_image *image, struct pe_rich *rich)
{
	struct reader file = pe_reader(image);
	size_t off = image->nt_off;
	size_t end;

	if (off < DOS_HEADER_SIZE + 4)
		return false;
	off -= 4;
	if (!find_before(image, RICH, 0, &off))
		return false;
	end = off;
	rich->key = u32_at(image->file, end + 4);
	off = end - 4;
	if (rich->key == 0 || !find_before(image, DANS, rich->key, &off))
		return false;
	rich->off = off;
	reader_seek(&file, off);
	rich->raw = reader_bytes(&file, end - off);
	return true;
}

static bool unmask(struct arena *arena, struct pe_rich *rich)
{
	uint8_t *clear = arena_array(arena, rich->raw.n, 1);

	if (clear == NULL)
		return false;
	for (size_t i = 0; i < rich->raw.n; i++)
		clear[i] = rich->raw.at[i] ^ (uint8_t)(rich->key >> 8 * (i % 4));
	rich->clear = (struct bytes){clear, rich->raw.n};
	return true;
}

static bool collect_tools(struct arena *arena, struct pe_rich *rich)
{
	size_t n = (rich->clear.n - HEAD_SIZE) / PAIR_SIZE;
	uint8_t *words = arena_array(arena, n, 4);

	if (words == NULL)
		return false;
	for (size_t i = 0; i < n * 4; i++)
		words[i] = rich->clear.at[HEAD_SIZE + i / 4 * PAIR_SIZE + i % 4];
	rich->tool_words = (struct bytes){words, n * 4};
	rich->has_tools = true;
	return true;
}

enum rq_err pe_read_rich(const struct pe_image *image, struct arena *arena,
			 struct pe_rich *rich_out)
{
	*rich_out = (struct pe_rich){0};
	if (!find(image, rich_out))
		return RQ_OK;
	rich_out->present = true;
	if (!unmask(arena, rich_out))
		return RQ_ERR_MEMORY;
	if (rich_out->clear.n >= HEAD_SIZE && !collect_tools(arena, rich_out))
		return RQ_ERR_MEMORY;
	return RQ_OK;
}

size_t pe_rich_n_tools(const struct pe_rich *rich)
{
	return rich->tool_words.n / 4;
}

struct pe_tool pe_rich_tool(const struct pe_rich *rich, size_t index)
{
	uint32_t word = u32_at(rich->clear, HEAD_SIZE + index * PAIR_SIZE);

	return (struct pe_tool){
	    .id = (uint16_t)(word >> 16),
	    .version = (uint16_t)word,
	    .count = u32_at(rich->clear, HEAD_SIZE + index * PAIR_SIZE + 4)};
}
