/*
 * For tests: a small ELF image of either class and byte order, and where its parts lie,
 * so that a test can break one of them.
 */
#ifndef RAQUET_FORMAT_ELF_SAMPLE_H
#define RAQUET_FORMAT_ELF_SAMPLE_H

#include "bytes/buffer.h"

#include <stdlib.h>
#include <string.h>

enum {
	SAMPLE_BASE = 0x10000, /* where its first byte is loaded */
	SAMPLE_NULL = 0,       /* indices of its sections */
	SAMPLE_TEXT,
	SAMPLE_DYNAMIC,
	SAMPLE_DYNSYM,
	SAMPLE_DYNSTR,
	SAMPLE_SYMTAB,
	SAMPLE_STRTAB,
	SAMPLE_SHSTRTAB,
	N_SAMPLE_SECTIONS,
};

struct elf_sample {
	bool is_64, is_big;
	struct buffer file;
	size_t segments, sections; /* tables */
	size_t offset[N_SAMPLE_SECTIONS], size[N_SAMPLE_SECTIONS];
};

/* Writes n bytes of value at off. */
static inline void sample_set(struct elf_sample *s, size_t off, size_t n,
			      uint64_t value)
{
	if (off + n > s->file.size)
		abort();
	for (size_t i = 0; i < n; i++)
		s->file.data[off + (s->is_big ? n - 1 - i : i)] =
		    (uint8_t)(value >> 8 * i);
}

static inline void sample_put(struct elf_sample *s, size_t n, uint64_t value)
{
	size_t off = s->file.size;

	buffer_zeros(&s->file, n);
	sample_set(s, off, n, value);
}

static inline void sample_word(struct elf_sample *s, uint64_t value)
{
	sample_put(s, s->is_64 ? 8 : 4, value);
}

static inline void sample_symbol(struct elf_sample *s, uint32_t name, uint8_t info,
				 uint8_t other, uint16_t section, uint64_t value)
{
	sample_put(s, 4, name);
	if (!s->is_64) {
		sample_word(s, value);
		sample_word(s, 5);
	}
	sample_put(s, 1, info);
	sample_put(s, 1, other);
	sample_put(s, 2, section);
	if (s->is_64) {
		sample_word(s, value);
		sample_word(s, 5);
	}
}

static inline void sample_segment(struct elf_sample *s, uint32_t type, uint64_t off,
				  uint64_t n)
{
	sample_put(s, 4, type);
	if (s->is_64)
		sample_put(s, 4, 5);
	sample_word(s, off);
	sample_word(s, SAMPLE_BASE + off);
	sample_word(s, 0x20000 + off);
	sample_word(s, n);
	sample_word(s, n + 1);
	if (!s->is_64)
		sample_put(s, 4, 5);
	sample_word(s, 16);
}

static inline void sample_section(struct elf_sample *s, size_t i, uint32_t type,
				  uint32_t link)
{
	static const uint8_t names[] = {0, 1, 7, 16, 24, 32, 40, 48};

	sample_put(s, 4, names[i]);
	sample_put(s, 4, type);
	sample_word(s, i == SAMPLE_TEXT ? 6 : 2);
	sample_word(s, i == SAMPLE_NULL ? 0 : SAMPLE_BASE + s->offset[i]);
	sample_word(s, s->offset[i]);
	sample_word(s, s->size[i]);
	sample_put(s, 4, link);
	sample_put(s, 4, 0);
	sample_word(s, 1);
	sample_word(s, 0);
}

static inline void sample_begin(struct elf_sample *s, size_t i)
{
	s->offset[i] = s->file.size;
}

static inline void sample_end(struct elf_sample *s, size_t i)
{
	s->size[i] = s->file.size - s->offset[i];
}

static inline void sample_header(struct elf_sample *s, uint16_t type)
{
	size_t word = s->is_64 ? 8 : 4, at = 16 + 8;

	buffer_put(&s->file, "\177ELF", 4);
	sample_put(s, 1, s->is_64 ? 2 : 1);
	sample_put(s, 1, s->is_big ? 2 : 1);
	sample_put(s, 1, 1);
	buffer_zeros(&s->file, 9);
	sample_put(s, 2, type);
	sample_put(s, 2, s->is_64 ? 62 : 3);
	sample_put(s, 4, 1);
	buffer_zeros(&s->file, 3 * word); /* set at the end */
	sample_put(s, 4, 0);
	sample_put(s, 2, at + 3 * word + 16);
	sample_put(s, 2, s->is_64 ? 56 : 32);
	sample_put(s, 2, 2);
	sample_put(s, 2, s->is_64 ? 64 : 40);
	sample_put(s, 2, N_SAMPLE_SECTIONS);
	sample_put(s, 2, SAMPLE_SHSTRTAB);
}

