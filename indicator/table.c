#include "indicator/table.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "engine/scan/scan.h"
#include "indicator/host.h"
#include "indicator/layout.h"

#include <string.h>

struct indicator_table {
	struct layout_head head;
	struct reader whole; /* of the image as it was given */
	struct reader filter, fences, sums, sizes, texts;
	struct bytes body;     /* in memory, or nothing */
	struct file file;      /* else it is here, behind the head */
	struct ruleset *names; /* NULL: none */
	struct scanner *scanner;
	uint32_t first[N_INDICATOR_KINDS + 1]; /* numbers */
	uint64_t room_block; /* what room holds; UINT64_MAX: nothing */
	uint8_t room[LAYOUT_BLOCK];
};

bool indicator_is_image(struct bytes data, uint64_t *head_size_out)
{
	return layout_head_size(data, head_size_out);
}

/* ---- opening ---- */

static struct reader section_of(const struct indicator_table *table,
				enum layout_part section)
{
	const struct layout_range *range = &table->head.sections[section];

	return reader_at(&table->whole, range->off, range->size);
}

static enum rq_err open_names(struct indicator_table *table, struct rq_diag *diag)
{
	struct reader rules = section_of(table, PART_RULES);
	struct scanner_options options;
	enum rq_err err;

	if (table->head.n_names == 0)
		return RQ_OK;
	err = ruleset_open(rules.start, rules.size, RULESET_CHECK_ALL, &table->names,
			   diag);
	if (err == RQ_OK && ruleset_n_rules(table->names) != table->head.n_names)
		err = RQ_ERR_FORMAT;
	scanner_options_default(&options);
	if (err == RQ_OK)
		err = scanner_new(table->names, &options, &table->scanner);
	return err;
}

static void number(struct indicator_table *table)
{
	uint32_t n = 0;

	for (int kind = 0; kind < N_INDICATOR_KINDS; kind++) {
		table->first[kind] = n;
		n += indicator_table_count(table, (enum indicator_kind)kind);
	}
	table->first[N_INDICATOR_KINDS] = n;
}

enum rq_err indicator_table_open(struct bytes image, struct file body,
				 struct indicator_table **table_out,
				 struct rq_diag *diag)
{
	struct indicator_table *table = alloc_array(1, sizeof *table);
	enum rq_err err = RQ_ERR_MEMORY;

	*table_out = NULL;
	if (table == NULL)
		return err;
	table->file = body;
	table->room_block = UINT64_MAX;
	table->whole = reader_over(image.at, image.n);
	err = layout_read_head(image, &table->head);
	if (err == RQ_OK && image.n > table->head.head_size) {
		struct reader r = reader_at(&table->whole, table->head.head_size,
					    table->head.body_size);

		table->body = reader_bytes(&r, table->head.body_size);
		if (image.n - table->head.head_size != table->head.body_size)
			err = RQ_ERR_FORMAT;
	}
	if (err != RQ_OK)
		(void)rq_fail(diag, err, NULL,
			      "not an image of indicators of this version, or damaged");
	table->filter = section_of(table, PART_FILTER);
	table->fences = section_of(table, PART_FENCES);
	table->sums = section_of(table, PART_SUMS);
	table->sizes = section_of(table, PART_SIZES);
	table->texts = section_of(table, PART_TEXTS);
	number(table);
	if (err == RQ_OK)
		err = open_names(table, diag);
	if (err != RQ_OK) {
		indicator_table_free(table);
		return err;
	}
	*table_out = table;
	return RQ_OK;
}

void indicator_table_free(struct indicator_table *table)
{
	if (table == NULL)
		return;
	scanner_free(table->scanner);
	ruleset_unref(table->names);
	alloc_free(table);
}

uint32_t indicator_table_count(const struct indicator_table *table,
			       enum indicator_kind kind)
{
	switch (kind) {
	case INDICATOR_NAME: return table->head.n_names;
	case INDICATOR_HOST: return table->head.n_hosts;
	case INDICATOR_ADDRESS: return table->head.n_addresses;
	default: return table->head.n_digests[kind];
	}
}

uint32_t indicator_table_size(const struct indicator_table *table)
{
	return table->first[N_INDICATOR_KINDS];
}

/* ---- blocks of the body ---- */

/* Verified every time: a block that was in order once may come from a bad disk anew. */
static enum rq_err read_block(struct indicator_table *table, uint64_t block,
			      struct bytes *data_out)
{
	struct reader sum = reader_at(&table->sums, block * 8, 8);
	uint64_t off = block * LAYOUT_BLOCK;
	struct reader body;
	size_t n = 0;

