/* Any bytes as the certificate table of a small image; every value is asked for. */
#include "bytes/alloc.h"
#include "engine/module/pe_signatures.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS = 0x200 };

/* A 64-bit image of headers alone, whose table follows at once. */
static void write_headers(uint8_t *image, size_t table_size)
{
	memcpy(image, "MZ", 2);
	image[0x3c] = 0x40;
	memcpy(image + 0x40, "PE\0\0\x64\x86", 6);
	image[0x40 + 20] = 0xf0; /* SizeOfOptionalHeader */
	memcpy(image + 0x58, "\x0b\x02", 2);
	image[0x58 + 108] = 16; /* NumberOfRvaAndSizes */
	image[0x58 + 144 + 1] = HEADERS >> 8;
	for (unsigned i = 0; i < 4; i++)
		image[0x58 + 148 + i] = (uint8_t)(table_size >> 8 * i);
}

static void ask(struct pe_signatures *signatures, uint16_t first, uint16_t end,
		int64_t i, int64_t j, int64_t k)
{
	const struct value keys[] = {value_int(i), value_int(j), value_int(k)};
	struct value value;

	for (uint16_t id = first; id < end; id++)
		pe_signatures_get(signatures, id, keys, &value);
}

static void ask_counters(struct pe_signatures *s, int64_t i)
{
	const struct value keys[] = {value_int(i)};
	const int64_t n = pe_signatures_count(s, PE_SIGNATURE_COUNTERSIGNATURES, keys);

	for (int64_t j = 0; j <= n; j++) {
		const struct value path[] = {value_int(i), value_int(j)};
		const int64_t n_chain = pe_signatures_count(s, PE_COUNTER_CHAIN, path);

		ask(s, PE_COUNTER_VERIFIED, PE_COUNTER_CHAIN, i, j, 0);
		for (int64_t k = 0; k <= n_chain; k++)
			ask(s, PE_CERTIFICATE_OF_COUNTER, PE_SIGNATURE_FIELDS_END, i, j,
			    k);
	}
}

static void ask_everything(struct pe_signatures *s)
{
	const int64_t n = pe_signatures_count(s, PE_SIGNATURES, NULL);

	ask(s, PE_IS_SIGNED, PE_SIGNATURE_VERIFIED, 0, 0, 0);
	for (int64_t i = -1; i <= n; i++) {
		const struct value keys[] = {value_int(i)};
		const struct value on[] = {value_int(i), value_int(1700000000)};
		const int64_t n_certificates =
		    pe_signatures_count(s, PE_SIGNATURE_CERTIFICATES, keys);
		struct value value;

		ask(s, PE_SIGNATURE_VERIFIED, PE_COUNTER_VERIFIED, i, 0, 0);
		ask(s, PE_CERTIFICATE_OF_SIGNATURE, PE_CERTIFICATE_OF_LIST, i, 0, 0);
		pe_signatures_call(s, PE_SIGNATURE_VALID_ON, on, &value);
		for (int64_t j = 0; j <= n_certificates; j++)
			ask(s, PE_CERTIFICATE_OF_LIST, PE_CERTIFICATE_OF_COUNTER, i, j,
			    0);
		ask_counters(s, i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_signatures *signatures = NULL;
	struct pe_image image;
	struct arena *arena = NULL;
	uint8_t *file;

	if (size > 1 << 20)
		return 0;
	file = alloc_array(HEADERS + size, 1);
	if (file == NULL || arena_new(64 << 20, &arena) != RQ_OK)
		goto out;
	write_headers(file, size);
	if (size > 0)
		memcpy(file + HEADERS, data, size);
	if (pe_open((struct bytes){file, HEADERS + size}, &image) &&
	    pe_signatures_open(arena, image.file, HEADERS, size, &image, 1700000000,
			       &signatures) == RQ_OK)
		ask_everything(signatures);
out:
	arena_free(arena);
	alloc_free(file);
	return 0;
}
