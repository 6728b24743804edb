#include "indicator/layout.h"

#include "bytes/cap.h"

#include <string.h>

static const uint8_t magic[8] = {'R', 'A', 'Q', 'I', 'O', 'C', '\r', '\n'};

uint32_t layout_rows(enum indicator_kind kind)
{
	return (uint32_t)(LAYOUT_BLOCK / (indicator_digest_size(kind) + 4));
}

uint32_t layout_blocks(const struct layout_head *head, enum indicator_kind kind)
{
	uint32_t rows = layout_rows(kind);

	return (head->n_digests[kind] + rows - 1) / rows;
}

uint32_t layout_first_block(const struct layout_head *head, enum indicator_kind kind)
{
	uint32_t n = 0;

	for (int i = 0; i < (int)kind; i++)
		n += layout_blocks(head, (enum indicator_kind)i);
	return n;
}

/* ---- checksum ---- */

static uint64_t turn(uint64_t value, unsigned n)
{
	return value << n | value >> (64 - n);
}

/* Four runs side by side, so that the processor need not wait for each product. */
uint64_t layout_checksum(struct bytes data)
{
	static const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t runs[4] = {odd, turn(odd, 13), turn(odd, 29), turn(odd, 47)}, sum;
	struct reader r = reader_over(data.at, data.n);

	while (reader_left(&r) >= 32)
		for (unsigned i = 0; i < 4; i++)
			runs[i] = turn((runs[i] ^ reader_u64le(&r)) * odd, 31);
	while (reader_left(&r) > 0)
		runs[0] = turn((runs[0] ^ reader_u8(&r)) * odd, 31);
	sum = data.n;
	for (unsigned i = 0; i < 4; i++) {
		sum = (sum ^ runs[i]) * odd;
		sum ^= sum >> 29;
	}
	return sum;
}

/* ---- filter ---- */

uint64_t layout_key(const uint8_t *digest)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | digest[i];
	return key;
}

uint64_t filter_block(uint64_t key, uint64_t n)
{
	return (key >> 32) * n >> 32;
}

uint32_t filter_bit(uint64_t key, unsigned word)
{
	static const uint32_t salts[8] = {0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D,
					  0x27D4EB2F, 0x165667B1, 0xD3A2646D,
					  0xFD7046C5, 0xB55A4F09};

	return UINT32_C(1) << ((uint32_t)key * salts[word] >> 27);
}

/* ---- head ---- */

static uint32_t *counts_of(struct layout_head *head, size_t i)
{
	uint32_t *const counts[8] = {&head->n_digests[0], &head->n_digests[1],
				     &head->n_digests[2], &head->n_names,
				     &head->n_hosts,      &head->n_addresses,
				     &head->n_details,    &head->n_lists};

	return counts[i];
}

void layout_put_start(const struct layout_head *head, uint64_t sum, struct buffer *to)
{
	buffer_put(to, magic, sizeof magic);
	buffer_u32le(to, LAYOUT_VERSION);
	buffer_u32le(to, LAYOUT_BLOCK);
	buffer_u64le(to, head->head_size);
	buffer_u64le(to, head->body_size);
	buffer_u64le(to, sum);
	buffer_u64le(to, layout_checksum(buffer_bytes(to)));
	buffer_align(to, LAYOUT_START);
}

void layout_put_fields(const struct layout_head *head, struct buffer *to)
{
	struct layout_head copy = *head;

	for (size_t i = 0; i < 8; i++)
		buffer_u32le(to, *counts_of(&copy, i));
	for (size_t i = 0; i < N_PARTS; i++) {
		buffer_u64le(to, head->sections[i].off);
		buffer_u64le(to, head->sections[i].size);
	}
}

/* What a section has to be as long as. */
static bool has_size(const struct layout_head *head, enum layout_part section,
		     uint64_t n, uint64_t size)
{
	return head->sections[section].size == n * size;
}

