/* The header of an open file: writer and reader side by side, field by field. */
#include "sealed/sealed_internal.h"

#include "bytes/encoding.h"

#include <string.h>

/* At most SEALED_TEXT_MAX bytes, ending with a whole character. */
static void put_text(struct buffer *out, struct bytes text)
{
	struct buffer visible = {0};
	size_t n = 0;

	encode_visible(&visible, text);
	while (n < visible.size) {
		size_t more = utf8_sequence(
		    (struct bytes){visible.data + n, visible.size - n}, NULL);

		if (more == 0 || n + more > SEALED_TEXT_MAX)
			break;
		n += more;
	}
	buffer_u8(out, (uint8_t)n);
	buffer_put(out, visible.data, n);
	out->failed |= !buffer_ok(&visible);
	buffer_free(&visible);
}

static struct bytes get_text(struct reader *r)
{
	struct bytes text = reader_bytes(r, reader_u8(r)), rest = text;
	uint32_t code_point;

	while (rest.n > 0) {
		size_t n = utf8_sequence(rest, &code_point);

		if (n == 0 || code_point_is_hidden(code_point)) {
			reader_fail(r);
			break;
		}
		rest = (struct bytes){rest.at + n, rest.n - n};
	}
	return text;
}

static void get_bytes(struct reader *r, uint8_t *to, size_t n)
{
	struct bytes from = reader_bytes(r, n);

	if (from.n > 0)
		memcpy(to, from.at, from.n);
}

static void put_lists(struct buffer *out, const struct sealed_header *header)
{
	buffer_u8(out, (uint8_t)header->n_contents);
	for (size_t i = 0; i < header->n_contents; i++) {
		put_text(out, header->contents[i].name);
		put_text(out, header->contents[i].version);
		buffer_put(out, header->contents[i].sha256, 32);
	}
	buffer_u8(out, (uint8_t)header->n_facts);
	for (size_t i = 0; i < header->n_facts; i++) {
		buffer_u8(out, (uint8_t)header->facts[i].kind);
		put_text(out, header->facts[i].text);
	}
}

static void get_lists(struct reader *r, struct sealed_header *header)
{
	uint8_t least = FACT_HOST_NAME;
	size_t n_contents = reader_u8(r), n_facts;

	if (n_contents > CAP_SEALED_CONTENTS)
		reader_fail(r);
	for (size_t i = 0; reader_ok(r) && i < n_contents; i++) {
		header->contents[i].name = get_text(r);
		header->contents[i].version = get_text(r);
		get_bytes(r, header->contents[i].sha256, 32);
		header->n_contents = i + 1;
	}
	n_facts = reader_u8(r);
	if (n_facts > CAP_SEALED_FACTS)
		reader_fail(r);
	for (size_t i = 0; reader_ok(r) && i < n_facts; i++) {
		uint8_t kind = reader_u8(r);

		if (kind < least || kind >= N_FACT_KINDS)
			reader_fail(r);
		least = kind;
		header->facts[i].kind = (enum sealed_fact_kind)kind;
		header->facts[i].text = get_text(r);
		header->n_facts = i + 1;
	}
}

void sealed_header_write(struct buffer *out, const struct sealed_header *header)
{
	buffer_put(out, header->copy, sizeof header->copy);
	put_text(out, header->program);
	put_text(out, header->kit);
	buffer_u64le(out, header->started_ms);
	buffer_u64le(out, header->ended_ms);
	buffer_u64le(out, header->sealed_ms);
	buffer_u64le(out, header->uptime_ms);
	put_text(out, header->boot_id);
	put_lists(out, header);
	buffer_u8(out, (uint8_t)header->verdict);
	buffer_u64le(out, header->n_seen);
	buffer_u64le(out, header->n_scanned);
	buffer_u64le(out, header->n_found);
	buffer_u64le(out, header->n_findings);
	buffer_u64le(out, header->n_gaps);
	buffer_u64le(out, header->bytes_scanned);
	buffer_u8(out, header->is_compressed);
	buffer_u32le(out, header->body_size);
}

bool sealed_header_read(struct bytes bytes, struct sealed_header *header)
{
	struct reader r = reader_over(bytes.at, bytes.n);
	uint8_t verdict, packing;

	get_bytes(&r, header->copy, sizeof header->copy);
	header->program = get_text(&r);
	header->kit = get_text(&r);
	header->started_ms = reader_u64le(&r);
	header->ended_ms = reader_u64le(&r);
	header->sealed_ms = reader_u64le(&r);
	header->uptime_ms = reader_u64le(&r);
	header->boot_id = get_text(&r);
	get_lists(&r, header);
	verdict = reader_u8(&r);
	header->verdict = (enum verdict)verdict;
	header->n_seen = reader_u64le(&r);
	header->n_scanned = reader_u64le(&r);
	header->n_found = reader_u64le(&r);
	header->n_findings = reader_u64le(&r);
	header->n_gaps = reader_u64le(&r);
	header->bytes_scanned = reader_u64le(&r);
	packing = reader_u8(&r);
	header->is_compressed = packing == 1;
	header->body_size = reader_u32le(&r);
	return reader_done(&r) && verdict <= VERDICT_UNKNOWN && packing <= 1 &&
	       header->body_size <= CAP_SEALED_BODY;
}
