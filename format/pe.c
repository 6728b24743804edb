#include "format/pe.h"

#include "bytes/cut.h"

enum {
	DOS_HEADER_SIZE = 64,
	FILE_HEADER_SIZE = 20,
	OPTIONAL_HEADER_32_SIZE = 224,
	OPTIONAL_HEADER_64_SIZE = 240,
	SYMBOL_SIZE = 18,
	CHECKSUM_OFF = 64,          /* in the optional header, of both kinds */
	LEAST_FILE_ALIGNMENT = 512, /* 3.3.2: what the loader rounds to at most */
	PAGE = 4096,
};

static bool find_headers(struct bytes file, struct pe_image *image)
{
	struct reader r = reader_over(file.at, file.n);
	struct reader dos = reader_at(&r, 0, DOS_HEADER_SIZE);

	if (reader_u16le(&dos) != 0x5a4d)
		return false;
	reader_seek(&dos, 0x3c);
	uint32_t nt_off = reader_u32le(&dos);
	if (!reader_ok(&dos) || nt_off > INT32_MAX)
		return false;

	/* A 32-bit optional header must fit even before Magic is looked at. */
	struct reader nt =
	    reader_at(&r, nt_off, 4 + FILE_HEADER_SIZE + OPTIONAL_HEADER_32_SIZE);
	if (reader_u32le(&nt) != 0x00004550)
		return false;
	reader_skip(&nt, FILE_HEADER_SIZE);
	image->is_64 = reader_u16le(&nt) == PE_MAGIC_64;
	image->nt_off = nt_off;
	image->file = file;
	return reader_ok(&nt) &&
	       (!image->is_64 ||
		reader_covers(&r, nt_off,
			      4 + FILE_HEADER_SIZE + OPTIONAL_HEADER_64_SIZE));
}

static void read_file_header(struct reader *r, struct pe_headers *h)
{
	h->machine = reader_u16le(r);
	h->number_of_sections = reader_u16le(r);
	h->timestamp = reader_u32le(r);
	h->pointer_to_symbol_table = reader_u32le(r);
	h->number_of_symbols = reader_u32le(r);
	h->size_of_optional_header = reader_u16le(r);
	h->characteristics = reader_u16le(r);
}

static uint64_t word(struct reader *r, bool is_64)
{
	return is_64 ? reader_u64le(r) : reader_u32le(r);
}

static void read_optional_header(struct reader *r, struct pe_headers *h, bool is_64)
{
	h->magic = reader_u16le(r);
	h->linker_major = reader_u8(r);
	h->linker_minor = reader_u8(r);
	h->size_of_code = reader_u32le(r);
	h->size_of_initialized_data = reader_u32le(r);
	h->size_of_uninitialized_data = reader_u32le(r);
	h->entry_point = reader_u32le(r);
	h->base_of_code = reader_u32le(r);
	h->base_of_data = is_64 ? 0 : reader_u32le(r);

	h->image_base = word(r, is_64);
	h->section_alignment = reader_u32le(r);
	h->file_alignment = reader_u32le(r);
	h->os_major = reader_u16le(r);
	h->os_minor = reader_u16le(r);
	h->image_major = reader_u16le(r);
	h->image_minor = reader_u16le(r);
	h->subsystem_major = reader_u16le(r);
	h->subsystem_minor = reader_u16le(r);
	h->win32_version = reader_u32le(r);
	h->size_of_image = reader_u32le(r);
	h->size_of_headers = reader_u32le(r);
	h->checksum = reader_u32le(r);
	h->subsystem = reader_u16le(r);
	h->dll_characteristics = reader_u16le(r);
	h->stack_reserve = word(r, is_64);
	h->stack_commit = word(r, is_64);
	h->heap_reserve = word(r, is_64);
	h->heap_commit = word(r, is_64);
	h->loader_flags = reader_u32le(r);
	h->number_of_directories = reader_u32le(r);
}

