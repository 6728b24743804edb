#include "engine/module/dotnet_internal.h"

#include "bytes/cut.h"

#include <string.h>

enum {
	MAX_METHODS = 20000,      /* libyara's limits: of a class, and */
	MAX_PARAMETERS = 2000,    /* of a method */
	SIGNATURE_GENERIC = 0x10, /* II.23.2.1 */
	N_VALUES = 65536,         /* of a column of two bytes */
};

/* ---- rows by value ---- */

static void make_index(struct net_classes *c, enum dotnet_table_id table,
		       unsigned column, struct net_index *index)
{
	uint32_t n = c->dotnet->table[table].n_rows, value;

	if (index->is_made)
		return;
	index->is_made = true;
	if (n == 0)
		return;
	index->first = arena_array(c->arena, N_VALUES, sizeof *index->first);
	index->next = arena_array(c->arena, n + 1, sizeof *index->next);
	if (index->first == NULL || index->next == NULL) {
		index->first = NULL;
		return;
	}
	for (uint32_t row = n; row > 0; row--) { /* backwards: lists rise */
		if (!dotnet_cell(c->dotnet, table, row, column, &value) ||
		    value >= N_VALUES)
			continue;
		index->next[row] = index->first[value];
		index->first[value] = (uint16_t)row;
	}
}

static uint32_t first_row(const struct net_index *index, uint32_t value)
{
	return index->first != NULL && value < N_VALUES ? index->first[value] : 0;
}

static uint32_t enclosing(void *context, uint32_t type)
{
	struct net_classes *c = context;

	make_index(c, DOTNET_NESTED_CLASS, NESTED_CLASS, &c->nested);
	return first_row(&c->nested, type);
}

/* ---- texts ---- */

static struct bytes keep(struct net_classes *c, bool is_known, struct buffer *text)
{
	struct bytes kept = {NULL, 0};

	if (!buffer_ok(text)) /* or without memory, which is told as well */
		cut_note(CUT_OURS);
	if (is_known && buffer_ok(text)) {
		kept.at = (const uint8_t *)arena_copy(c->arena, text->data, text->size);
		kept.n = kept.at != NULL ? text->size : 0;
	}
	buffer_free(text);
	return kept;
}

/* ---- classes ---- */

static void add_class(struct net_classes *c, uint32_t row)
{
	const struct dotnet *d = c->dotnet;
	struct net_class class_ = {.row = row};
	struct bytes name;

	if (!dotnet_cell(d, DOTNET_TYPE_DEF, row, TYPE_DEF_FLAGS, &class_.flags) ||
	    !dotnet_cell_text(d, DOTNET_TYPE_DEF, row, TYPE_DEF_NAME, &name) ||
	    name.n == 0 || name.at[0] == '`' || bytes_equal_text(name, "<Module>"))
		return;
	class_.name = name;
	if (arena_grow(c->arena, (void **)&c->at, &c->capacity, c->n + 1,
		       sizeof *c->at))
		c->at[c->n++] = class_;
}

void net_classes_make(const struct dotnet *dotnet, struct arena *arena,
		      struct net_classes *classes_out)
{
	struct net_classes *c = classes_out;

	*c = (struct net_classes){.dotnet = dotnet, .arena = arena, .is_made = true};
	c->types = (struct dotnet_types){dotnet, enclosing, c};
	for (uint32_t row = 1;
	     dotnet->is_complete && row <= dotnet->table[DOTNET_TYPE_DEF].n_rows; row++)
		add_class(c, row);
}

static bool put_namespace(struct net_classes *c, const struct net_class *class_,
			  struct buffer *text)
{
	struct bytes space;
	bool is_known = dotnet_cell_text(c->dotnet, DOTNET_TYPE_DEF, class_->row,
					 TYPE_DEF_NAMESPACE, &space);

	if (dotnet_is_nested(class_->flags)) {
		is_known = dotnet_enclosing(&c->types, class_->row, 1, text);
		return dotnet_full_name(text, 0, is_known, space);
	}
	buffer_put(text, space.at, space.n);
	return is_known;
}

struct bytes net_class_namespace(struct net_classes *classes,
				 const struct net_class *class_)
{
	struct buffer text = {.max = CAP_DOTNET_TYPE};
	bool is_known = put_namespace(classes, class_, &text);

	return keep(classes, is_known, &text);
}