static inline void sample_tables(struct elf_sample *s)
{
	size_t word = s->is_64 ? 8 : 4;

	s->sections = s->file.size;
	sample_section(s, SAMPLE_NULL, 0, 0);
	sample_section(s, SAMPLE_TEXT, 1, 0);
	sample_section(s, SAMPLE_DYNAMIC, 6, SAMPLE_DYNSTR);
	sample_section(s, SAMPLE_DYNSYM, 11, SAMPLE_DYNSTR);
	sample_section(s, SAMPLE_DYNSTR, 3, 0);
	sample_section(s, SAMPLE_SYMTAB, 2, SAMPLE_STRTAB);
	sample_section(s, SAMPLE_STRTAB, 3, 0);
	sample_section(s, SAMPLE_SHSTRTAB, 3, 0);
	s->segments = s->file.size;
	sample_segment(s, 1, 0, s->sections);
	sample_segment(s, 2, s->offset[SAMPLE_DYNAMIC], s->size[SAMPLE_DYNAMIC]);
	sample_set(s, 24, word, SAMPLE_BASE + s->offset[SAMPLE_TEXT] + 4);
	sample_set(s, 24 + word, word, s->segments);
	sample_set(s, 24 + 2 * word, word, s->sections);
	buffer_zeros(&s->file, 3);
}

/* A table of symbols of the names in texts: the first ones defined, then imports. */
static inline void sample_symbols(struct elf_sample *s, size_t table, size_t texts,
				  const char *names, size_t n_names, size_t n_defined)
{
	size_t i = 0;

	sample_begin(s, table);
	sample_symbol(s, 0, 0, 0, 0, 0);
	for (size_t at = 1; at < n_names; at += strlen(names + at) + 1, i++)
		sample_symbol(s, (uint32_t)at, 0x12, 0, i < n_defined ? 1 : 0,
			      0x100 + i);
	sample_end(s, table);
	sample_begin(s, texts);
	buffer_put(&s->file, names, n_names);
	sample_end(s, texts);
}

/* Free s->file with buffer_free. */
static inline void sample_make(struct elf_sample *s, bool is_64, bool is_big,
			       uint16_t type)
{
	static const char dynamic[] = "\0Connect_Backdoor\0socket\0open64\0_init\0"
				      "memcpy\0gethostbyname\0pthread_create\0"
				      "inet_ntop\0SSL_CTX_new\0fork\0execve\0waitpid\0"
				      "ioctl\0getpwnam\0zlib_inflate\0usleep\0kqueue";
	static const char all[] = "\0start_of_all\0helper";
	static const char sections[] = "\0.text\0.dynamic\0.dynsym\0.dynstr\0.symtab\0"
				       ".strtab\0.shstrtab";

	memset(s, 0, sizeof *s);
	s->is_64 = is_64;
	s->is_big = is_big;
	sample_header(s, type);
	sample_begin(s, SAMPLE_TEXT);
	buffer_text(&s->file, "0123456789abcdef");
	sample_end(s, SAMPLE_TEXT);
	sample_begin(s, SAMPLE_DYNAMIC);
	sample_word(s, 1);
	sample_word(s, 1);
	sample_word(s, 30);
	sample_word(s, 8);
	sample_word(s, 0);
	sample_word(s, 0);
	sample_end(s, SAMPLE_DYNAMIC);
	sample_symbols(s, SAMPLE_DYNSYM, SAMPLE_DYNSTR, dynamic, sizeof dynamic, 1);
	sample_symbols(s, SAMPLE_SYMTAB, SAMPLE_STRTAB, all, sizeof all, 2);
	sample_begin(s, SAMPLE_SHSTRTAB);
	buffer_put(&s->file, sections, sizeof sections);
	sample_end(s, SAMPLE_SHSTRTAB);
	sample_tables(s);
	if (!buffer_ok(&s->file))
		abort();
}

/* Where a field of entry i of a table stands. */
static inline size_t sample_section_at(const struct elf_sample *s, size_t i,
				       size_t field)
{
	static const size_t narrow[] = {0, 4, 8, 12, 16, 20, 24};
	static const size_t wide[] = {0, 4, 8, 16, 24, 32, 40};

	return s->sections + i * (s->is_64 ? 64 : 40) +
	       (s->is_64 ? wide[field] : narrow[field]);
}

enum {
	SECTION_NAME,
	SECTION_TYPE,
	SECTION_FLAGS,
	SECTION_ADDRESS,
	SECTION_OFFSET,
	SECTION_SIZE,
	SECTION_LINK
};

#endif