/*
 * The loader rounds PointerToRawData down: to FileAlignment, of which no more than 512
 * counts, and to 512 in any image whose sections start on pages of their own.
 */
static uint32_t rounded_raw_offset(const struct pe_headers *h, uint32_t raw_offset)
{
	uint32_t alignment = h->file_alignment < LEAST_FILE_ALIGNMENT
				 ? h->file_alignment
				 : LEAST_FILE_ALIGNMENT;

	if (alignment != 0)
		raw_offset -= raw_offset % alignment;
	if (h->section_alignment >= PAGE)
		raw_offset &= ~(uint32_t)(LEAST_FILE_ALIGNMENT - 1);
	return raw_offset;
}

static void read_sections(struct pe_image *image)
{
	struct reader file = pe_reader(image);
	unsigned n_wanted = image->headers.number_of_sections;

	image->sections_off = image->nt_off + 4 + FILE_HEADER_SIZE +
			      image->headers.size_of_optional_header;
	if (n_wanted > CAP_PE_SECTIONS) {
		n_wanted = CAP_PE_SECTIONS;
		if (reader_covers(&file,
				  image->sections_off + n_wanted * PE_SECTION_SIZE,
				  PE_SECTION_SIZE))
			cut_note(CUT_LIBYARA);
	}
	image->lowest_rva = UINT32_MAX;
	image->n_sections = 0;
	while (image->n_sections < n_wanted &&
	       reader_covers(&file,
			     image->sections_off + image->n_sections * PE_SECTION_SIZE,
			     PE_SECTION_SIZE)) {
		struct pe_section s = pe_section(image, image->n_sections);
		struct pe_span *span = &image->spans[image->n_sections++];

		if (s.virtual_address < image->lowest_rva)
			image->lowest_rva = s.virtual_address;
		span->start = s.virtual_address;
		span->size = s.virtual_size > s.raw_size ? s.virtual_size : s.raw_size;
		span->raw_offset = rounded_raw_offset(&image->headers, s.raw_offset);
		span->raw_size = s.raw_size;
	}
	image->sections_cut = image->n_sections < n_wanted;
}

bool pe_open(struct bytes file, struct pe_image *image_out)
{
	if (!find_headers(file, image_out))
		return false;

	struct reader whole = reader_over(file.at, file.n);
	struct reader r = reader_from(&whole, image_out->nt_off + 4);
	read_file_header(&r, &image_out->headers);
	read_optional_header(&r, &image_out->headers, image_out->is_64);
	for (int i = 0; i < PE_DIRECTORIES; i++) {
		image_out->directories[i].rva = reader_u32le(&r);
		image_out->directories[i].size = reader_u32le(&r);
	}
	read_sections(image_out);
	return true;
}

bool pe_rva_to_offset(const struct pe_image *image, uint64_t rva, size_t *off_out)
{
	struct pe_span best = {0};

	*off_out = 0;
	if (image->sections_cut)
		return false;
	for (unsigned i = 0; i < image->n_sections; i++) {
		const struct pe_span *span = &image->spans[i];

		if (rva >= span->start && rva - span->start < span->size &&
		    best.start <= span->start)
			best = *span;
	}
	if (rva < image->lowest_rva)
		best = (struct pe_span){.raw_size = (uint32_t)image->file.n};
	if (rva - best.start >= best.raw_size)
		return false;

	uint64_t off = best.raw_offset + (rva - best.start);
	if (off >= image->file.n)
		return false;
	*off_out = (size_t)off;
	return true;
}

struct reader pe_reader(const struct pe_image *image)
{
	return reader_over(image->file.at, image->file.n);
}

struct bytes pe_text(const struct pe_image *image, size_t off, size_t max)
{
	struct reader r = pe_reader(image);

	reader_seek(&r, off);
	if (reader_left(&r) == 0)
		return (struct bytes){0};

