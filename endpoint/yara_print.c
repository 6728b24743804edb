#include "endpoint/yara_print.h"

#include "bytes/encoding.h"

#include <inttypes.h>
#include <string.h>

enum { HEX_SHOWN = 64 };

void yara_print_path(struct buffer *out, struct bytes path, bool visible)
{
	if (visible) {
		encode_visible(out, path);
		return;
	}
	for (size_t i = 0; i < path.n; i++) {
		if (path.at[i] == '\n')
			buffer_text(out, "\\n");
		else if (path.at[i] == '\r')
			buffer_text(out, "\\r");
		else
			buffer_u8(out, path.at[i]);
	}
}

void yara_print_message(struct buffer *out, const struct rule_message *message)
{
	const char *kind = message->is_warning ? "warning" : "error";

	if (message->rule != NULL)
		buffer_format(out, "%s: rule \"%s\" in %s(%u): %s\n", kind,
			      message->rule, message->place.file,
			      (unsigned)message->place.line, message->text);
	else
		buffer_format(out, "%s(%u): %s: %s\n", message->place.file,
			      (unsigned)message->place.line, kind, message->text);
}

static bool is_printable(uint8_t byte)
{
	return byte >= 32 && byte <= 126;
}

static void match_text(struct buffer *out, struct bytes data, uint8_t key)
{
	for (size_t i = 0; i < data.n; i++) {
		uint8_t byte = data.at[i] ^ key;

		if (is_printable(byte))
			buffer_u8(out, byte);
		else
			buffer_format(out, "\\x%02X", byte);
	}
}

static void match_hex(struct buffer *out, struct bytes data)
{
	for (size_t i = 0; i < data.n && i < HEX_SHOWN; i++)
		buffer_format(out, "%s%02X", i == 0 ? "" : " ", data.at[i]);
	if (data.n > HEX_SHOWN)
		buffer_text(out, " ...");
}

/* Text of metadata as C writes it, with octal numbers. */
static void meta_text(struct buffer *out, struct bytes text)
{
	static const char letters[] = "abtnvfr"; /* from 7 on */

	for (size_t i = 0; i < text.n; i++) {
		uint8_t byte = text.at[i];

		if (byte == '"' || byte == '\'' || byte == '\\')
			buffer_format(out, "\\%c", byte);
		else if (byte >= 7 && byte <= 13)
			buffer_format(out, "\\%c", letters[byte - 7]);
		else if (byte >= 32 && byte < 127)
			buffer_u8(out, byte);
		else
			buffer_format(out, "\\%03o", byte);
	}
}

static void metas(struct buffer *out, const struct ruleset *ruleset, uint32_t rule,
		  uint32_t n)
{
	buffer_u8(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		struct ruleset_meta meta = ruleset_meta(ruleset, rule, i);

		buffer_text(out, i > 0 ? "," : "");
		buffer_put(out, meta.key.at, meta.key.n);
		switch (meta.kind) {
		case META_INT: /* with the blank that yara has there */
			buffer_format(out, " =%" PRId64, meta.integer);
			break;
		case META_BOOL:
			buffer_text(out, meta.integer != 0 ? "=true" : "=false");
			break;
		case META_TEXT:
			buffer_text(out, "=\"");
			meta_text(out, meta.text);
			buffer_u8(out, '"');
			break;
		}
	}
	buffer_text(out, "] ");
}

static void tags(struct buffer *out, const struct ruleset *ruleset, uint32_t rule,
		 uint32_t n)
{
	buffer_u8(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		struct bytes tag = ruleset_tag(ruleset, rule, i);

		buffer_text(out, i > 0 ? "," : "");
		buffer_put(out, tag.at, tag.n);
	}
	buffer_text(out, "] ");
}

static void string(struct buffer *out, const struct yara_print_options *options,
		   const struct worker_string *from)
{
	for (size_t i = 0; i < from->n_matches; i++) {
		const struct worker_match *match = &from->matches[i];

		buffer_format(out, "0x%" PRIx64 ":", match->offset);
		if (options->lengths)
			buffer_format(out, "%zu:", match->data.n);
		buffer_put(out, from->identifier.at, from->identifier.n);
		if (options->xor_keys) {
			buffer_format(out, ":xor(0x%02x,", match->xor_key);
			match_text(out, match->data, match->xor_key);
			buffer_u8(out, ')');
		}
		if (options->strings) {
			buffer_text(out, ": ");
			if (from->is_hex)
				match_hex(out, match->data);
			else
				match_text(out, match->data, 0);
		}
		buffer_u8(out, '\n');
	}
}