struct bytes net_class_fullname(struct net_classes *classes,
				const struct net_class *class_)
{
	struct buffer text = {.max = CAP_DOTNET_TYPE};
	bool is_known = put_namespace(classes, class_, &text);

	is_known = dotnet_full_name(&text, 0, is_known, class_->name);
	return keep(classes, is_known, &text);
}

/* ---- generic parameters, of a class or a method ---- */

/* owner: a TypeOrMethodDef index (II.24.2.6).  One bad name, and there are none. */
static struct dotnet_generics generics_of(struct net_classes *c, uint32_t owner)
{
	struct dotnet_generics none = {0};
	struct bytes *names = NULL, name;
	size_t capacity = 0;
	uint32_t n = 0;

	make_index(c, DOTNET_GENERIC_PARAM, GENERIC_OWNER, &c->generics);
	for (uint32_t row = first_row(&c->generics, owner); row != 0;
	     row = c->generics.next[row]) {
		if (!dotnet_cell_text(c->dotnet, DOTNET_GENERIC_PARAM, row,
				      GENERIC_NAME, &name) ||
		    name.n == 0 ||
		    !arena_grow(c->arena, (void **)&names, &capacity, n + 1,
				sizeof *names))
			return none;
		names[n++] = name;
	}
	return (struct dotnet_generics){names, n};
}

const struct dotnet_generics *net_class_generics(struct net_classes *classes,
						 struct net_class *class_)
{
	if (!class_->has_generics)
		class_->generics = generics_of(classes, class_->row << 1);
	class_->has_generics = true;
	return &class_->generics;
}

/* ---- base types ---- */

static void add_base(struct net_classes *c, struct net_class *class_, uint32_t index,
		     size_t *capacity)
{
	unsigned steps = CAP_DOTNET_STEPS;
	struct dotnet_signature signature = {
	    .types = &c->types,
	    .of_class = net_class_generics(c, class_),
	    .steps_left = &steps,
	};
	struct buffer text = {.max = CAP_DOTNET_TYPE};
	bool is_known = dotnet_type_index(&signature, index, &text);
	struct bytes base = keep(c, is_known, &text);

	if (base.at != NULL && arena_grow(c->arena, (void **)&class_->bases, capacity,
					  class_->n_bases + 1, sizeof *class_->bases))
		class_->bases[class_->n_bases++] = base;
}

/* II.22.37 (Extends), then II.22.23 */
void net_class_make_bases(struct net_classes *classes, struct net_class *class_)
{
	const struct dotnet *d = classes->dotnet;
	size_t capacity = 0;
	uint32_t index;

	if (class_->has_bases)
		return;
	class_->has_bases = true;
	if (dotnet_cell(d, DOTNET_TYPE_DEF, class_->row, TYPE_DEF_EXTENDS, &index))
		add_base(classes, class_, index, &capacity);
	make_index(classes, DOTNET_INTERFACE_IMPL, INTERFACE_CLASS,
		   &classes->interfaces);
	for (uint32_t row = first_row(&classes->interfaces, class_->row); row != 0;
	     row = classes->interfaces.next[row])
		if (dotnet_cell(d, DOTNET_INTERFACE_IMPL, row, INTERFACE_INTERFACE,
				&index))
			add_base(classes, class_, index, &capacity);
}

/* ---- methods ---- */

static struct bytes next_type(struct net_classes *c, struct dotnet_signature *signature)
{
	struct buffer text = {.max = CAP_DOTNET_TYPE};
	bool is_known = dotnet_type(signature, &text);

	return keep(c, is_known, &text);
}

/* A parameter behind the table gets a name of its own; a row that cannot be read spoils
 * the method. */
static bool parameter_name(struct net_classes *c, uint32_t row, uint32_t i,
			   struct bytes *name_out)
{
	uint64_t offset;
	uint32_t index;
	char *text;

	*name_out = (struct bytes){NULL, 0};
	if (dotnet_row(c->dotnet, DOTNET_PARAM, row, &offset)) {
		if (!dotnet_cell_at(c->dotnet, DOTNET_PARAM, offset, PARAM_NAME,
				    &index))
			return false;
		dotnet_text(c->dotnet, index, name_out);
		return true;
	}
	text = arena_format(c->arena, "P_%u", (unsigned)i);
	if (text != NULL)
		*name_out = bytes_of(text);
	return text != NULL;
}

