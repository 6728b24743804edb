#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "indicator/layout.h"
#include "indicator/table.h"

#include <stdlib.h>
#include <string.h>

static int compare_16(const void *a, const void *b)
{
	return memcmp(a, b, 16 + 4);
}

static int compare_20(const void *a, const void *b)
{
	return memcmp(a, b, 20 + 4);
}

static int compare_32(const void *a, const void *b)
{
	return memcmp(a, b, 32 + 4);
}

/* By digest; the same digest said the same way stands once. */
static void sort_digests(struct indicator_list *list, enum indicator_kind kind)
{
	static int (*const compares[])(const void *, const void *) = {
	    compare_16, compare_20, compare_32};
	struct indicator_digests *digests = &list->digests[kind];
	size_t size = indicator_digest_size(kind) + 4, n = 0;

	if (digests->n == 0)
		return;
	qsort(digests->rows, digests->n, size, compares[kind]);
	for (size_t i = 0; i < digests->n; i++) {
		const uint8_t *row = &digests->rows[i * size];

		if (n > 0 && memcmp(row, &digests->rows[(n - 1) * size], size) == 0)
			continue;
		memmove(&digests->rows[n++ * size], row, size);
	}
	digests->n = n;
}

static int compare_sizes(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

/* In order, each once; none of them where a digest has none. */
static void sort_sizes(struct indicator_digests *digests)
{
	size_t n = 0;

	if (digests->n_sizes != digests->n)
		digests->n_sizes = 0;
	if (digests->n_sizes == 0)
		return;
	qsort(digests->sizes, digests->n_sizes, sizeof *digests->sizes, compare_sizes);
	for (size_t i = 0; i < digests->n_sizes; i++)
		if (n == 0 || digests->sizes[i] != digests->sizes[n - 1])
			digests->sizes[n++] = digests->sizes[i];
	digests->n_sizes = n;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct indicator_host *first = a, *second = b;

	return bytes_compare(first->name, second->name);
}

static int compare_addresses(const void *a, const void *b)
{
	return memcmp(a, b, 32); /* first, last */
}

/* ---- body ---- */

static void put_digests(const struct indicator_list *list, enum indicator_kind kind,
			struct buffer *body)
{
	const struct indicator_digests *digests = &list->digests[kind];
	size_t size = indicator_digest_size(kind) + 4, rows = layout_rows(kind);

	for (size_t i = 0; i < digests->n; i += rows) {
		size_t n = digests->n - i < rows ? digests->n - i : rows;

		buffer_put(body, &digests->rows[i * size], n * size);
		buffer_zeros(body, LAYOUT_BLOCK - n * size);
	}
}

static void put_details(const struct indicator_list *list, struct layout_head *head,
			struct buffer *body)
{
	struct layout_range *rows = &head->sections[PART_DETAILS];
	struct layout_range *texts = &head->sections[PART_DETAIL_TEXTS];
	uint64_t off = 0;

	rows->off = body->size;
	for (size_t i = 0; i < list->n_details; i++) {
		const struct indicator_detail *detail = &list->details[i];

		buffer_u32le(body, detail->list);
		buffer_u32le(body, (uint32_t)detail->score);
		buffer_u64le(body, off);
		buffer_u32le(body, (uint32_t)detail->description.n);
		buffer_u32le(body, (uint32_t)detail->reference.n);
		off += detail->description.n + detail->reference.n;
	}
	rows->size = body->size - rows->off;
	texts->off = body->size;
	for (size_t i = 0; i < list->n_details; i++) {
		const struct indicator_detail *detail = &list->details[i];

		buffer_put(body, detail->description.at, detail->description.n);
		buffer_put(body, detail->reference.at, detail->reference.n);
	}
	texts->size = body->size - texts->off;
	buffer_align(body, LAYOUT_BLOCK);
}

/* ---- head ---- */

/* Starts a section where the buffer ends now. */
static struct layout_range *begin(struct layout_head *head, enum layout_part section,
				  struct buffer *to)
{
	buffer_align(to, 16);
	head->sections[section].off = to->size;
	return &head->sections[section];
}

static void end(struct layout_range *section, const struct buffer *to)
{
	section->size = to->size - section->off;
}

static void set_bits(uint8_t *filter, uint64_t n_blocks, uint64_t key)
{
	uint8_t *block = &filter[filter_block(key, n_blocks) * FILTER_BLOCK];

	for (unsigned word = 0; word < 8; word++) {
		uint32_t bit = filter_bit(key, word);

		for (unsigned i = 0; i < 4; i++)
			block[4 * word + i] |= (uint8_t)(bit >> 8 * i);
	}
}

static void put_filter(const struct indicator_list *list, struct layout_head *head,
		       struct buffer *to)
{
	struct layout_range *section = begin(head, PART_FILTER, to);
	uint64_t n = 0, n_blocks;
	uint8_t *filter;

	for (size_t i = 0; i < N_INDICATOR_DIGESTS; i++)
		n += list->digests[i].n;
	n_blocks = (n * FILTER_BITS + 8 * FILTER_BLOCK - 1) / (8 * FILTER_BLOCK);
	filter = buffer_zeros(to, n_blocks * FILTER_BLOCK);
	for (int kind = 0; filter != NULL && kind < N_INDICATOR_DIGESTS; kind++) {
		const struct indicator_digests *digests = &list->digests[kind];
		size_t size = indicator_digest_size((enum indicator_kind)kind) + 4;

		for (size_t i = 0; i < digests->n; i++)
			set_bits(filter, n_blocks,
				 layout_key(&digests->rows[i * size]));
	}
	end(section, to);
	section = begin(head, PART_FENCES, to);
	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		const struct indicator_digests *digests = &list->digests[kind];
		size_t size = indicator_digest_size((enum indicator_kind)kind) + 4;
		size_t rows = layout_rows((enum indicator_kind)kind);

		for (size_t i = 0; i < digests->n; i += rows)
			buffer_u64le(to, layout_key(&digests->rows[i * size]));
	}
	end(section, to);
}

