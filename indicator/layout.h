/*
 * The bytes of an image of indicators (docs/indicator-format.md): builder and table
 * agree here.
 */
#ifndef RAQUET_INDICATOR_LAYOUT_H
#define RAQUET_INDICATOR_LAYOUT_H

#include "bytes/buffer.h"
#include "indicator/list.h"

enum {
	LAYOUT_VERSION = 2,
	LAYOUT_START = 64,       /* magic, version, sizes, checksums */
	LAYOUT_BLOCK = 4096,     /* of the body */
	LAYOUT_SIZE_SHIFT = 62,  /* of the kind in a row of sizes */
	LAYOUT_LIST_ROW = 8,     /* text */
	LAYOUT_NAME_ROW = 12,    /* text, detail */
	LAYOUT_HOST_ROW = 12,    /* text, detail; by text */
	LAYOUT_ADDRESS_ROW = 60, /* first, last, greatest last so far, text, detail */
	LAYOUT_DETAIL_ROW = 24,  /* list, score, text, n of description, of reference */
	FILTER_BLOCK = 32,
	FILTER_BITS = 12, /* for each digest: one in 150 others passes */
};

enum layout_part {
	PART_FILTER,
	PART_FENCES, /* u64 big-endian start of the first digest of each block */
	PART_SUMS,   /* u64 checksum of each block of the body */
	PART_SIZES,  /* u64 each, in order: kind << 62 | size of a file */
	PART_LISTS,
	PART_NAMES,
	PART_RULES, /* image of a rule set: names as rules n0, n1 ... */
	PART_HOSTS,
	PART_ADDRESSES,
	PART_TEXTS,        /* of the five above */
	PART_DETAILS,      /* in the body, like the next */
	PART_DETAIL_TEXTS, /* description, reference */
	N_PARTS,
};

struct layout_range {
	uint64_t off, size; /* from the start of head or body */
};

struct layout_head {
	uint64_t head_size, body_size;
	uint32_t n_digests[N_INDICATOR_DIGESTS];
	uint32_t n_names, n_hosts, n_addresses, n_details, n_lists;
	struct layout_range sections[N_PARTS];
};
enum { LAYOUT_FIELDS = 8 * 4 + N_PARTS * 16 }; /* behind the start */

/* Rows in one block, blocks of all, first block of a kind. */
uint32_t layout_rows(enum indicator_kind kind);
uint32_t layout_blocks(const struct layout_head *head, enum indicator_kind kind);
uint32_t layout_first_block(const struct layout_head *head, enum indicator_kind kind);

/* Finds damage; no protection against intent. */
uint64_t layout_checksum(struct bytes data);

/* sum: of all of the head behind the start. */
void layout_put_start(const struct layout_head *head, uint64_t sum, struct buffer *to);
void layout_put_fields(const struct layout_head *head, struct buffer *to);
/* Whether data starts as an image of this version; the size of its head. */
bool layout_head_size(struct bytes data, uint64_t *size_out);
/* Reads start and fields, and checks that they fit together and to the checksums.
 * data: at least the head. */
RQ_MUST_USE enum rq_err layout_read_head(struct bytes data,
					 struct layout_head *head_out);

/* The two u64 on which filter and fences go. */
uint64_t layout_key(const uint8_t *digest);
/* The block of the filter for key, of n, and the bit in each of its 8 words. */
uint64_t filter_block(uint64_t key, uint64_t n);
uint32_t filter_bit(uint64_t key, unsigned word);

/* Compiles the names of list; those that are refused leave it.  An empty image when
 * there are none. */
RQ_MUST_USE enum rq_err names_compile(struct indicator_list *list,
				      struct buffer *image_out);

#endif
