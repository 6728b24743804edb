#include "engine/module/pe_state.h"

#include "bytes/alloc.h"

/*
 * The dictionary version_info over the list of strings: keys in order of their first
 * appearance, with the value of the last.  A hash table of open addressing, never more
 * than half full.
 */
struct pe_version_keys {
	struct version_slot {
		bool used;
		size_t first, last; /* indices of strings */
	} * slots;
	size_t n_slots; /* a power of two */
	size_t *order;  /* the slot of the i-th key */
	size_t n_keys;
};

static struct version_slot *find_slot(const struct pe_version_keys *keys,
				      const struct pe_version *version,
				      struct bytes key)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ key.at[i]) * 16777619u;
	for (size_t i = hash;; i++) {
		struct version_slot *slot = &keys->slots[i & (keys->n_slots - 1)];

		if (!slot->used || bytes_equal(version->strings[slot->first].key, key))
			return slot;
	}
}

static bool fill_keys(struct pe_version_keys *keys, const struct pe_version *version,
		      struct arena *arena)
{
	keys->n_slots = 16;
	while (keys->n_slots < 2 * version->n_strings)
		keys->n_slots *= 2;
	keys->slots = arena_array(arena, keys->n_slots, sizeof *keys->slots);
	keys->order = arena_array(arena, version->n_strings, sizeof *keys->order);
	if (keys->slots == NULL || keys->order == NULL)
		return false;
	for (size_t i = 0; i < version->n_strings; i++) {
		struct version_slot *slot =
		    find_slot(keys, version, version->strings[i].key);

		if (!slot->used) {
			keys->order[keys->n_keys++] = i;
			*slot = (struct version_slot){.used = true, .first = i};
		}
		slot->last = i;
	}
	return true;
}

static const struct pe_version_keys *version_keys(struct pe_state *s)
{
	const struct pe_version *version = pe_state_version(s);
	struct pe_version_keys *keys;

	if (version == NULL || s->version_keys != NULL)
		return s->version_keys;
	keys = arena_make(s->context->arena, struct pe_version_keys);
	if (keys != NULL && fill_keys(keys, version, s->context->arena))
		s->version_keys = keys;
	else
		alloc_count_refusal();
	return s->version_keys;
}

static void get_version_info(struct pe_state *s, struct bytes key, struct value *out)
{
	const struct pe_version_keys *keys = version_keys(s);
	struct reader r = reader_over(key.at, key.n);
	struct bytes head = reader_zero_ended(&r, key.n);

	if (keys == NULL)
		return;
	if (head.at != NULL) /* libyara's keys end at a zero */
		key = head;

	const struct version_slot *slot = find_slot(keys, s->version, key);
	if (slot->used)
		*out = value_text(s->version->strings[slot->last].value);
}

void pe_key_resource(struct pe_state *s, uint16_t id, int64_t index, struct value *out)
{
	const struct pe_version_keys *keys = version_keys(s);

	(void)id; /* the only dictionary */
	if (keys != NULL && index >= 0 && (uint64_t)index < keys->n_keys)
		*out = value_text(s->version->strings[keys->order[index]].key);
}

static void get_version_string(struct pe_state *s, uint16_t id,
			       const struct value *keys, struct value *out)
{
	const struct pe_version *version = pe_state_version(s);

	if (version == NULL || !pe_index(&keys[0], version->n_strings))
		return;

	const struct pe_version_string *string = &version->strings[keys[0].integer];
	*out = value_text(id == PE_VERSION_KEY ? string->key : string->value);
}

static void get_number(const struct pe_resource_name *name, struct value *out)
{
	if (name->text.at == NULL && name->number != PE_NO_NUMBER)
		*out = value_int(name->number);
}

static void get_text(const struct pe_resource_name *name, struct value *out)
{
	if (name->text.at != NULL)
		*out = value_text(name->text);
}

static void get_one_resource(const struct pe_state *s, uint16_t id,
			     const struct pe_resource *resource, struct value *out)
{
	size_t off;

	switch (id) {
	case PE_RESOURCE_RVA: *out = value_int(resource->rva); break;
	case PE_RESOURCE_OFFSET:
		if (pe_rva_to_offset(&s->image, resource->rva, &off))
			*out = value_int((int64_t)off);
		break;
	case PE_RESOURCE_LENGTH: *out = value_int(resource->size); break;
	case PE_RESOURCE_TYPE: get_number(&resource->type, out); break;
	case PE_RESOURCE_ID: get_number(&resource->name, out); break;
	case PE_RESOURCE_LANGUAGE: get_number(&resource->language, out); break;
	case PE_RESOURCE_TYPE_STRING: get_text(&resource->type, out); break;
	case PE_RESOURCE_NAME_STRING: get_text(&resource->name, out); break;
	default: get_text(&resource->language, out);
	}
}

static void get_from_tree(struct pe_state *s, uint16_t id, const struct value *keys,
			  struct value *out)
{
	const struct pe_resources *resources = pe_state_resources(s);

	if (resources == NULL)
		return;
	if (id == PE_NUMBER_OF_RESOURCES) {
		*out = value_int((int64_t)resources->n_resources);
	} else if (id >= PE_RESOURCES) {
		if (pe_index(&keys[0], resources->n_resources))
			get_one_resource(s, id, &resources->resources[keys[0].integer],
					 out);
	} else if (resources->present) {
		*out = value_int(id == PE_RESOURCE_TIMESTAMP ? resources->timestamp
				 : id == PE_RESOURCE_MAJOR   ? resources->major
							     : resources->minor);
	}
}

void pe_get_resource(struct pe_state *s, uint16_t id, const struct value *keys,
		     struct value *out)
{
	const struct pe_version *version;

	switch (id) {
	case PE_NUMBER_OF_VERSION_INFOS:
		version = pe_state_version(s);
		if (version != NULL)
			*out = value_int((int64_t)version->n_strings);
		break;
	case PE_VERSION_INFO: get_version_info(s, keys[0].text, out); break;
	case PE_VERSION_KEY:
	case PE_VERSION_VALUE: get_version_string(s, id, keys, out); break;
	default: get_from_tree(s, id, keys, out);
	}
}

int64_t pe_count_resource(struct pe_state *s, uint16_t id)
{
	const struct pe_version_keys *keys;

	if (id == PE_VERSION_INFO) {
		keys = version_keys(s);
		return keys == NULL ? 0 : (int64_t)keys->n_keys;
	}
	if (id == PE_VERSION_INFO_LIST) {
		pe_state_version(s);
		return s->version == NULL ? 0 : (int64_t)s->version->n_strings;
	}
	pe_state_resources(s);
	return s->resources == NULL ? 0 : (int64_t)s->resources->n_resources;
}
