#include "engine/module/pe_state.h"

#include "bytes/alloc.h"

/* The functions of the module. */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool equal_but_case(struct bytes a, struct bytes b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

/* Where libyara compares C strings, the rest behind a zero does not count. */
static struct bytes to_zero(struct bytes text)
{
	struct reader r = reader_over(text.at, text.n);
	struct bytes head = reader_zero_ended(&r, text.n);

	return head.at != NULL ? head : text;
}

/* What is looked for among functions. */
struct wanted {
	enum { BY_NAME, BY_ORDINAL, BY_REGEX } by;
	struct bytes name;
	int64_t ordinal;
	const struct regex_program *regex;
};

static struct wanted wanted_name(const struct value *arg)
{
	return (struct wanted){.by = BY_NAME, .name = arg->text};
}

static struct wanted wanted_ordinal(const struct value *arg)
{
	return (struct wanted){.by = BY_ORDINAL, .ordinal = arg->integer};
}

static struct wanted wanted_regex(const struct value *arg)
{
	return (struct wanted){.by = BY_REGEX, .regex = arg->regex};
}

static bool is_wanted(const struct pe_state *s, const struct wanted *w,
		      const struct pe_function *f)
{
	switch (w->by) {
	case BY_NAME: return equal_but_case(f->name, w->name);
	case BY_ORDINAL: return f->by_ordinal && f->ordinal == w->ordinal;
	/* libyara counts where a match ends, and 0 as none: an empty name never fits. */
	default:
		return f->name.n > 0 &&
		       s->context->matches(s->context->matcher, w->regex, f->name);
	}
}

/* Libraries are wanted by name or, with functions, by regex. */
static bool is_wanted_library(const struct pe_state *s, const struct wanted *w,
			      const struct pe_library *library)
{
	return w->by == BY_REGEX
		   ? s->context->matches(s->context->matcher, w->regex, library->name)
		   : equal_but_case(library->name, w->name);
}

/* How many functions are wanted; function NULL: all of the wanted libraries.  Of a name
 * or an ordinal one is enough. */
static int64_t count_imports(struct pe_state *s, bool delayed,
			     const struct wanted *library,
			     const struct wanted *function)
{
	const struct pe_imports *imports = pe_state_imports(s, delayed);
	int64_t n = 0;

	for (size_t i = 0; imports != NULL && i < imports->n_libraries; i++) {
		const struct pe_library *l = &imports->libraries[i];

		if (!is_wanted_library(s, library, l))
			continue;
		if (function == NULL) {
			n += (int64_t)l->n_functions;
			continue;
		}
		for (size_t j = 0; j < l->n_functions; j++) {
			if (!is_wanted(s, function, &imports->functions[l->first + j]))
				continue;
			if (function->by != BY_REGEX)
				return 1;
			n++;
		}
	}
	return n;
}

static int64_t count_of_kinds(struct pe_state *s, int64_t kinds,
			      const struct wanted *library,
			      const struct wanted *function)
{
	int64_t n = 0;

	if (kinds & PE_IMPORT_STANDARD)
		n += count_imports(s, false, library, function);
	if (kinds & PE_IMPORT_DELAYED)
		n += count_imports(s, true, library, function);
	return n;
}

/* imports(kinds, library, function): names and ordinals give a truth, a regex or a
 * library alone a number. */
static int64_t imports(struct pe_state *s, uint16_t id, const struct value *args)
{
	int64_t kinds = PE_IMPORT_STANDARD;

	if (id >= PE_IMPORTS_FLAGS_NAME) {
		kinds = args[0].integer;
		args++;
		id = (uint16_t)(id - PE_IMPORTS_FLAGS_NAME + PE_IMPORTS_NAME);
	}
	if (id == PE_IMPORTS_REGEX) {
		struct wanted library = wanted_regex(&args[0]);
		struct wanted function = wanted_regex(&args[1]);

		return count_of_kinds(s, kinds, &library, &function);
	}

	struct wanted library = {.by = BY_NAME, .name = to_zero(args[0].text)};
	if (id == PE_IMPORTS_LIBRARY)
		return count_of_kinds(s, kinds, &library, NULL);

	struct wanted function =
	    id == PE_IMPORTS_NAME ? wanted_name(&args[1]) : wanted_ordinal(&args[1]);
	if (id == PE_IMPORTS_NAME)
		function.name = to_zero(function.name);
	return count_of_kinds(s, kinds, &library, &function) > 0;
}

/* The slot of the first function that is wanted; undefined when it has none. */
static void import_rva(struct pe_state *s, bool delayed, const struct value *library,
		       const struct wanted *function, struct value *out)
{
	const struct pe_imports *imports = pe_state_imports(s, delayed);

	for (size_t i = 0; imports != NULL && i < imports->n_libraries; i++) {
		const struct pe_library *l = &imports->libraries[i];

		if (!equal_but_case(l->name, library->text))
			continue;
		for (size_t j = 0; j < l->n_functions; j++) {
			const struct pe_function *f = &imports->functions[l->first + j];

			if (!is_wanted(s, function, f))
				continue;
			if (f->rva != 0)
				*out = value_int((int64_t)f->rva);
			return;
		}
	}
}

/* The index of the first export that is wanted, or -1. */
static int64_t export_index(struct pe_state *s, const struct wanted *w)
{
	const struct pe_exports *exports = pe_state_exports(s);
	size_t n = exports == NULL ? 0 : exports->n_exports;

	/* libyara's test, whatever the first ordinal is */
	if (w->by == BY_ORDINAL && (w->ordinal == 0 || w->ordinal > (int64_t)n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct pe_export *e = &exports->exports[i];

		if (w->by == BY_ORDINAL  ? e->ordinal == w->ordinal
		    : e->name.at == NULL ? false
		    : w->by == BY_NAME
			? equal_but_case(e->name, w->name)
			: s->context->matches(s->context->matcher, w->regex, e->name))
			return (int64_t)i;
	}
	return -1;
}

static struct wanted wanted_export(uint16_t id, const struct value *arg)
{
	switch (id) {
	case PE_EXPORTS_NAME:
	case PE_EXPORTS_INDEX_NAME: return wanted_name(arg);
	case PE_EXPORTS_ORDINAL:
	case PE_EXPORTS_INDEX_ORDINAL: return wanted_ordinal(arg);
	default: return wanted_regex(arg);
	}
}

static void exports(struct pe_state *s, uint16_t id, const struct value *arg,
		    struct value *out)
{
	struct wanted w = wanted_export(id, arg);
	int64_t index = export_index(s, &w);

	if (id <= PE_EXPORTS_ORDINAL)
		*out = value_int(index >= 0);
	else if (index >= 0)
		*out = value_int(index);
}

static void section_index_of_name(const struct pe_state *s, struct bytes wanted,
				  struct value *out)
{
	wanted = to_zero(wanted);
	for (unsigned i = 0; i < s->image.n_sections; i++) {
		struct pe_section section = pe_section(&s->image, i);

		if (bytes_equal(to_zero(section.name), wanted)) {
			*out = value_int(i);
			return;
		}
	}
}

/* By offset in a file, by address in memory. */
static void section_index_of_address(const struct pe_state *s, int64_t address,
				     struct value *out)
{
	bool is_memory = s->context->object->is_memory;

	for (unsigned i = 0; i < s->image.n_sections; i++) {
		struct pe_section section = pe_section(&s->image, i);
		int64_t start =
		    is_memory ? section.virtual_address : section.raw_offset;
		int64_t size = is_memory ? section.virtual_size : section.raw_size;

		if (address >= start && address < start + size) {
			*out = value_int(i);
			return;
		}
	}
}

/* A resource without a language counts as libyara's value for "undefined". */
static bool has_language(struct pe_state *s, uint64_t mask, uint64_t wanted)
{
	const uint64_t libyara_undefined = 0xfffabadafabadaff;
	const struct pe_resources *resources = pe_state_resources(s);

	for (size_t i = 0; resources != NULL && i < resources->n_resources; i++) {
		const struct pe_resource_name *language =
		    &resources->resources[i].language;
		uint64_t number = libyara_undefined;

		if (language->text.at == NULL && language->number != PE_NO_NUMBER)
			number = (uint64_t)language->number;
		if ((number & mask) == wanted)
			return true;
	}
	return false;
}

/* How often tools that fit were used; NULL: any. */
static void rich_count(struct pe_state *s, const struct value *version,
		       const struct value *id, struct value *out)
{
	const struct pe_rich *rich = pe_state_rich(s);
	int64_t count = 0;

	if (rich == NULL || !rich->has_tools)
		return;
	for (size_t i = 0; i < pe_rich_n_tools(rich); i++) {
		struct pe_tool tool = pe_rich_tool(rich, i);

		if ((version == NULL || version->integer == tool.version) &&
		    (id == NULL || id->integer == tool.id))
			count += tool.count;
	}
	*out = value_int(count);
}

/* Many rules ask for it, so that it is computed once. */
static void imphash(struct pe_state *s, struct value *out)
{
	static const char digits[] = "0123456789abcdef";
	const struct pe_imports *imports = pe_state_imports(s, false);
	uint8_t md5[PE_IMPHASH_SIZE];
	char *text;

	if (s->imphash.type == VALUE_UNDEFINED && imports != NULL) {
		text = arena_array(s->context->arena, 2 * PE_IMPHASH_SIZE, 1);
		if (text == NULL || pe_imphash(imports, md5) != RQ_OK) {
			alloc_count_refusal();
			return;
		}
		for (int i = 0; i < PE_IMPHASH_SIZE; i++) {
			text[2 * i] = digits[md5[i] >> 4];
			text[2 * i + 1] = digits[md5[i] & 15];
		}
		s->imphash = value_text(
		    (struct bytes){(const uint8_t *)text, 2 * PE_IMPHASH_SIZE});
	}
	*out = s->imphash;
}

static void calculate_checksum(struct pe_state *s, struct value *out)
{
	if (s->checksum.type == VALUE_UNDEFINED)
		s->checksum = value_int((int64_t)pe_checksum(&s->image));
	*out = s->checksum;
}

static void call_image(struct pe_state *s, uint16_t id, const struct value *args,
		       struct value *out)
{
	size_t off;

	switch (id) {
	case PE_CALCULATE_CHECKSUM: calculate_checksum(s, out); break;
	case PE_RICH_VERSION: rich_count(s, &args[0], NULL, out); break;
	case PE_RICH_VERSION_TOOLID: rich_count(s, &args[0], &args[1], out); break;
	case PE_RICH_TOOLID: rich_count(s, NULL, &args[0], out); break;
	case PE_RICH_TOOLID_VERSION: rich_count(s, &args[1], &args[0], out); break;
	case PE_IMPHASH: imphash(s, out); break;
	case PE_SECTION_INDEX_NAME: section_index_of_name(s, args[0].text, out); break;
	case PE_SECTION_INDEX_ADDRESS:
		section_index_of_address(s, args[0].integer, out);
		break;
	case PE_LOCALE:
		*out = value_int(has_language(s, 0xffff, (uint64_t)args[0].integer));
		break;
	case PE_LANGUAGE:
		*out = value_int(has_language(s, 0xff, (uint64_t)args[0].integer));
		break;
	case PE_IS_DLL: /* the bit itself, as libyara has it */
		*out =
		    value_int(s->image.headers.characteristics & PE_CHARACTERISTIC_DLL);
		break;
	case PE_IS_32BIT: *out = value_int(!s->image.is_64); break;
	case PE_IS_64BIT: *out = value_int(s->image.is_64); break;
	case PE_RVA_TO_OFFSET:
		if (pe_rva_to_offset(&s->image, (uint64_t)args[0].integer, &off))
			*out = value_int((int64_t)off);
		break;
	}
}

void pe_call(struct pe_state *s, uint16_t id, const struct value *args,
	     struct value *out)
{
	struct wanted function;

	if (id >= PE_EXPORTS_NAME && id <= PE_EXPORTS_INDEX_REGEX) {
		exports(s, id, &args[0], out);
	} else if (id >= PE_IMPORTS_NAME && id <= PE_IMPORTS_FLAGS_REGEX) {
		*out = value_int(imports(s, id, args));
	} else if (id == PE_IMPORT_RVA_NAME || id == PE_DELAYED_RVA_NAME) {
		function = wanted_name(&args[1]);
		import_rva(s, id == PE_DELAYED_RVA_NAME, &args[0], &function, out);
	} else if (id == PE_IMPORT_RVA_ORDINAL || id == PE_DELAYED_RVA_ORDINAL) {
		function = wanted_ordinal(&args[1]);
		import_rva(s, id == PE_DELAYED_RVA_ORDINAL, &args[0], &function, out);
	} else {
		call_image(s, id, args, out);
	}
}
