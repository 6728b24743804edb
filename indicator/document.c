#include "indicator/document.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"
#include "indicator/document_json.h"
#include "indicator/lines.h"

static uint8_t next_visible(struct reader *r)
{
	uint8_t c;

	do
		c = reader_u8(r);
	while (reader_ok(r) && c <= ' ');
	return c;
}

bool document_is_one(struct bytes text)
{
	struct reader r = lines_of(text).rest;
	uint8_t first = next_visible(&r), second = next_visible(&r);

	/* a line of a host list may begin with [2001:db8::1] */
	return (first == '{' && (second == '"' || second == '}')) ||
	       (first == '[' && (second == '{' || second == ']'));
}

/* ---- members ---- */

struct bytes member_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct bytes){NULL, 0};
	return (struct bytes){(const uint8_t *)json_string_value(value),
			      json_string_length(value)};
}

bool member_is_set(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_true(value) || json_integer_value(value) != 0 ||
	       bytes_equal_text(member_text(object, key), "1");
}

uint64_t member_size(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	uint64_t size = 0;

	if (json_is_integer(value))
		return json_integer_value(value) > 0
			   ? (uint64_t)json_integer_value(value)
			   : 0;
	return text_size(member_text(object, key), &size) ? size : 0;
}

/* ---- the whole ---- */

static void *take(size_t n)
{
	return alloc_array(n > 0 ? n : 1, 1);
}

static enum rq_err parse(struct indicator_list *list, struct bytes text,
			 json_t **root_out)
{
	uint64_t refusals = alloc_refusals();
	json_error_t error = {.line = -1};

	json_set_alloc_funcs(take, alloc_free);
	*root_out =
	    json_loadb((const char *)text.at, text.n, JSON_REJECT_DUPLICATES, &error);
	if (*root_out != NULL)
		return RQ_OK;
	if (alloc_refusals() != refusals)
		return RQ_ERR_MEMORY;
	return indicator_refuse(list, error.line > 0 ? (uint64_t)error.line : 0,
				"no JSON that can be read", bytes_of(error.text));
}

static enum rq_err read_root(struct indicator_list *list, const json_t *root,
			     int64_t now)
{
	if (is_stix(root))
		return read_stix(list, root, now);
	if (is_misp(root))
		return read_misp(list, root);
	return indicator_refuse(list, 0, "neither a MISP event nor STIX 2.1",
				(struct bytes){NULL, 0});
}

enum rq_err read_document(struct indicator_list *list, struct bytes text, int64_t now)
{
	struct reader r = lines_of(text).rest;
	struct bytes body = reader_bytes(&r, reader_left(&r));
	json_t *root = NULL;
	enum rq_err err;

	if (body.n > CAP_INDICATOR_JSON)
		return indicator_refuse(list, 0, "a JSON document that is too large",
					(struct bytes){NULL, 0});
	err = parse(list, body, &root);
	if (err == RQ_OK && root != NULL)
		err = read_root(list, root, now);
	json_decref(root);
	return err;
}
