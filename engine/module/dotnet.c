/*
 * The module "dotnet".  Nothing is looked at before a rule asks; rows of tables are
 * read one by one, lists that leave rows out are made once.
 */
#include "engine/module/dotnet_internal.h"

#include <string.h>

struct dotnet_state {
	const struct module_context *context;
	bool is_looked_for, is_pe, is_dotnet;
	struct pe_image *image;
	struct dotnet dotnet;

	struct net_values lists[N_NET_LISTS];
	struct net_classes classes;
};

/* The first block that is a PE image; in memory not one of a library. */
static void look_for_image(struct dotnet_state *state)
{
	const struct object *object = state->context->object;

	state->is_looked_for = true;
	state->image = arena_make(state->context->arena, struct pe_image);
	if (state->image == NULL)
		return;
	for (size_t i = 0; i < object->n_blocks && !state->is_pe; i++) {
		const struct block *block = &object->blocks[i];

		state->is_pe =
		    pe_open((struct bytes){block->data, block->size}, state->image) &&
		    (!object->is_memory ||
		     !(state->image->headers.characteristics & PE_CHARACTERISTIC_DLL));
	}
	state->is_dotnet = state->is_pe && dotnet_open(state->image, &state->dotnet);
}

/* ---- values of the whole ---- */

static struct value text_or_nothing(struct bytes text)
{
	return text.at != NULL ? value_text(text) : value_undefined();
}

static const struct net_values *list_of(struct dotnet_state *state, enum net_list list)
{
	struct net_values *values = &state->lists[list];

	if (!values->is_made)
		net_list_make(&state->dotnet, list, state->context->arena, values);
	return values;
}

/* How many rows of a table lie in the file; what libyara gives as their number. */
static uint32_t rows_in_file(const struct dotnet *d, enum dotnet_table_id id)
{
	const struct dotnet_table *table = &d->table[id];
	uint64_t room;

	if (table->n_rows == 0 || table->offset > d->file.size)
		return 0;
	room = (d->file.size - table->offset) / table->row_size;
	return room < table->n_rows ? (uint32_t)room : table->n_rows;
}

static struct value number_of_rows(const struct dotnet *d, enum dotnet_table_id id)
{
	return d->table[id].is_present ? value_int(rows_in_file(d, id))
				       : value_undefined();
}

static struct net_classes *classes_of(struct dotnet_state *state)
{
	if (!state->classes.is_made)
		net_classes_make(&state->dotnet, state->context->arena,
				 &state->classes);
	return &state->classes;
}

static struct value module_name(const struct dotnet *d)
{
	const struct dotnet_table *table = &d->table[DOTNET_MODULE];
	struct bytes name;
	uint32_t index;

	/* read even where the table says that it has no rows */
	if (!table->is_present ||
	    !dotnet_cell_at(d, DOTNET_MODULE, table->offset, MODULE_NAME, &index) ||
	    !dotnet_text(d, index, &name))
		return value_undefined();
	return value_text(name);
}

static struct value whole_value(struct dotnet_state *state, enum net_field id)
{
	const struct dotnet *d = &state->dotnet;

	switch (id) {
	case NET_VERSION: return text_or_nothing(d->version);
	case NET_MODULE_NAME: return module_name(d);
	case NET_TYPELIB: return net_typelib(d);
	case NET_NUMBER_OF_STREAMS:
		return d->has_streams ? value_int(d->n_streams) : value_undefined();
	case NET_NUMBER_OF_RESOURCES:
		return number_of_rows(d, DOTNET_MANIFEST_RESOURCE);
	case NET_NUMBER_OF_ASSEMBLY_REFS: return number_of_rows(d, DOTNET_ASSEMBLY_REF);
	case NET_NUMBER_OF_CLASSES:
		return d->is_complete ? value_int((int64_t)classes_of(state)->n)
				      : value_undefined();
	default: return value_undefined();
	}
}

/* II.22.2: the first row, even where the table says that it has none. */
static struct value assembly_value(const struct dotnet *d, enum net_field id)
{
	const struct dotnet_table *table = &d->table[DOTNET_ASSEMBLY];
	bool is_text = id >= NET_ASSEMBLY_NAME;
	unsigned column = is_text ? ASSEMBLY_NAME + (id - NET_ASSEMBLY_NAME)
				  : ASSEMBLY_VERSION + (id - NET_ASSEMBLY_MAJOR);
	struct bytes text;
	uint32_t value;

