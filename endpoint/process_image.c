#include "endpoint/process_image.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"

/* Behind the head come the bytes, and behind them the table, whose length nobody knows
 * before all is read. */
enum { VERSION = 1, HEAD_SIZE = 24, BLOCK_SIZE = 26 };

static const char magic[] = "RQPM";

enum rq_err process_image_new(struct process_image *image, struct rq_diag *diag)
{
	*image = (struct process_image){.end = HEAD_SIZE};
	return memory_file_new(&image->file, diag);
}

void process_image_free(struct process_image *image)
{
	file_close(&image->file);
	alloc_free(image->blocks);
	*image = (struct process_image){.file = FILE_NONE};
}

static bool continues(const struct process_image_block *last,
		      const struct process_image_block *next)
{
	return last->address + last->size == next->address &&
	       last->offset + last->size == next->offset;
}

enum rq_err process_image_add(struct process_image *image,
			      const struct process_image_block *block)
{
	struct process_image_block *last =
	    image->n_blocks > 0 ? &image->blocks[image->n_blocks - 1] : NULL;
	struct process_image_block next = *block;

	next.offset = image->end;
	if (last != NULL && continues(last, &next) &&
	    last->protection == next.protection && last->kind == next.kind) {
		last->size += next.size;
	} else {
		if (image->n_blocks == CAP_IMAGE_BLOCKS)
			return RQ_ERR_LIMIT;
		if (!alloc_grow((void **)&image->blocks, &image->capacity,
				image->n_blocks + 1, sizeof *image->blocks))
			return RQ_ERR_MEMORY;
		image->blocks[image->n_blocks++] = next;
	}
	image->end += next.size;
	return RQ_OK;
}

enum rq_err process_image_take(struct process_image *image, struct file *file_out)
{
	struct buffer head = {0}, table = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	*file_out = FILE_NONE;
	buffer_text(&head, magic);
	buffer_u32le(&head, VERSION);
	buffer_u64le(&head, image->n_blocks);
	buffer_u64le(&head, image->end);
	for (size_t i = 0; i < image->n_blocks; i++) {
		const struct process_image_block *block = &image->blocks[i];

		buffer_u64le(&table, block->address);
		buffer_u64le(&table, block->size);
		buffer_u64le(&table, block->offset);
		buffer_u8(&table, block->protection);
		buffer_u8(&table, block->kind);
	}
	if (buffer_ok(&head) && buffer_ok(&table))
		err = memory_file_write(image->file, 0, buffer_bytes(&head));
	if (err == RQ_OK)
		err = memory_file_write(image->file, image->end, buffer_bytes(&table));
	if (err == RQ_OK)
		err = memory_file_seal(image->file);
	buffer_free(&head);
	buffer_free(&table);
	if (err != RQ_OK)
		return err;
	*file_out = image->file;
	image->file = FILE_NONE; /* transferred */
	process_image_free(image);
	return RQ_OK;
}

/* The next row of the table, which has to begin where the last one ended. */
static struct process_image_block get_block(struct reader *table,
					    const struct process_image_block *last)
{
	struct process_image_block block = {.address = reader_u64le(table)};

	block.size = reader_u64le(table);
	block.offset = reader_u64le(table);
	block.protection = reader_u8(table);
	block.kind = reader_u8(table);
	if (block.size == 0 || block.size > UINT64_MAX - block.address ||
	    block.offset != last->offset + last->size ||
	    block.address < last->address + last->size || block.protection > 7 ||
	    block.kind >= N_MEMORY_KINDS)
		reader_fail(table);
	return block;
}

enum rq_err process_image_open(struct bytes image, struct arena *arena,
			       struct object *object_out)
{
	struct reader r = reader_over(image.at, image.n), table, data;
	struct bytes start = reader_bytes(&r, sizeof magic - 1);
	struct process_image_block last = {.offset = HEAD_SIZE};
	uint64_t raw_n, raw_end;
	struct block *blocks;
	size_t n = 0;

	*object_out = (struct object){.is_memory = true};
	if (!bytes_equal_text(start, magic) || reader_u32le(&r) != VERSION)
		return RQ_ERR_FORMAT;
	raw_n = reader_u64le(&r);
	raw_end = reader_u64le(&r);
	table = reader_from(&r, raw_end);
	if (!reader_ok(&r) || raw_n > CAP_IMAGE_BLOCKS || raw_end < HEAD_SIZE ||
	    reader_left(&table) != raw_n * BLOCK_SIZE)
		return RQ_ERR_FORMAT;
	blocks = arena_array(arena, (size_t)raw_n, sizeof *blocks);
	if (blocks == NULL)
		return RQ_ERR_MEMORY;
	for (uint64_t i = 0; i < raw_n; i++) {
		struct process_image_block block = get_block(&table, &last);

		data = reader_at(&r, block.offset, block.size);
		if (!reader_ok(&table) || !reader_ok(&data) ||
		    block.size > raw_end - block.offset)
			return RQ_ERR_FORMAT;
		if (n > 0 && continues(&last, &block))
			blocks[n - 1].size += (size_t)block.size;
		else
			blocks[n++] = (struct block){.base = block.address,
						     .data = data.start,
						     .size = (size_t)block.size};
		object_out->size += block.size;
		last = block;
	}
	if (last.offset + last.size != raw_end || !reader_done(&table))
		return RQ_ERR_FORMAT;
	object_out->blocks = blocks;
	object_out->n_blocks = n;
	return RQ_OK;
}