	*data_out = (struct bytes){table->room, LAYOUT_BLOCK};
	if (table->room_block == block)
		return RQ_OK;
	if (table->body.n > 0) {
		body = reader_over(table->body.at, table->body.n);
		body = reader_at(&body, off, LAYOUT_BLOCK);
		*data_out = reader_bytes(&body, LAYOUT_BLOCK);
	} else {
		table->room_block = UINT64_MAX;
		if (file_read_at(table->file, table->head.head_size + off, table->room,
				 LAYOUT_BLOCK, &n) != RQ_OK ||
		    n != LAYOUT_BLOCK)
			return RQ_ERR_FORMAT;
	}
	if (data_out->n != LAYOUT_BLOCK ||
	    layout_checksum(*data_out) != reader_u64le(&sum) || !reader_ok(&sum))
		return RQ_ERR_FORMAT;
	if (table->body.n == 0)
		table->room_block = block;
	return RQ_OK;
}

/* n bytes at off of a section of the body, into arena. */
static enum rq_err read_body(struct indicator_table *table, enum layout_part section,
			     uint64_t off, size_t n, struct arena *arena,
			     struct bytes *out)
{
	const struct layout_range *range = &table->head.sections[section];
	uint8_t *to = arena_array(arena, n + 1, 1);
	size_t done = 0;

	*out = (struct bytes){to, n};
	if (to == NULL)
		return RQ_ERR_MEMORY;
	if (off > range->size || n > range->size - off)
		return RQ_ERR_FORMAT;
	off += range->off;
	while (done < n) {
		size_t inside = (off + done) % LAYOUT_BLOCK,
		       part = LAYOUT_BLOCK - inside;
		struct bytes block;
		enum rq_err err =
		    read_block(table, (off + done) / LAYOUT_BLOCK, &block);

		if (err != RQ_OK)
			return err;
		if (part > n - done)
			part = n - done;
		memcpy(&to[done], &block.at[inside], part);
		done += part;
	}
	return RQ_OK;
}

/* ---- digests ---- */

static enum rq_err add_hit(struct indicator_hits *hits, uint32_t index)
{
	if (hits->n == CAP_HITS)
		return RQ_ERR_LIMIT;
	if (!alloc_grow((void **)&hits->at, &hits->capacity, hits->n + 1,
			sizeof *hits->at))
		return RQ_ERR_MEMORY;
	hits->at[hits->n++] = index;
	return RQ_OK;
}

static bool may_be_listed(const struct indicator_table *table, uint64_t key)
{
	uint64_t n = table->filter.size / FILTER_BLOCK;
	struct reader block = reader_at(
	    &table->filter, filter_block(key, n) * FILTER_BLOCK, FILTER_BLOCK);

	for (unsigned word = 0; word < 8; word++)
		if ((reader_u32le(&block) & filter_bit(key, word)) == 0)
			return false;
	return true;
}

static uint64_t row_u64(const struct reader *rows, uint32_t i)
{
	struct reader r = reader_at(rows, (uint64_t)i * 8, 8);

	return reader_u64le(&r);
}