	struct reader rest = r;
	struct bytes text = reader_zero_ended(&r, max);
	if (text.at != NULL)
		return text;
	return reader_bytes(&rest, reader_left(&rest) < max ? reader_left(&rest) : max);
}

struct pe_section pe_section(const struct pe_image *image, unsigned index)
{
	struct reader file = pe_reader(image);
	struct reader r = reader_at(
	    &file, image->sections_off + index * PE_SECTION_SIZE, PE_SECTION_SIZE);
	struct pe_section s;

	s.name = reader_bytes(&r, 8);
	s.virtual_size = reader_u32le(&r);
	s.virtual_address = reader_u32le(&r);
	s.raw_size = reader_u32le(&r);
	s.raw_offset = reader_u32le(&r);
	s.relocations_offset = reader_u32le(&r);
	s.line_numbers_offset = reader_u32le(&r);
	s.number_of_relocations = reader_u16le(&r);
	s.number_of_line_numbers = reader_u16le(&r);
	s.characteristics = reader_u32le(&r);
	return s;
}

struct bytes pe_section_name(const struct pe_section *section)
{
	struct bytes name = section->name;

	while (name.n > 0 && name.at[name.n - 1] == 0)
		name.n--;
	return name;
}

bool pe_section_full_name(const struct pe_image *image,
			  const struct pe_section *section, struct bytes *name_out)
{
	const struct pe_headers *h = &image->headers;
	struct reader file = pe_reader(image);
	struct reader digits = reader_over(section->name.at, section->name.n);
	uint64_t index = 0;

	*name_out = pe_section_name(section);
	if (h->pointer_to_symbol_table == 0 || reader_u8(&digits) != '/')
		return true;
	for (uint8_t c = reader_u8(&digits); c >= '0' && c <= '9';
	     c = reader_u8(&digits))
		index = index * 10 + (c - '0');

	reader_seek(&file, h->pointer_to_symbol_table +
			       (uint64_t)h->number_of_symbols * SYMBOL_SIZE + index);
	struct bytes name = reader_zero_ended(&file, reader_left(&file));
	if (!reader_ok(&file))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.at[i] < 0x20 || name.at[i] > 0x7e)
			return false;
	*name_out = name;
	return true;
}

struct pe_overlay pe_overlay(const struct pe_image *image)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < image->n_sections; i++) {
		struct pe_section s = pe_section(image, i);

		/* The sum wraps when it is compared, as libyara's does, and does not
		 * when it is used. */
		if ((uint32_t)(s.raw_offset + s.raw_size) > end)
			end = (uint64_t)s.raw_offset + s.raw_size;
	}
	if (end == 0 || end >= image->file.n)
		return (struct pe_overlay){0};
	return (struct pe_overlay){.off = end, .size = image->file.n - end};
}

uint64_t pe_checksum(const struct pe_image *image)
{
	struct reader r = pe_reader(image);
	uint64_t sum = 0;

	/* The carries of a one's-complement sum may as well be added in the end; a
	 * file would need 16 GiB to overflow 64 bits. */
	while (reader_left(&r) >= 4) {
		bool is_field = r.pos == pe_checksum_off(image);
		uint32_t value = reader_u32le(&r);

		sum += is_field ? 0 : value;
	}
	for (int shift = 0; reader_left(&r) > 0; shift += 8)
		sum += (uint64_t)reader_u8(&r) << shift;

	while (sum > UINT32_MAX)
		sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (sum & 0xffff) + image->file.n;
}

size_t pe_checksum_off(const struct pe_image *image)
{
	return image->nt_off + 4 + FILE_HEADER_SIZE + CHECKSUM_OFF;
}

size_t pe_directory_off(const struct pe_image *image, enum pe_directory_index index)
{
	size_t end = image->nt_off + 4 + FILE_HEADER_SIZE +
		     (image->is_64 ? OPTIONAL_HEADER_64_SIZE : OPTIONAL_HEADER_32_SIZE);

	return end - (PE_DIRECTORIES - (size_t)index) * 8;
}