	if (!table->is_present ||
	    !dotnet_cell_at(d, DOTNET_ASSEMBLY, table->offset, column, &value))
		return value_undefined();
	if (!is_text)
		return value_int(value);
	if (!dotnet_text(d, value, &text) ||
	    (id == NET_ASSEMBLY_CULTURE && text.n == 0))
		return value_undefined();
	return value_text(text);
}

/* ---- elements ---- */

static struct value stream_value(const struct dotnet *d, enum net_field id, int64_t i)
{
	struct dotnet_stream stream;

	if (i < 0 || i >= d->n_streams)
		return value_undefined();
	stream = dotnet_stream(d, (uint32_t)i);
	switch (id) {
	case NET_STREAM_NAME: return value_text(stream.name);
	case NET_STREAM_OFFSET: return value_int((int64_t)stream.offset);
	case NET_STREAM_SIZE: return value_int(stream.size);
	default: return value_undefined();
	}
}

/* II.22.24: where a resource lies, when it lies in this file. */
static bool find_resource(const struct dotnet *d, uint32_t row, int64_t *off_out)
{
	uint32_t offset, implementation;

	if (!dotnet_cell(d, DOTNET_MANIFEST_RESOURCE, row, RESOURCE_OFFSET, &offset) ||
	    !dotnet_cell(d, DOTNET_MANIFEST_RESOURCE, row, RESOURCE_IMPLEMENTATION,
			 &implementation) ||
	    implementation != 0)
		return false;
	*off_out = d->resources + offset;
	return *off_out >= 0 && reader_covers(&d->file, (uint64_t)*off_out, 4);
}

static struct value resource_value(const struct dotnet *d, enum net_field id, int64_t i)
{
	struct bytes name;
	struct reader r;
	int64_t off;

	if (i < 0 || i >= rows_in_file(d, DOTNET_MANIFEST_RESOURCE))
		return value_undefined();
	if (id == NET_RESOURCE_NAME)
		return dotnet_cell_text(d, DOTNET_MANIFEST_RESOURCE, (uint32_t)i + 1,
					RESOURCE_NAME, &name)
			   ? value_text(name)
			   : value_undefined();
	if (!find_resource(d, (uint32_t)i + 1, &off))
		return value_undefined();
	r = reader_from(&d->file, (uint64_t)off);
	return value_int(id == NET_RESOURCE_OFFSET ? off + 4 : reader_u32le(&r));
}

/* The array ends with the last resource of which something is known. */
static int64_t count_resources(const struct dotnet *d)
{
	int64_t n = rows_in_file(d, DOTNET_MANIFEST_RESOURCE), off;

	while (n > 0 && !find_resource(d, (uint32_t)n, &off) &&
	       resource_value(d, NET_RESOURCE_NAME, n - 1).type == VALUE_UNDEFINED)
		n--;
	return n;
}

/* II.22.5 */
static struct value ref_value(const struct dotnet *d, enum net_field id, int64_t i)
{
	struct bytes token, name;
	uint32_t row = (uint32_t)i + 1, value;

	if (i < 0 || i >= rows_in_file(d, DOTNET_ASSEMBLY_REF))
		return value_undefined();
	if (id < NET_REF_TOKEN) {
		unsigned column = ASSEMBLY_REF_VERSION + (id - NET_REF_MAJOR);

		return dotnet_cell(d, DOTNET_ASSEMBLY_REF, row, column, &value)
			   ? value_int(value)
			   : value_undefined();
	}
	/* without its token the name is not looked at either */
	if (!dotnet_cell(d, DOTNET_ASSEMBLY_REF, row, ASSEMBLY_REF_TOKEN, &value) ||
	    !dotnet_blob(d, d->blobs.offset + value, &token))
		return value_undefined();
	if (id == NET_REF_TOKEN)
		return token.n > 0 ? value_text(token) : value_undefined();
	return dotnet_cell_text(d, DOTNET_ASSEMBLY_REF, row, ASSEMBLY_REF_NAME, &name)
		   ? value_text(name)
		   : value_undefined();
}

static struct value list_value(const struct net_values *values, int64_t i)
{
	return i >= 0 && (uint64_t)i < values->n ? values->at[i] : value_undefined();
}

/* ---- classes ---- */

static struct value text_at(const struct bytes *texts, uint32_t n, int64_t i)
{
	return i >= 0 && i < n ? text_or_nothing(texts[i]) : value_undefined();
}

static struct net_class *class_at(struct dotnet_state *state, int64_t i)
{
	struct net_classes *classes = classes_of(state);

