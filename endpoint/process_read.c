#include "endpoint/process_read.h"

#include "bytes/cap.h"
#include "endpoint/process_image.h"

enum { PAGE = 4096 }; /* the smallest there is */

/* Part of a run. */
struct piece {
	const struct memory_region *region;
	uint64_t address, size;
};

uint64_t process_read_limit(uint64_t room)
{
	uint64_t share = room / 4;

	if (share < CAP_IMAGE_SIZE)
		return CAP_IMAGE_SIZE;
	return share < CAP_IMAGE_LARGEST ? share : CAP_IMAGE_LARGEST;
}

/* Reads piece; what cannot be read is left out, page by page. */
static enum rq_err add_piece(struct process_read *read, struct process_image *image,
			     struct piece piece)
{
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && piece.size > 0) {
		size_t n = piece.size < MEMORY_READ_SIZE ? (size_t)piece.size
							 : MEMORY_READ_SIZE;
		size_t got;

		err = memory_read(read->memory, piece.address, n, image->file,
				  image->end, &got);
		if (err == RQ_OK && got > 0) {
			struct process_image_block block = {
			    .address = piece.address,
			    .size = got,
			    .protection = piece.region->protection,
			    .kind = (uint8_t)piece.region->kind};

			err = process_image_add(image, &block);
		}
		piece.address += got;
		piece.size -= got;
		if (err == RQ_OK && got < n) {
			uint64_t next = (piece.address | (PAGE - 1)) + 1;
			uint64_t skipped = next - piece.address;

			if (skipped > piece.size)
				skipped = piece.size;
			if (memory_holds(read->memory, piece.region, piece.address))
				read->n_lost += skipped;
			piece.address += skipped;
			piece.size -= skipped;
		}
	}
	return err;
}

/* Fills image from where the last one ended. */
static enum rq_err fill(struct process_read *read, struct process_image *image)
{
	uint64_t left = read->max_size;
	enum rq_err err = RQ_OK;

	while (err == RQ_OK && left > 0 && image->n_blocks < CAP_IMAGE_BLOCKS / 2 &&
	       read->region < read->n_regions) {
		struct piece piece = {.region = &read->regions[read->region]};
		struct memory_run run;

		err = memory_next(read->memory, piece.region, read->address, &run);
		if (err == RQ_ERR_NOT_FOUND) {
			read->has_unseen |=
			    !memory_sees_all(read->memory, piece.region);
			read->region++;
			err = RQ_OK;
			continue;
		}
		if (err != RQ_OK)
			return err;
		piece.address = run.address;
		piece.size = run.size < left ? run.size : left;
		err = add_piece(read, image, piece);
		left -= piece.size;
		read->address = run.address + piece.size;
		/* a pattern across the cut lies whole in the next one, also when the
		 * cut is where the run ends and another region touches it */
		if (left == 0)
			read->address -= piece.size < CAP_IMAGE_OVERLAP
					     ? piece.size
					     : CAP_IMAGE_OVERLAP;
	}
	return err;
}

enum rq_err process_read_next(struct process_read *read, struct file *image_out,
			      struct rq_diag *diag)
{
	struct process_image image;
	enum rq_err err;

	*image_out = FILE_NONE;
	if (read->region >= read->n_regions)
		return RQ_ERR_NOT_FOUND;
	err = process_image_new(&image, diag);
	if (err != RQ_OK)
		return err;
	do {
		/* all of it may have gone meanwhile */
		err = fill(read, &image);
	} while (err == RQ_OK && image.n_blocks == 0 && read->region < read->n_regions);
	if (err == RQ_OK && image.n_blocks == 0)
		err = RQ_ERR_NOT_FOUND;
	else if (err == RQ_OK)
		err = process_image_take(&image, image_out);
	process_image_free(&image);
	if ((err == RQ_OK || err == RQ_ERR_NOT_FOUND) &&
	    !memory_is_there(read->memory)) {
		file_close(image_out);
		return RQ_ERR_PEER;
	}
	return err;
}
