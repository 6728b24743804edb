#include "engine/ruleset/dispatch.h"

#include "bytes/alloc.h"

#include <stdlib.h>

struct term {
	struct buffer fingerprint;
	const struct need_event *event;
	struct image_gate gate;
};

struct wish {
	uint32_t term, rule;
	struct value constant;
};

struct dispatch {
	struct term *terms;
	size_t n_terms, terms_capacity;
	struct wish *wishes;
	size_t n_wishes, wishes_capacity;
};

enum rq_err dispatch_new(struct dispatch **dispatch_out)
{
	*dispatch_out = alloc_array(1, sizeof **dispatch_out);
	return *dispatch_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void dispatch_free(struct dispatch *dispatch)
{
	if (dispatch == NULL)
		return;
	for (size_t i = 0; i < dispatch->n_terms; i++)
		buffer_free(&dispatch->terms[i].fingerprint);
	alloc_free(dispatch->terms);
	alloc_free(dispatch->wishes);
	alloc_free(dispatch);
}

/* The term of this fingerprint, which is taken over.  There are few: most rules ask
 * for the same handful of expressions, the latest one first. */
static enum rq_err find_term(struct dispatch *d, struct buffer *fingerprint,
			     const struct need_event *event, uint32_t *term_out)
{
	struct bytes wanted = buffer_bytes(fingerprint);

	for (size_t i = d->n_terms; i > 0; i--)
		if (bytes_equal(buffer_bytes(&d->terms[i - 1].fingerprint), wanted)) {
			*term_out = (uint32_t)(i - 1);
			buffer_free(fingerprint);
			return RQ_OK;
		}
	if (!alloc_grow((void **)&d->terms, &d->terms_capacity, d->n_terms + 1,
			sizeof *d->terms))
		return RQ_ERR_MEMORY;
	*term_out = (uint32_t)d->n_terms;
	d->terms[d->n_terms++] =
	    (struct term){.fingerprint = *fingerprint, .event = event};
	*fingerprint = (struct buffer){0}; /* transferred */
	return RQ_OK;
}

enum rq_err dispatch_add(struct dispatch *d, const struct need_event *event,
			 uint32_t rule, struct image_gate gate)
{
	struct buffer fingerprint = {0};
	enum rq_err err = RQ_ERR_MEMORY;
	uint32_t term;

	emit_fingerprint(event->expr, event->loops, &fingerprint);
	if (!buffer_ok(&fingerprint))
		goto out;
	err = find_term(d, &fingerprint, event, &term);
	if (err != RQ_OK)
		goto out;
	d->terms[term].gate = need_gate_union(d->terms[term].gate, gate);
	err = RQ_ERR_MEMORY;
	if (!alloc_grow((void **)&d->wishes, &d->wishes_capacity, d->n_wishes + 1,
			sizeof *d->wishes))
		goto out;
	d->wishes[d->n_wishes++] = (struct wish){term, rule, event->constant};
	err = RQ_OK;
out:
	buffer_free(&fingerprint);
	return err;
}

/* ---- writing ---- */

static int compare_constants(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == VALUE_TEXT)
		return bytes_compare(a->text, b->text);
	return a->integer < b->integer ? -1 : a->integer > b->integer;
}

static int by_term_constant_rule(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;
	int order;

	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	order = compare_constants(&x->constant, &y->constant);
	if (order != 0)
		return order;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* FNV-1a, finished so that the low bits serve as the place in a table. */
uint32_t condition_key_hash(struct value value)
{
	uint64_t hash = 14695981039346656037u;
	uint64_t integer = (uint64_t)value.integer;

	if (value.type == VALUE_TEXT)
		for (size_t i = 0; i < value.text.n; i++)
			hash = (hash ^ value.text.at[i]) * 1099511628211u;
	else
		for (unsigned i = 0; i < 8; i++)
			hash = (hash ^ (integer >> (8 * i) & 0xFF)) * 1099511628211u;
	return (uint32_t)(hash ^ hash >> 32);
}

static size_t count_constants(const struct wish *wishes, size_t n)
{
	size_t n_constants = 0;

	for (size_t i = 0; i < n; i++)
		n_constants += i == 0 || compare_constants(&wishes[i - 1].constant,
							   &wishes[i].constant) != 0;
	return n_constants;
}

/* One constant with its rules, which are wishes[0..n), into the table. */
static void write_key(struct emitter *m, const struct wish *wishes, size_t n,
		      struct image_key *table, uint32_t size)
{
	struct value constant = wishes[0].constant;
	uint32_t place = condition_key_hash(constant) & (size - 1);
	struct image_key *key;
	uint32_t last = UINT32_MAX;

	while (table[place].type != VALUE_UNDEFINED)
		place = (place + 1) & (size - 1);
	key = &table[place];
	key->type = constant.type;
	if (constant.type == VALUE_TEXT)
		key->text = image_builder_text(m->image, constant.text);
	else
		key->integer = constant.integer;
	key->first = image_builder_count(m->image, IMAGE_KEY_RULES);
	for (size_t i = 0; i < n; i++) {
		if (wishes[i].rule == last)
			continue;
		last = wishes[i].rule;
		image_builder_add(m->image, IMAGE_KEY_RULES, &last, 1, sizeof last);
		key->n++;
	}
}

static enum rq_err write_table(struct emitter *m, const struct wish *wishes, size_t n,
			       struct image_term *term)
{
	uint32_t size = 4;
	struct image_key *table;

	while (size < 2 * count_constants(wishes, n))
		size *= 2;
	table = alloc_array(size, sizeof *table);
	if (table == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0, end; i < n; i = end) {
		end = i + 1;
		while (end < n && compare_constants(&wishes[i].constant,
						    &wishes[end].constant) == 0)
			end++;
		write_key(m, &wishes[i], end - i, table, size);
	}
	term->n_keys = size;
	term->first_key =
	    image_builder_add(m->image, IMAGE_KEYS, table, size, sizeof *table);
	alloc_free(table);
	return RQ_OK;
}

enum rq_err dispatch_write(struct dispatch *d, struct emitter *m)
{
	size_t at = 0, end;
	enum rq_err err;

	if (d->n_wishes > 0)
		qsort(d->wishes, d->n_wishes, sizeof *d->wishes, by_term_constant_rule);
	for (uint32_t t = 0; t < d->n_terms; t++, at = end) {
		const struct term *from = &d->terms[t];
		struct image_term term = {0};

		for (end = at; end < d->n_wishes && d->wishes[end].term == t;)
			end++;
		err = emit_term(m, from->event->expr, from->event->loops, &term.root);
		if (err == RQ_OK)
			err = write_table(m, &d->wishes[at], end - at, &term);
		if (err != RQ_OK)
			return err;
		term.gate = image_builder_add(m->image, IMAGE_GATES, &from->gate, 1,
					      sizeof from->gate);
		image_builder_add(m->image, IMAGE_TERMS, &term, 1, sizeof term);
	}
	return RQ_OK;
}