	return i >= 0 && (uint64_t)i < classes->n ? &classes->at[i] : NULL;
}

/* II.23.1.15 */
static const char *class_visibility(uint32_t flags)
{
	static const char *const names[] = {"internal",
					    "public",
					    "public",
					    "private",
					    "protected",
					    "internal",
					    "private protected",
					    "protected internal"};

	return names[flags & 7];
}

/* II.23.1.10 */
static const char *method_visibility(uint32_t flags)
{
	static const char *const names[] = {
	    "private",  "private",   "private protected",
	    "internal", "protected", "protected internal",
	    "public",   "private"};

	return names[flags & 7];
}

/* Without what stands behind ` in the name of a generic class. */
static struct bytes plain_name(struct bytes name)
{
	const uint8_t *end = memchr(name.at, '`', name.n);

	return end != NULL ? (struct bytes){name.at, (size_t)(end - name.at)} : name;
}

static struct value class_value(struct dotnet_state *state, enum net_field id,
				struct net_class *c, int64_t i)
{
	enum { INTERFACE = 0x20, ABSTRACT = 0x80, SEALED = 0x100 };
	struct net_classes *classes = &state->classes;

	switch (id) {
	case NET_CLASS_FULLNAME: return text_or_nothing(net_class_fullname(classes, c));
	case NET_CLASS_NAME: return value_text(plain_name(c->name));
	case NET_CLASS_NAMESPACE:
		return text_or_nothing(net_class_namespace(classes, c));
	case NET_CLASS_VISIBILITY:
		return value_text(bytes_of(class_visibility(c->flags)));
	case NET_CLASS_TYPE:
		return value_text(
		    bytes_of(c->flags & INTERFACE ? "interface" : "class"));
	case NET_CLASS_ABSTRACT: return value_int((c->flags & ABSTRACT) != 0);
	case NET_CLASS_SEALED: return value_int((c->flags & SEALED) != 0);
	case NET_CLASS_NUMBER_OF_GENERICS:
		return value_int(net_class_generics(classes, c)->n);
	case NET_CLASS_GENERICS:
		return text_at(net_class_generics(classes, c)->names, c->generics.n, i);
	case NET_CLASS_NUMBER_OF_BASES:
		net_class_make_bases(classes, c);
		return value_int(c->n_bases);
	case NET_CLASS_BASES:
		net_class_make_bases(classes, c);
		return text_at(c->bases, c->n_bases, i);
	case NET_CLASS_NUMBER_OF_METHODS:
		net_class_make_methods(classes, c);
		return c->are_methods_defined ? value_int(c->n_methods)
					      : value_undefined();
	default: return value_undefined();
	}
}

static struct net_method *method_at(struct dotnet_state *state, struct net_class *c,
				    int64_t i)
{
	net_class_make_methods(&state->classes, c);
	return i >= 0 && i < c->n_methods ? &c->methods[i] : NULL;
}

static struct value parameter_value(const struct net_method *m, enum net_field id,
				    int64_t i)
{
	if (i < 0 || i >= m->n_parameters)
		return value_undefined();
	return text_or_nothing(id == NET_PARAMETER_NAME ? m->parameters[i].name
							: m->parameters[i].type);
}

static struct value method_value(const struct net_method *m, enum net_field id,
				 int64_t i)
{
	enum { STATIC = 0x10, FINAL = 0x20, VIRTUAL = 0x40, ABSTRACT = 0x400 };

	switch (id) {
	case NET_METHOD_GENERICS: return text_at(m->generics.names, m->generics.n, i);
	case NET_METHOD_NUMBER_OF_GENERICS: return value_int(m->generics.n);
	case NET_METHOD_NUMBER_OF_PARAMETERS:
		return m->has_parameters ? value_int(m->n_parameters)
					 : value_undefined();
	case NET_METHOD_RETURN_TYPE: return text_or_nothing(m->return_type);
	case NET_METHOD_ABSTRACT: return value_int((m->flags & ABSTRACT) != 0);
	case NET_METHOD_FINAL: return value_int((m->flags & FINAL) != 0);
	case NET_METHOD_VIRTUAL: return value_int((m->flags & VIRTUAL) != 0);
	case NET_METHOD_STATIC: return value_int((m->flags & STATIC) != 0);
	case NET_METHOD_VISIBILITY:
		return value_text(bytes_of(method_visibility(m->flags)));
	case NET_METHOD_NAME: return value_text(m->name);
	default: return parameter_value(m, id, i);
	}
}

