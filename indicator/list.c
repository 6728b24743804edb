#include "indicator/list.h"

#include "bytes/alloc.h"
#include "bytes/cap.h"

#include <string.h>

const char *indicator_kind_name(enum indicator_kind kind)
{
	static const char *const names[N_INDICATOR_KINDS] = {
	    [INDICATOR_MD5] = "md5",       [INDICATOR_SHA1] = "sha1",
	    [INDICATOR_SHA256] = "sha256", [INDICATOR_NAME] = "name",
	    [INDICATOR_HOST] = "host",     [INDICATOR_ADDRESS] = "address",
	};

	return names[kind];
}

size_t indicator_digest_size(enum indicator_kind kind)
{
	static const size_t sizes[N_INDICATOR_DIGESTS] = {16, 20, 32};

	return sizes[kind];
}

enum rq_err indicator_list_new(struct indicator_list **list_out)
{
	struct indicator_list *list = alloc_array(1, sizeof *list);
	enum rq_err err = RQ_ERR_MEMORY;

	*list_out = NULL;
	if (list != NULL)
		err = arena_new(CAP_INDICATOR_TEXTS, &list->arena);
	if (err != RQ_OK) {
		alloc_free(list);
		return err;
	}
	*list_out = list;
	return RQ_OK;
}

void indicator_list_free(struct indicator_list *list)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < N_INDICATOR_DIGESTS; i++) {
		alloc_free(list->digests[i].rows);
		alloc_free(list->digests[i].sizes);
	}
	alloc_free(list->names);
	alloc_free(list->hosts);
	alloc_free(list->addresses);
	alloc_free(list->details);
	alloc_free(list->lists);
	alloc_free(list->refused.at);
	alloc_free(list->left_out.at);
	arena_free(list->arena);
	alloc_free(list);
}

/* Room for one more in an array of the list. */
static bool more(void *array, size_t *capacity, size_t n, size_t size)
{
	return n < CAP_INDICATORS && alloc_grow(array, capacity, n + 1, size);
}

static bool copy(struct indicator_list *list, struct bytes from, struct bytes *to)
{
	char *text = arena_copy(list->arena, from.at, from.n);

	*to = (struct bytes){(const uint8_t *)text, from.n};
	return text != NULL;
}

enum rq_err indicator_list_begin(struct indicator_list *list, struct bytes name)
{
	if (!more(&list->lists, &list->lists_capacity, list->n_lists,
		  sizeof *list->lists) ||
	    !copy(list, name, &list->lists[list->n_lists]))
		return RQ_ERR_MEMORY;
	list->n_lists++;
	return RQ_OK;
}

/* ---- details ---- */

/* The first address of a page in text, or nothing. */
static struct bytes find_reference(struct bytes text)
{
	static const char *const starts[] = {"http://", "https://"};

	for (size_t i = 0; i < text.n; i++)
		for (size_t k = 0; k < 2; k++) {
			size_t n = strlen(starts[k]), end = i;

			if (text.n - i < n || memcmp(&text.at[i], starts[k], n) != 0)
				continue;
			while (end < text.n && text.at[end] > ' ')
				end++;
			return (struct bytes){&text.at[i], end - i};
		}
	return (struct bytes){NULL, 0};
}