static void rule_lines(struct buffer *out, const struct yara_print_options *options,
		       const struct rules *rules, struct bytes path,
		       const struct worker_rule *found)
{
	struct ruleset_rule rule = ruleset_rule(rules->ruleset, found->rule);

	if (options->name_space) {
		buffer_put(out, rule.name_space.at, rule.name_space.n);
		buffer_u8(out, ':');
	}
	buffer_put(out, rule.identifier.at, rule.identifier.n);
	buffer_u8(out, ' ');
	if (options->tags)
		tags(out, rules->ruleset, found->rule, rule.n_tags);
	if (options->meta)
		metas(out, rules->ruleset, found->rule, rule.n_metas);
	yara_print_path(out, path, options->visible);
	buffer_u8(out, '\n');
	if (!options->strings && !options->lengths && !options->xor_keys)
		return;
	for (size_t i = 0; i < found->n_strings; i++)
		if (!found->strings[i].is_private)
			string(out, options, &found->strings[i]);
}

static bool has_tag(const struct yara_print_options *options,
		    const struct ruleset *ruleset, uint32_t rule, uint32_t n_tags)
{
	for (size_t i = 0; i < options->n_only_tags; i++)
		for (uint32_t k = 0; k < n_tags; k++)
			if (bytes_equal_text(ruleset_tag(ruleset, rule, k),
					     options->only_tags[i]))
				return true;
	return false;
}

/* -i wins over -t when both are given. */
static bool is_wanted(const struct yara_print_options *options,
		      const struct ruleset *ruleset, uint32_t index)
{
	struct ruleset_rule rule = ruleset_rule(ruleset, index);

	if (options->n_only_rules > 0) {
		for (size_t i = 0; i < options->n_only_rules; i++)
			if (bytes_equal_text(rule.identifier, options->only_rules[i]))
				return true;
		return false;
	}
	return options->n_only_tags == 0 ||
	       has_tag(options, ruleset, index, rule.n_tags);
}

/* The rules in their order, each with whether the answer lists it. */
static int64_t walk(struct buffer *out, const struct yara_print_options *options,
		    const struct rules *rules, struct bytes path,
		    const struct worker_answer *answer, struct yara_counts *counts)
{
	int64_t n_matching = 0;
	size_t next = 0;

	for (uint32_t i = 0; i < rules->n_rules; i++) {
		const struct worker_rule *listed = NULL;
		bool matches;

		if (next < answer->n_rules && answer->rules[next].rule == i)
			listed = &answer->rules[next++];
		if (ruleset_rule(rules->ruleset, i).is_private)
			continue;
		matches = (listed != NULL) != options->negate;
		if (listed != NULL && !options->count &&
		    is_wanted(options, rules->ruleset, i))
			rule_lines(out, options, rules, path, listed);
		if (matches) {
			n_matching++;
			counts->n_total++;
		}
		if (options->limit != 0 && counts->n_total >= options->limit &&
		    (matches || listed != NULL))
			break;
	}
	return n_matching;
}

/* The tabs in front are ours, what follows may hold a key of the object. */
static void module_line(struct buffer *out, const struct yara_print_options *options,
			struct bytes line)
{
	size_t n = 0;

	while (options->visible && n < line.n && line.at[n] == '\t')
		n++;
	buffer_put(out, line.at, options->visible ? n : line.n);
	if (options->visible)
		encode_visible(out, (struct bytes){line.at + n, line.n - n});
	buffer_u8(out, '\n');
}

int64_t yara_print_object(struct buffer *out, const struct yara_print_options *options,
			  const struct rules *rules, struct bytes path,
			  const struct worker_answer *answer,
			  struct yara_counts *counts)
{
	for (size_t i = 0; i < answer->n_module_data; i++)
		module_line(out, options, answer->module_data[i]);
	for (size_t i = 0; !options->quiet && i < answer->n_console; i++) {
		buffer_put(out, answer->console[i].at, answer->console[i].n);
		buffer_u8(out, '\n');
	}
	return walk(out, options, rules, path, answer, counts);
}