/* ---- the module ---- */

static struct value element(struct dotnet_state *state, enum net_field id,
			    const struct value *keys)
{
	const struct dotnet *d = &state->dotnet;
	struct net_class *c;
	struct net_method *m;

	if (id < NET_RESOURCES)
		return stream_value(d, id, keys[0].integer);
	if (id < NET_ASSEMBLY_REFS)
		return resource_value(d, id, keys[0].integer);
	if (id < NET_CLASSES)
		return ref_value(d, id, keys[0].integer);
	c = class_at(state, keys[0].integer);
	if (c == NULL)
		return value_undefined();
	if (id < NET_METHODS) {
		bool has_key = id == NET_CLASS_GENERICS || id == NET_CLASS_BASES;

		return class_value(state, id, c, has_key ? keys[1].integer : 0);
	}
	m = method_at(state, c, keys[1].integer);
	if (m == NULL)
		return value_undefined();
	return method_value(
	    m, id,
	    id >= NET_PARAMETERS || id == NET_METHOD_GENERICS ? keys[2].integer : 0);
}

static void dotnet_get(void *opaque, uint16_t raw_id, const struct value *keys,
		       struct value *value_out)
{
	struct dotnet_state *state = opaque;
	enum net_field id = (enum net_field)raw_id;

	*value_out = value_undefined();
	if (!state->is_looked_for)
		look_for_image(state);
	if (id == NET_IS_DOTNET && state->is_pe)
		*value_out = value_int(state->is_dotnet);
	if (!state->is_dotnet || id == NET_IS_DOTNET)
		return;
	if (id < NET_ASSEMBLY_MAJOR) {
		*value_out = whole_value(state, id);
	} else if (id < NET_GUIDS) {
		*value_out = assembly_value(&state->dotnet, id);
	} else if (id < NET_STREAMS) {
		const struct net_values *values =
		    list_of(state, (enum net_list)((id - NET_GUIDS) / 2));

		if ((id - NET_GUIDS) % 2 == 0)
			*value_out = list_value(values, keys[0].integer);
		else if (values->is_defined)
			*value_out = value_int((int64_t)values->n);
	} else {
		*value_out = element(state, id, keys);
	}
}

static int64_t count_of_class(struct dotnet_state *state, enum net_field id,
			      const struct value *keys)
{
	struct net_class *c = class_at(state, keys[0].integer);
	struct net_method *m;

	if (c == NULL)
		return -1;
	if (id == NET_CLASS_GENERICS)
		return net_class_generics(&state->classes, c)->n;
	if (id == NET_CLASS_BASES) {
		net_class_make_bases(&state->classes, c);
		return c->n_bases;
	}
	if (id == NET_METHODS) {
		net_class_make_methods(&state->classes, c);
		return c->n_methods;
	}
	m = method_at(state, c, keys[1].integer);
	if (m == NULL)
		return -1;
	return id == NET_PARAMETERS ? m->n_parameters : m->generics.n;
}

static int64_t dotnet_count(void *opaque, uint16_t id, const struct value *keys)
{
	struct dotnet_state *state = opaque;
	const struct dotnet *d = &state->dotnet;

	if (!state->is_looked_for)
		look_for_image(state);
	if (!state->is_dotnet)
		return id <= NET_CLASSES ? 0 : -1;
	switch ((enum net_field)id) {
	case NET_GUIDS:
	case NET_MODULEREFS:
	case NET_USER_STRINGS:
	case NET_CONSTANTS:
	case NET_FIELD_OFFSETS:
		return (int64_t)list_of(state, (enum net_list)((id - NET_GUIDS) / 2))
		    ->n;
	case NET_STREAMS: return d->n_streams;
	case NET_RESOURCES: return count_resources(d);
	case NET_ASSEMBLY_REFS: return rows_in_file(d, DOTNET_ASSEMBLY_REF);
	case NET_CLASSES: return (int64_t)classes_of(state)->n;
	default: return count_of_class(state, (enum net_field)id, keys);
	}
}

static enum rq_err dotnet_module_open(const struct module_context *context,
				      void **state_out)
{
	struct dotnet_state *state = arena_make(context->arena, struct dotnet_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	return RQ_OK;
}

const struct module module_dotnet = {
    .name = "dotnet",
    .fields = dotnet_fields,
    .open = dotnet_module_open,
    .get = dotnet_get,
    .count = dotnet_count,
};