static void put_sizes(const struct indicator_list *list, struct layout_head *head,
		      struct buffer *to)
{
	struct layout_range *section = begin(head, PART_SIZES, to);

	for (uint64_t kind = 0; kind < N_INDICATOR_DIGESTS; kind++)
		for (size_t i = 0; i < list->digests[kind].n_sizes; i++)
			buffer_u64le(to, kind << LAYOUT_SIZE_SHIFT |
					     list->digests[kind].sizes[i]);
	end(section, to);
}

static void put_text_row(struct buffer *to, uint64_t *off, struct bytes text)
{
	buffer_u32le(to, (uint32_t)*off);
	buffer_u32le(to, (uint32_t)text.n);
	*off += text.n;
}

static void put_addresses(const struct indicator_list *list, struct layout_head *head,
			  uint64_t *off, struct buffer *to)
{
	struct layout_range *section = begin(head, PART_ADDRESSES, to);
	const uint8_t *greatest = NULL;

	for (size_t i = 0; i < list->n_addresses; i++) {
		const struct indicator_address *address = &list->addresses[i];

		if (greatest == NULL || memcmp(address->last, greatest, 16) > 0)
			greatest = address->last;
		buffer_put(to, address->first, 16);
		buffer_put(to, address->last, 16);
		buffer_put(to, greatest, 16);
		put_text_row(to, off, address->text);
		buffer_u32le(to, address->detail);
	}
	end(section, to);
}

static uint64_t put_rows(const struct indicator_list *list, struct layout_head *head,
			 struct buffer *to)
{
	struct layout_range *section = begin(head, PART_LISTS, to);
	uint64_t off = 0;

	for (size_t i = 0; i < list->n_lists; i++)
		put_text_row(to, &off, list->lists[i]);
	end(section, to);
	section = begin(head, PART_NAMES, to);
	for (size_t i = 0; i < list->n_names; i++) {
		put_text_row(to, &off, list->names[i].text);
		buffer_u32le(to, list->names[i].detail);
	}
	end(section, to);
	section = begin(head, PART_HOSTS, to);
	for (size_t i = 0; i < list->n_hosts; i++) {
		put_text_row(to, &off, list->hosts[i].name);
		buffer_u32le(to, list->hosts[i].detail);
	}
	end(section, to);
	put_addresses(list, head, &off, to);
	return off;
}

