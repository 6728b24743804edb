#include "engine/module/elf_internal.h"

#include "bytes/cap.h"
#include "bytes/cut.h"
#include "crypto/digest.h"
#include "format/tlsh.h"

#include <string.h>

bool elf_symbols_name(const struct elf *elf, const struct elf_symbols *symbols,
		      const struct elf_symbol *symbol, struct bytes *name_out)
{
	return elf_text(elf, symbols->texts, symbols->texts_size, symbol->name,
			name_out);
}

/* ---- which symbols count ---- */

/* Undefined ones: what the dynamic linker must find elsewhere. */
static bool is_import(const struct elf_symbol *symbol, struct bytes name)
{
	return symbol->section == 0 && name.n > 0;
}

static bool starts_with(struct bytes name, const char *prefix)
{
	size_t n = strlen(prefix);

	return name.n >= n && memcmp(name.at, prefix, n) == 0;
}

/*
 * Global functions, but for those whose presence depends on the compiler and the
 * architecture more than on the program; the list is Trend Micro's.
 */
static bool is_for_telfhash(const struct elf_symbol *symbol, struct bytes name)
{
	static const char *const excluded[] = {
	    "__libc_start_main", "main", "abort", "cachectl",
	    "cacheflush",        "puts", "atol",  "malloc_trim",
	};

	if (symbol->bind != 1 /* STB_GLOBAL */ || symbol->type != 2 /* STT_FUNC */ ||
	    symbol->visibility != 0 /* STV_DEFAULT */)
		return false;
	if (starts_with(name, ".") || starts_with(name, "_") ||
	    starts_with(name, "str") || starts_with(name, "mem"))
		return false;
	if (name.n >= 2 && memcmp(name.at + name.n - 2, "64", 2) == 0)
		return false;
	for (size_t i = 0; i < sizeof excluded / sizeof *excluded; i++)
		if (bytes_equal_text(name, excluded[i]))
			return false;
	return true;
}

struct names {
	struct bytes *at;
	size_t n;
	bool is_refused;
};

/* All that count, in the order of the table. */
static struct names collect(const struct elf *elf, const struct elf_symbols *symbols,
			    struct arena *arena,
			    bool (*counts)(const struct elf_symbol *, struct bytes))
{
	struct names names = {0};
	struct elf_symbol symbol;
	struct bytes name;
	size_t capacity = 0;
	uint64_t left = CAP_ELF_NAME_SHARING *
			(symbols->texts_size + symbols->n * elf_symbol_size(elf));

	for (uint64_t i = 0; i < symbols->n; i++) {
		if (!elf_symbol(elf, symbols->offset, i, &symbol) ||
		    !elf_symbols_name(elf, symbols, &symbol, &name))
			continue;
		names.is_refused = name.n > left;
		if (names.is_refused) {
			cut_note(CUT_OURS);
			break;
		}
		left -= name.n;
		if (!counts(&symbol, name))
			continue;
		names.is_refused = !arena_grow(arena, (void **)&names.at, &capacity,
					       names.n + 1, sizeof *names.at);
		if (names.is_refused)
			break;
		names.at[names.n++] = name;
	}
	return names;
}

/* ---- by their lower case ---- */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static int compare(struct bytes a, struct bytes b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return lower(a.at[i]) < lower(b.at[i]) ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static void sift_down(struct bytes *heap, size_t n, size_t parent)
{
	for (size_t child; (child = 2 * parent + 1) < n; parent = child) {
		struct bytes swap;

		if (child + 1 < n && compare(heap[child], heap[child + 1]) < 0)
			child++;
		if (compare(heap[parent], heap[child]) >= 0)
			return;
		swap = heap[parent];
		heap[parent] = heap[child];
		heap[child] = swap;
	}
}

/* A heap sort: its time does not depend on who made the names. */
static void sort(struct names *names)
{
	for (size_t i = names->n / 2; i-- > 0;)
		sift_down(names->at, names->n, i);
	for (size_t i = names->n; i-- > 1;) {
		struct bytes largest = names->at[0];

		names->at[0] = names->at[i];
		names->at[i] = largest;
		sift_down(names->at, i, 0);
	}
}

/* Gives the names, joined by commas and in lower case, to add, piece by piece. */
static enum rq_err join(const struct names *names, void *sink,
			enum rq_err (*add)(void *sink, struct bytes piece))
{
	enum rq_err err = RQ_OK;
	uint8_t piece[256];
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++) {
		/* one more than the name has: the comma before it */
		for (size_t j = i == 0; j <= names->at[i].n && err == RQ_OK; j++) {
			piece[n++] = j == 0 ? ',' : lower(names->at[i].at[j - 1]);
			if (n == sizeof piece) {
				err = add(sink, (struct bytes){piece, n});
				n = 0;
			}
		}
	}
	return err == RQ_OK ? add(sink, (struct bytes){piece, n}) : err;
}

/* ---- the digests ---- */

static enum rq_err add_to_tlsh(void *sink, struct bytes piece)
{
	tlsh_add(sink, piece);
	return RQ_OK;
}

struct value elf_telfhash(const struct elf *elf, const struct elf_symbols *symbols,
			  struct arena *arena)
{
	struct names names = collect(elf, symbols, arena, is_for_telfhash);
	char text[TLSH_TEXT + 1];
	struct tlsh tlsh = {0};
	char *copy;

	if (names.is_refused || names.n == 0)
		return value_undefined();
	sort(&names);
	join(&names, &tlsh, add_to_tlsh);
	tlsh_finish(&tlsh,
		    text); /* too few names: an empty text, not an undefined one */
	copy = arena_copy(arena, text, strlen(text));
	return copy != NULL ? value_text(bytes_of(copy)) : value_undefined();
}

static enum rq_err add_to_digest(void *sink, struct bytes piece)
{
	return digest_add(sink, piece);
}

struct value elf_import_md5(const struct elf *elf, const struct elf_symbols *symbols,
			    struct arena *arena)
{
	static const char digits[] = "0123456789abcdef";
	struct names names = collect(elf, symbols, arena, is_import);
	uint8_t md5[DIGEST_MAX_SIZE];
	struct digest *digest = NULL;
	struct value value = value_undefined();
	char text[32], *copy;

	if (names.is_refused || names.n == 0 ||
	    digest_new(DIGEST_MD5, &digest) != RQ_OK)
		return value;
	sort(&names);
	if (join(&names, digest, add_to_digest) != RQ_OK ||
	    digest_finish(digest, md5) != RQ_OK)
		goto out;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = digits[i % 2 == 0 ? md5[i / 2] >> 4 : md5[i / 2] & 15];
	copy = arena_copy(arena, text, sizeof text);
	if (copy != NULL)
		value = value_text(bytes_of(copy));
out:
	digest_free(digest);
	return value;
}