/* Cut at CAP_INDICATOR_TEXT, between two characters. */
static struct bytes cut(struct bytes text)
{
	if (text.n > CAP_INDICATOR_TEXT) {
		text.n = CAP_INDICATOR_TEXT;
		while (text.n > 0 && (text.at[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	return text;
}

enum rq_err indicator_list_detail(struct indicator_list *list, int32_t score,
				  struct bytes description, struct bytes reference,
				  uint32_t *detail_out)
{
	struct indicator_detail detail = {.list = (uint32_t)list->n_lists - 1,
					  .score = score};
	const struct indicator_detail *last;

	if (reference.n == 0)
		reference = find_reference(description);
	description = cut(description);
	reference = cut(reference);
	/* lists say the same of many in a row */
	last = list->n_details > 0 ? &list->details[list->n_details - 1] : NULL;
	if (last != NULL && last->list == detail.list && last->score == score &&
	    bytes_equal(last->description, description) &&
	    bytes_equal(last->reference, reference)) {
		*detail_out = (uint32_t)list->n_details - 1;
		return RQ_OK;
	}
	if (!copy(list, description, &detail.description) ||
	    !copy(list, reference, &detail.reference) ||
	    !more(&list->details, &list->details_capacity, list->n_details,
		  sizeof detail))
		return RQ_ERR_MEMORY;
	*detail_out = (uint32_t)list->n_details;
	list->details[list->n_details++] = detail;
	return RQ_OK;
}

/* ---- digests ---- */

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool indicator_is_digest(struct bytes text, enum indicator_kind *kind_out)
{
	for (int kind = 0; kind < N_INDICATOR_DIGESTS; kind++)
		if (text.n == 2 * indicator_digest_size((enum indicator_kind)kind)) {
			*kind_out = (enum indicator_kind)kind;
			for (size_t i = 0; i < text.n; i++)
				if (hex_value(text.at[i]) < 0)
					return false;
			return true;
		}
	return false;
}

enum rq_err indicator_add_digest(struct indicator_list *list, enum indicator_kind kind,
				 struct bytes text, uint64_t file_size, uint32_t detail)
{
	struct indicator_digests *digests = &list->digests[kind];
	size_t size = indicator_digest_size(kind);
	uint8_t *row;

	if (digests->n == CAP_INDICATORS)
		return RQ_ERR_LIMIT;
	if (!alloc_grow((void **)&digests->rows, &digests->capacity, digests->n + 1,
			size + 4) ||
	    (file_size > 0 &&
	     !alloc_grow((void **)&digests->sizes, &digests->sizes_capacity,
			 digests->n_sizes + 1, sizeof file_size)))
		return RQ_ERR_MEMORY;
	if (file_size > 0)
		digests->sizes[digests->n_sizes++] = file_size;
	row = &digests->rows[digests->n++ * (size + 4)];
	for (size_t i = 0; i < size; i++)
		row[i] = (uint8_t)(hex_value(text.at[2 * i]) * 16 +
				   hex_value(text.at[2 * i + 1]));
	for (size_t i = 0; i < 4; i++)
		row[size + i] = (uint8_t)(detail >> 8 * i);
	return RQ_OK;
}

/* ---- the others ---- */

enum rq_err indicator_add_name(struct indicator_list *list,
			       const struct indicator_name *name)
{
	struct indicator_name *to;

	if (!more(&list->names, &list->names_capacity, list->n_names,
		  sizeof *list->names))
		return RQ_ERR_MEMORY;
	to = &list->names[list->n_names];
	*to = *name;
	if (!copy(list, name->text, &to->text) ||
	    !copy(list, name->expression, &to->expression) ||
	    !copy(list, name->exclusion, &to->exclusion))
		return RQ_ERR_MEMORY;
	list->n_names++;
	return RQ_OK;
}

enum rq_err indicator_add_host(struct indicator_list *list,
			       const struct indicator_host *host)
{
	struct indicator_host *to;

	if (!more(&list->hosts, &list->hosts_capacity, list->n_hosts,
		  sizeof *list->hosts))
		return RQ_ERR_MEMORY;
	to = &list->hosts[list->n_hosts];
	*to = *host;
	if (!copy(list, host->name, &to->name))
		return RQ_ERR_MEMORY;
	list->n_hosts++;
	return RQ_OK;
}

enum rq_err indicator_add_address(struct indicator_list *list,
				  const struct indicator_address *address)
{
	struct indicator_address *to;

	if (!more(&list->addresses, &list->addresses_capacity, list->n_addresses,
		  sizeof *list->addresses))
		return RQ_ERR_MEMORY;
	to = &list->addresses[list->n_addresses];
	*to = *address;
	if (!copy(list, address->text, &to->text))
		return RQ_ERR_MEMORY;
	list->n_addresses++;
	return RQ_OK;
}

static enum rq_err remark(struct indicator_list *list, struct indicator_remarks *to,
			  struct indicator_remark remark)
{
	to->n_all++;
	if (to->n == CAP_INDICATOR_REFUSALS)
		return RQ_OK;
	remark.list = (uint32_t)list->n_lists - 1;
	if (!copy(list, cut(remark.text), &remark.text) ||
	    !alloc_grow((void **)&to->at, &to->capacity, to->n + 1, sizeof remark))
		return RQ_ERR_MEMORY;
	to->at[to->n++] = remark;
	return RQ_OK;
}

enum rq_err indicator_refuse(struct indicator_list *list, uint64_t line,
			     const char *reason, struct bytes text)
{
	return remark(
	    list, &list->refused,
	    (struct indicator_remark){.line = line, .reason = reason, .text = text});
}

enum rq_err indicator_leave_out(struct indicator_list *list, uint64_t line,
				const char *reason, struct bytes text)
{
	return remark(
	    list, &list->left_out,
	    (struct indicator_remark){.line = line, .reason = reason, .text = text});
}

size_t indicator_list_count(const struct indicator_list *list, enum indicator_kind kind)
{
	switch (kind) {
	case INDICATOR_NAME: return list->n_names;
	case INDICATOR_HOST: return list->n_hosts;
	case INDICATOR_ADDRESS: return list->n_addresses;
	default: return list->digests[kind].n;
	}
}