static void put_texts(const struct indicator_list *list, struct layout_head *head,
		      struct buffer *to)
{
	struct layout_range *section = begin(head, PART_TEXTS, to);

	for (size_t i = 0; i < list->n_lists; i++)
		buffer_put(to, list->lists[i].at, list->lists[i].n);
	for (size_t i = 0; i < list->n_names; i++)
		buffer_put(to, list->names[i].text.at, list->names[i].text.n);
	for (size_t i = 0; i < list->n_hosts; i++)
		buffer_put(to, list->hosts[i].name.at, list->hosts[i].name.n);
	for (size_t i = 0; i < list->n_addresses; i++)
		buffer_put(to, list->addresses[i].text.at, list->addresses[i].text.n);
	end(section, to);
}

static void put_sums(struct bytes body, struct layout_head *head, struct buffer *to)
{
	struct layout_range *section = begin(head, PART_SUMS, to);
	struct reader r = reader_over(body.at, body.n);

	while (reader_left(&r) > 0)
		buffer_u64le(to, layout_checksum(reader_bytes(&r, LAYOUT_BLOCK)));
	end(section, to);
}

/* Writes over what buffer_zeros left room for. */
static void put_at(struct buffer *to, size_t off, const struct buffer *from)
{
	if (buffer_ok(to) && buffer_ok(from))
		memcpy(&to->data[off], from->data, from->size);
}

static void put_start(struct buffer *to, const struct layout_head *head)
{
	struct buffer start = {0}, fields = {0};
	struct bytes rest;

	layout_put_fields(head, &fields);
	put_at(to, LAYOUT_START, &fields);
	if (buffer_ok(to)) {
		rest = (struct bytes){&to->data[LAYOUT_START], to->size - LAYOUT_START};
		layout_put_start(head, layout_checksum(rest), &start);
		put_at(to, 0, &start);
	}
	to->failed |= !buffer_ok(&start) || !buffer_ok(&fields);
	buffer_free(&start);
	buffer_free(&fields);
}

static void arrange(struct indicator_list *list)
{
	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		sort_sizes(&list->digests[kind]); /* while they still can be counted */
		sort_digests(list, (enum indicator_kind)kind);
	}
	if (list->n_hosts > 0)
		qsort(list->hosts, list->n_hosts, sizeof *list->hosts, compare_hosts);
	if (list->n_addresses > 0)
		qsort(list->addresses, list->n_addresses, sizeof *list->addresses,
		      compare_addresses);
}

enum rq_err indicator_build(struct indicator_list *list, struct buffer *image_out)
{
	struct layout_head head = {0};
	struct buffer body = {0}, rules = {0};
	struct layout_range *section;
	enum rq_err err = names_compile(list, &rules);
	uint64_t n_texts;

	if (err != RQ_OK)
		goto out;
	arrange(list);
	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++) {
		head.n_digests[kind] = (uint32_t)list->digests[kind].n;
		put_digests(list, (enum indicator_kind)kind, &body);
	}
	head.n_names = (uint32_t)list->n_names;
	head.n_hosts = (uint32_t)list->n_hosts;
	head.n_addresses = (uint32_t)list->n_addresses;
	head.n_details = (uint32_t)list->n_details;
	head.n_lists = (uint32_t)list->n_lists;
	put_details(list, &head, &body);
	buffer_zeros(image_out, LAYOUT_START + LAYOUT_FIELDS);
	put_filter(list, &head, image_out);
	put_sums(buffer_bytes(&body), &head, image_out);
	put_sizes(list, &head, image_out);
	n_texts = put_rows(list, &head, image_out);
	put_texts(list, &head, image_out);
	section = begin(&head, PART_RULES, image_out);
	buffer_put(image_out, rules.data, rules.size);
	end(section, image_out);
	buffer_align(image_out, LAYOUT_BLOCK);
	head.head_size = image_out->size;
	head.body_size = body.size;
	put_start(image_out, &head);
	buffer_put(image_out, body.data, body.size);
	err = n_texts > UINT32_MAX                       ? RQ_ERR_LIMIT
	      : buffer_ok(&body) && buffer_ok(image_out) ? RQ_OK
							 : RQ_ERR_MEMORY;
out:
	buffer_free(&body);
	buffer_free(&rules);
	return err;
}