static bool fits(const struct layout_head *head)
{
	uint64_t n_digests = 0, n_blocks = layout_first_block(head, INDICATOR_NAME);

	for (size_t i = 0; i < N_INDICATOR_DIGESTS; i++)
		n_digests += head->n_digests[i];
	for (int i = 0; i < N_PARTS; i++) {
		uint64_t whole = i < PART_DETAILS ? head->head_size : head->body_size;

		if (head->sections[i].off > whole ||
		    head->sections[i].size > whole - head->sections[i].off)
			return false;
	}
	return head->body_size % LAYOUT_BLOCK == 0 &&
	       n_blocks <= head->body_size / LAYOUT_BLOCK &&
	       head->sections[PART_FILTER].size % FILTER_BLOCK == 0 &&
	       (n_digests == 0 || head->sections[PART_FILTER].size > 0) &&
	       has_size(head, PART_FENCES, n_blocks, 8) &&
	       has_size(head, PART_SUMS, head->body_size / LAYOUT_BLOCK, 8) &&
	       head->sections[PART_SIZES].size % 8 == 0 &&
	       has_size(head, PART_LISTS, head->n_lists, LAYOUT_LIST_ROW) &&
	       has_size(head, PART_NAMES, head->n_names, LAYOUT_NAME_ROW) &&
	       has_size(head, PART_HOSTS, head->n_hosts, LAYOUT_HOST_ROW) &&
	       has_size(head, PART_ADDRESSES, head->n_addresses, LAYOUT_ADDRESS_ROW) &&
	       has_size(head, PART_DETAILS, head->n_details, LAYOUT_DETAIL_ROW);
}

static bool read_start(struct reader *r, struct layout_head *head, uint64_t *sum_out)
{
	struct reader whole = reader_at(r, 0, 40);
	struct bytes start = reader_bytes(&whole, 40);
	struct bytes name = reader_bytes(r, 8);
	uint32_t version = reader_u32le(r), block = reader_u32le(r);
	bool is_ours = bytes_equal(name, (struct bytes){magic, sizeof magic}) &&
		       version == LAYOUT_VERSION && block == LAYOUT_BLOCK;

	head->head_size = reader_u64le(r);
	head->body_size = reader_u64le(r);
	*sum_out = reader_u64le(r);
	return is_ours && start.n == 40 && reader_u64le(r) == layout_checksum(start) &&
	       head->head_size >= LAYOUT_START + LAYOUT_FIELDS &&
	       head->head_size <= CAP_INDICATOR_IMAGE &&
	       head->body_size <= CAP_INDICATOR_IMAGE;
}

bool layout_head_size(struct bytes data, uint64_t *size_out)
{
	struct reader r = reader_over(data.at, data.n);
	struct layout_head head;
	uint64_t sum;

	*size_out = 0;
	if (!read_start(&r, &head, &sum))
		return false;
	*size_out = head.head_size;
	return true;
}

enum rq_err layout_read_head(struct bytes data, struct layout_head *head_out)
{
	struct reader r = reader_over(data.at, data.n), rest;
	uint64_t sum;

	*head_out = (struct layout_head){0};
	if (!read_start(&r, head_out, &sum) || head_out->head_size > data.n)
		return RQ_ERR_FORMAT;
	rest = reader_at(&r, LAYOUT_START, head_out->head_size - LAYOUT_START);
	if (layout_checksum((struct bytes){rest.start, rest.size}) != sum)
		return RQ_ERR_FORMAT;
	for (size_t i = 0; i < 8; i++) {
		uint32_t raw_n = reader_u32le(&rest);

		if (raw_n > CAP_INDICATORS)
			reader_fail(&rest);
		*counts_of(head_out, i) = raw_n;
	}
	for (size_t i = 0; i < N_PARTS; i++) {
		head_out->sections[i].off = reader_u64le(&rest);
		head_out->sections[i].size = reader_u64le(&rest);
	}
	return reader_ok(&rest) && fits(head_out) ? RQ_OK : RQ_ERR_FORMAT;
}
