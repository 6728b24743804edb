#include "content/shipped.h"

#include "content/shipped_table.h"

const char *shipped_date(void)
{
	return shipped_table_date;
}

size_t shipped_n_files(void)
{
	return shipped_table_n;
}

const char *shipped_name(size_t i)
{
	return shipped_table[i].name;
}

static enum rq_err unmask(const struct shipped_row *row, struct arena *arena,
			  struct bytes *text_out)
{
	uint8_t *text = arena_array(arena, row->n + 1, 1);

	*text_out = (struct bytes){NULL, 0};
	if (text == NULL)
		return RQ_ERR_MEMORY;
	/* the mask changes from byte to byte: one fixed byte is what scanners try */
	for (size_t k = 0; k < row->n; k++)
		text[k] = row->masked[k] ^ (uint8_t)(k * 7 + 0x5a);
	*text_out = (struct bytes){text, row->n};
	return RQ_OK;
}

enum rq_err shipped_text(size_t i, struct arena *arena, struct bytes *text_out)
{
	return unmask(&shipped_table[i], arena, text_out);
}

size_t shipped_n_packs(void)
{
	return shipped_packs_n;
}

const char *shipped_pack_name(size_t i)
{
	return shipped_packs[i].name;
}

enum rq_err shipped_pack_text(size_t i, struct arena *arena, struct bytes *text_out)
{
	return unmask(&shipped_packs[i], arena, text_out);
}