static bool read_parameters(struct net_classes *c, struct net_method *method,
			    uint32_t list, uint32_t n,
			    struct dotnet_signature *signature)
{
	if (list == 0)
		return true;
	method->parameters =
	    arena_array(c->arena, n > 0 ? n : 1, sizeof *method->parameters);
	if (method->parameters == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct net_parameter *p = &method->parameters[i];

		if (!parameter_name(c, list + i, i, &p->name))
			return false;
		p->type = next_type(c, signature);
		if (p->type.at == NULL)
			return false;
	}
	method->has_parameters = true;
	method->n_parameters = n;
	return true;
}

/* II.23.2.1 */
static bool read_signature(struct net_classes *c, struct net_class *class_,
			   struct net_method *method, uint32_t list, struct bytes blob)
{
	unsigned steps = CAP_DOTNET_STEPS;
	struct dotnet_signature signature = {
	    .types = &c->types,
	    .r = reader_over(blob.at, blob.n),
	    .of_class = net_class_generics(c, class_),
	    .of_method = &method->generics,
	    .steps_left = &steps,
	};
	uint32_t n;

	if (blob.n < 3)
		return false;
	if (reader_u8(&signature.r) & SIGNATURE_GENERIC)
		dotnet_unsigned(&signature.r);
	n = dotnet_unsigned(&signature.r);
	method->return_type = next_type(c, &signature);
	if (n > MAX_PARAMETERS && n <= reader_left(&signature.r))
		cut_note(CUT_LIBYARA);
	if (method->return_type.at == NULL || n > MAX_PARAMETERS ||
	    !read_parameters(c, method, list, n, &signature))
		return false;
	/* constructors return nothing worth a name */
	if (bytes_equal_text(method->name, ".ctor") ||
	    bytes_equal_text(method->name, ".cctor"))
		method->return_type = (struct bytes){NULL, 0};
	return true;
}

/* II.22.26 */
static bool read_method(struct net_classes *c, struct net_class *class_, uint32_t row,
			struct net_method *method_out)
{
	const struct dotnet *d = c->dotnet;
	uint32_t signature, list;
	struct bytes blob;

	*method_out = (struct net_method){0};
	if (!dotnet_cell(d, DOTNET_METHOD_DEF, row, METHOD_FLAGS, &method_out->flags) ||
	    !dotnet_cell(d, DOTNET_METHOD_DEF, row, METHOD_SIGNATURE, &signature) ||
	    !dotnet_cell(d, DOTNET_METHOD_DEF, row, METHOD_PARAMS, &list) ||
	    signature >= d->blobs.size ||
	    !dotnet_cell_text(d, DOTNET_METHOD_DEF, row, METHOD_NAME,
			      &method_out->name) ||
	    method_out->name.n == 0)
		return false;
	if (!dotnet_blob(d, d->blobs.offset + signature, &blob))
		return false;
	method_out->generics = generics_of(c, row << 1 | 1);
	return read_signature(c, class_, method_out, list, blob);
}

/* Up to the methods of the next class, or to the end of the table. */
static uint32_t count_methods(const struct dotnet *d, uint32_t type, uint32_t first)
{
	uint32_t n = d->table[DOTNET_METHOD_DEF].n_rows, next;

	if (type < d->table[DOTNET_TYPE_DEF].n_rows)
		return dotnet_cell(d, DOTNET_TYPE_DEF, type + 1, TYPE_DEF_METHODS,
				   &next) &&
			       next >= first
			   ? next - first
			   : 0;
	return n >= first ? n + 1 - first : 0;
}

void net_class_make_methods(struct net_classes *classes, struct net_class *class_)
{
	const struct dotnet *d = classes->dotnet;
	size_t capacity = 0;
	uint32_t first, n, last = d->table[DOTNET_METHOD_DEF].n_rows;

	if (class_->has_methods)
		return;
	class_->has_methods = true;
	if (!dotnet_cell(d, DOTNET_TYPE_DEF, class_->row, TYPE_DEF_METHODS, &first) ||
	    first == 0)
		return;
	n = count_methods(d, class_->row, first);
	if (n > MAX_METHODS) {
		cut_note(CUT_LIBYARA);
		return;
	}
	class_->are_methods_defined = true;
	for (uint32_t i = 0; i < n && first + i <= last; i++) {
		struct net_method method;

		if (!read_method(classes, class_, first + i, &method))
			continue;
		if (!arena_grow(classes->arena, (void **)&class_->methods, &capacity,
				class_->n_methods + 1, sizeof method)) {
			class_->are_methods_defined = false;
			class_->n_methods = 0;
			return;
		}
		class_->methods[class_->n_methods++] = method;
	}
}