/* The first row, from first on, that is key or greater; or end. */
static uint32_t first_from(const struct reader *rows, uint32_t first, uint32_t end,
			   uint64_t key)
{
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (row_u64(rows, middle) < key)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

enum indicator_size indicator_size_of(const struct indicator_table *table,
				      enum indicator_kind kind, uint64_t size)
{
	uint64_t start = (uint64_t)kind << LAYOUT_SIZE_SHIFT;
	uint64_t end = start + (UINT64_C(1) << LAYOUT_SIZE_SHIFT);
	uint32_t n = (uint32_t)(table->sizes.size / 8);
	uint32_t first = first_from(&table->sizes, 0, n, start);

	if (table->head.n_digests[kind] == 0)
		return INDICATOR_SIZE_OTHER;
	if (first == n || row_u64(&table->sizes, first) >= end)
		return INDICATOR_SIZE_ANY;
	if (size >= end - start)
		return INDICATOR_SIZE_OTHER;
	first = first_from(&table->sizes, first, n, start | size);
	return first < n && row_u64(&table->sizes, first) == (start | size)
		   ? INDICATOR_SIZE_TOLD
		   : INDICATOR_SIZE_OTHER;
}

/* Adds what fits in one block; *is_past_out: something greater stands there. */
static enum rq_err look_in_block(struct indicator_table *table,
				 enum indicator_kind kind, uint32_t block,
				 const uint8_t *digest, bool *is_past_out,
				 struct indicator_hits *hits)
{
	uint32_t rows = layout_rows(kind),
		 start = layout_first_block(&table->head, kind);
	uint32_t before = (block - start) * rows;
	uint32_t n = table->head.n_digests[kind] - before;
	size_t size = indicator_digest_size(kind) + 4;
	uint32_t low = 0, high;
	struct bytes data;
	enum rq_err err = read_block(table, block, &data);

	if (err != RQ_OK)
		return err;
	n = n < rows ? n : rows;
	for (high = n; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(&data.at[middle * size], digest, size - 4) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && err == RQ_OK; low++) {
		if (memcmp(&data.at[low * size], digest, size - 4) != 0)
			break;
		err = add_hit(hits, table->first[kind] + before + low);
	}
	*is_past_out = low < n;
	return err;
}

enum rq_err indicator_digest(struct indicator_table *table, enum indicator_kind kind,
			     const uint8_t *digest, struct indicator_hits *hits)
{
	uint64_t key = layout_key(digest);
	uint32_t first = layout_first_block(&table->head, kind);
	uint32_t end = first + layout_blocks(&table->head, kind), block;
	bool is_past = false;
	enum rq_err err = RQ_OK;

	if (first == end || !may_be_listed(table, key))
		return RQ_OK;
	block = first_from(&table->fences, first, end, key);
	/* it can stand in the block before, whose start is smaller */
	if (block > first)
		block--;
	for (; block < end && row_u64(&table->fences, block) <= key && !is_past &&
	       err == RQ_OK;
	     block++)
		err = look_in_block(table, kind, block, digest, &is_past, hits);
	return err;
}

/* ---- names ---- */

/* "n17": the rule of the 17th name. */
static uint32_t name_of_rule(struct bytes identifier)
{
	uint32_t n = 0;

	for (size_t i = 1; i < identifier.n; i++)
		n = n * 10 + (uint32_t)(identifier.at[i] - '0');
	return n;
}

enum rq_err indicator_path(struct indicator_table *table, struct bytes path,
			   struct indicator_hits *hits)
{
	const struct scan_request request = {0};
	const struct scan_result *result;
	struct object object;
	struct block block;
	enum rq_err err;

	if (table->scanner == NULL)
		return RQ_OK;
	object_of_bytes(path.at, path.n, &block, &object);
	err = scanner_scan(table->scanner, &object, &request, &result);
	for (size_t i = 0; err == RQ_OK && i < result->n_rules; i++) {
		uint32_t name = name_of_rule(
		    ruleset_rule(table->names, result->rules[i].rule).identifier);

		err = name < table->head.n_names
			  ? add_hit(hits, table->first[INDICATOR_NAME] + name)
			  : RQ_ERR_FORMAT;
	}
	/* many matches of one expression are as good as one */
	if (err == RQ_OK && (result->gaps & ~(uint32_t)SCAN_TOO_MANY_MATCHES) != 0)
		err = RQ_ERR_LIMIT;
	return err;
}

/* ---- hosts and addresses ---- */

static struct reader row_of(const struct indicator_table *table,
			    enum layout_part section, uint32_t i, size_t size)
{
	struct reader rows = section_of(table, section);

	return reader_at(&rows, (uint64_t)i * size, size);
}

static struct bytes row_text(const struct indicator_table *table, struct reader *row)
{
	uint32_t off = reader_u32le(row), n = reader_u32le(row);
	struct reader text = reader_at(&table->texts, off, n);

	return reader_bytes(&text, n);
}

static struct bytes host_at(const struct indicator_table *table, uint32_t i)
{
	struct reader row = row_of(table, PART_HOSTS, i, LAYOUT_HOST_ROW);

	return row_text(table, &row);
}

static enum rq_err look_for_host(struct indicator_table *table, struct bytes name,
				 struct indicator_hits *hits)
{
	uint32_t low = 0, high = table->head.n_hosts;
	enum rq_err err = RQ_OK;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (bytes_compare(host_at(table, middle), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; err == RQ_OK && low < table->head.n_hosts &&
	       bytes_equal(host_at(table, low), name);
	     low++)
		err = add_hit(hits, table->first[INDICATOR_HOST] + low);
	return err;
}

/* The ranges are ordered by their first; the greatest last so far says where those
 * before can hold it no more. */
static enum rq_err look_for_address(struct indicator_table *table,
				    const uint8_t address[16],
				    struct indicator_hits *hits)
{
	uint32_t low = 0, high = table->head.n_addresses;
	enum rq_err err = RQ_OK;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct reader row =
		    row_of(table, PART_ADDRESSES, middle, LAYOUT_ADDRESS_ROW);

		if (memcmp(reader_bytes(&row, 16).at, address, 16) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (err == RQ_OK && low-- > 0) {
		struct reader row =
		    row_of(table, PART_ADDRESSES, low, LAYOUT_ADDRESS_ROW);
		struct bytes last, greatest;

		reader_skip(&row, 16);
		last = reader_bytes(&row, 16);
		greatest = reader_bytes(&row, 16);
		if (memcmp(greatest.at, address, 16) < 0)
			break;
		if (memcmp(last.at, address, 16) >= 0)
			err = add_hit(hits, table->first[INDICATOR_ADDRESS] + low);
	}
	return err;
}

enum rq_err indicator_host(struct indicator_table *table, struct bytes host,
			   struct indicator_hits *hits)
{
	struct host_form form;
	struct bytes name;
	enum rq_err err = RQ_OK;

	if (!host_read(host, &form))
		return RQ_OK; /* nothing that a list can name */
	if (form.is_address)
		return look_for_address(table, form.first, hits);
	name = (struct bytes){(const uint8_t *)form.name, form.n_name};
	while (err == RQ_OK && name.n > 0) {
		const uint8_t *dot;

		err = look_for_host(table, name, hits);
		dot = memchr(name.at, '.', name.n);
		if (dot == NULL)
			break;
		name.n -= (size_t)(dot + 1 - name.at);
		name.at = dot + 1;
	}
	return err;
}

/* ---- what an indicator says ---- */

static enum rq_err digest_entry(struct indicator_table *table, uint32_t i,
				struct arena *arena, struct indicator_entry *entry,
				uint32_t *detail_out)
{
	uint32_t rows = layout_rows(entry->kind);
	size_t size = indicator_digest_size(entry->kind);
	struct buffer hex = {0};
	struct bytes data;
	struct reader row;
	char *text;
	enum rq_err err = read_block(
	    table, layout_first_block(&table->head, entry->kind) + i / rows, &data);

	if (err != RQ_OK)
		return err;
	row = reader_over(data.at, data.n);
	reader_skip(&row, (uint64_t)(i % rows) * (size + 4));
	encode_hex(&hex, reader_bytes(&row, size));
	*detail_out = reader_u32le(&row);
	text = buffer_ok(&hex) ? arena_copy(arena, hex.data, hex.size) : NULL;
	entry->text = (struct bytes){(const uint8_t *)text, hex.size};
	buffer_free(&hex);
	return text != NULL ? RQ_OK : RQ_ERR_MEMORY;
}

static uint32_t row_entry(struct indicator_table *table, uint32_t i,
			  struct indicator_entry *entry)
{
	struct reader row;

	if (entry->kind == INDICATOR_ADDRESS) {
		row = row_of(table, PART_ADDRESSES, i, LAYOUT_ADDRESS_ROW);
		reader_skip(&row, 48);
	} else if (entry->kind == INDICATOR_HOST) {
		row = row_of(table, PART_HOSTS, i, LAYOUT_HOST_ROW);
	} else {
		row = row_of(table, PART_NAMES, i, LAYOUT_NAME_ROW);
	}
	entry->text = row_text(table, &row);
	return reader_u32le(&row);
}

static enum rq_err read_detail(struct indicator_table *table, uint32_t detail,
			       struct arena *arena, struct indicator_entry *entry)
{
	struct reader r, row;
	struct bytes data;
	uint32_t list, n_description, n_reference;
	uint64_t off;
	enum rq_err err =
	    read_body(table, PART_DETAILS, (uint64_t)detail * LAYOUT_DETAIL_ROW,
		      LAYOUT_DETAIL_ROW, arena, &data);

	if (err != RQ_OK)
		return err;
	r = reader_over(data.at, data.n);
	list = reader_u32le(&r);
	entry->score = (int32_t)reader_u32le(&r);
	off = reader_u64le(&r);
	n_description = reader_u32le(&r);
	n_reference = reader_u32le(&r);
	row = row_of(table, PART_LISTS, list, LAYOUT_LIST_ROW);
	entry->list = row_text(table, &row);
	err = read_body(table, PART_DETAIL_TEXTS, off, n_description, arena,
			&entry->description);
	if (err == RQ_OK)
		err = read_body(table, PART_DETAIL_TEXTS, off + n_description,
				n_reference, arena, &entry->reference);
	return err;
}

enum rq_err indicator_entry(struct indicator_table *table, uint32_t index,
			    struct arena *arena, struct indicator_entry *entry_out)
{
	enum indicator_kind kind = INDICATOR_MD5;
	uint32_t i, detail = 0;
	enum rq_err err = RQ_OK;

	*entry_out = (struct indicator_entry){0};
	if (index >= indicator_table_size(table))
		return RQ_ERR_NOT_FOUND;
	while (index >= table->first[kind + 1])
		kind++;
	i = index - table->first[kind];
	entry_out->kind = kind;
	if ((int)kind < N_INDICATOR_DIGESTS)
		err = digest_entry(table, i, arena, entry_out, &detail);
	else
		detail = row_entry(table, i, entry_out);
	return err == RQ_OK ? read_detail(table, detail, arena, entry_out) : err;
}
