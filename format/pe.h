/*
 * The reader of PE images: the only one, whoever asks (modules of the rule language,
 * the entry point, signatures).  Clauses are those of the PE Format specification of
 * Microsoft: 3.1 signature, 3.2 COFF file header, 3.3 optional header, 3.4 section
 * table.
 *
 * It reads what can be read, as libyara 4.5 does, because malware is seldom well made:
 * neither counts nor alignments are checked against each other, and a directory beyond
 * NumberOfRvaAndSizes still counts.  What depends on a well-formed file (signatures)
 * must ask for that by itself before it trusts an offset.
 *
 * Nothing is copied and nothing allocated: an image borrows the bytes of the file.
 * Tables are read by the siblings pe_import.h, pe_export.h, pe_resource.h, pe_version.h,
 * pe_rich.h, pe_debug.h, and only when somebody asks.
 */
#ifndef RAQUET_FORMAT_PE_H
#define RAQUET_FORMAT_PE_H

#include "bytes/cap.h"
#include "bytes/reader.h"

enum { PE_DIRECTORIES = 16, PE_SECTION_SIZE = 40 };

/* 3.3.3: what data_directories[] holds at which index. */
enum pe_directory_index {
	PE_DIRECTORY_EXPORT = 0,
	PE_DIRECTORY_IMPORT = 1,
	PE_DIRECTORY_RESOURCE = 2,
	PE_DIRECTORY_SECURITY = 4, /* the only one whose rva is an offset in the file */
	PE_DIRECTORY_DEBUG = 6,
	PE_DIRECTORY_DELAY_IMPORT = 13,
	PE_DIRECTORY_COM = 14,
};

enum {
	PE_MAGIC_32 = 0x10b,
	PE_MAGIC_64 = 0x20b, /* 3.3: anything else is read as 32-bit */
	PE_CHARACTERISTIC_DLL = 0x2000,
};

struct pe_directory {
	uint32_t rva;
	uint32_t size;
};

/* 3.2 and 3.3, as they stand in the file. */
struct pe_headers {
	uint16_t machine;
	uint16_t number_of_sections;
	uint32_t timestamp;
	uint32_t pointer_to_symbol_table;
	uint32_t number_of_symbols;
	uint16_t size_of_optional_header;
	uint16_t characteristics;

	uint16_t magic;
	uint8_t linker_major, linker_minor;
	uint32_t size_of_code;
	uint32_t size_of_initialized_data;
	uint32_t size_of_uninitialized_data;
	uint32_t entry_point; /* an RVA */
	uint32_t base_of_code;
	uint32_t base_of_data; /* only in 32-bit images */
	uint64_t image_base;
	uint32_t section_alignment;
	uint32_t file_alignment;
	uint16_t os_major, os_minor;
	uint16_t image_major, image_minor;
	uint16_t subsystem_major, subsystem_minor;
	uint32_t win32_version;
	uint32_t size_of_image;
	uint32_t size_of_headers;
	uint32_t checksum;
	uint16_t subsystem;
	uint16_t dll_characteristics;
	uint64_t stack_reserve, stack_commit;
	uint64_t heap_reserve, heap_commit;
	uint32_t loader_flags;
	uint32_t number_of_directories;
};

/* 3.4, as it stands in the file. */
struct pe_section {
	struct bytes name; /* all 8 bytes */
	uint32_t virtual_size;
	uint32_t virtual_address;
	uint32_t raw_size;
	uint32_t raw_offset;
	uint32_t relocations_offset;
	uint32_t line_numbers_offset;
	uint16_t number_of_relocations;
	uint16_t number_of_line_numbers;
	uint32_t characteristics;
};

/* What an address needs of a section. */
struct pe_span {
	uint32_t start;      /* RVA */
	uint32_t size;       /* the larger of the sizes in memory and in the file */
	uint32_t raw_offset; /* rounded down as the loader does */
	uint32_t raw_size;
};

struct pe_image {
	struct bytes file;
	size_t nt_off; /* of the signature PE\0\0 (3.1) */
	bool is_64;
	struct pe_headers headers;
	struct pe_directory directories[PE_DIRECTORIES];

	size_t sections_off;
	unsigned
	    n_sections;    /* whose header lies in the file, at most CAP_PE_SECTIONS */
	bool sections_cut; /* the table reaches beyond the end of the file */
	uint32_t lowest_rva; /* of a section; UINT32_MAX without sections */
	struct pe_span spans[CAP_PE_SECTIONS];
};

/*
 * Whether file is a PE image: MZ, an offset at 0x3c that leads to PE\0\0 (3.1), and
 * room for both headers.  Fills *image_out only then.  Reads the headers and
 * the section table, nothing else.
 */
bool pe_open(struct bytes file, struct pe_image *image_out);

/*
 * The offset in the file of what the loader puts at rva.  False when nothing of the
 * file is there: in no section, in a part that exists in memory only, beyond the end of
 * the file, or when the section table is cut.  Of several sections that hold rva the
 * one with the highest address counts, the last among equals.  Addresses below all
 * sections are offsets themselves.
 */
bool pe_rva_to_offset(const struct pe_image *image, uint64_t rva, size_t *off_out);

/* The whole file, to seek in. */
struct reader pe_reader(const struct pe_image *image);

/* The bytes at off (of the file) before the next zero; of at most max, when there is none
 * among them or before the end.  {NULL, 0} only when off is outside. */
struct bytes pe_text(const struct pe_image *image, size_t off, size_t max);

/* index < image->n_sections */
struct pe_section pe_section(const struct pe_image *image, unsigned index);

/*
 * The name of a section behind a name such as "/4": an offset in decimal into the
 * string table after the symbols (3.4, COFF images only in principle, but MinGW does
 * it).  Any other name: its bytes without the zeros at the end.  False when the string
 * is not printable or not in the file.
 */
bool pe_section_full_name(const struct pe_image *image,
			  const struct pe_section *section, struct bytes *name_out);

/* The bytes of an 8-byte name without the zeros at the end; zeros inside stay. */
struct bytes pe_section_name(const struct pe_section *section);

/* What follows the section that reaches furthest; {0, 0}: nothing. */
struct pe_overlay {
	uint64_t off;
	uint64_t size;
};
struct pe_overlay pe_overlay(const struct pe_image *image);

/* The checksum of 3.3.2 (CheckSum), over the whole file without the field itself. */
uint64_t pe_checksum(const struct pe_image *image);

/* Where CheckSum stands, and the directory that a signature leaves out. */
size_t pe_checksum_off(const struct pe_image *image);
size_t pe_directory_off(const struct pe_image *image, enum pe_directory_index index);

#endif
