/*
 * Makes engine/ruleset/gram_table.c: reads names of ordinary files from the standard
 * input, counts their folded grams, and writes the table to the standard output.
 *
 *     find /usr /opt -type f -size +8k | shuf | gram_table > engine/ruleset/gram_table.c
 *
 * Programs for Windows, programs for Linux and everything else weigh the same.  Of the
 * grams that share a place in the table the most frequent one counts.
 */
#include "engine/ruleset/gram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOG2_SLOTS = 26,
	LOG2_TABLE = 16,
	N_KINDS = 3,
	KIND_BYTES = 48 << 20, /* of each kind */
	FILE_BYTES = 1 << 20,  /* of one file, from its middle */
};

struct slot {
	uint32_t gram;
	float weight[N_KINDS];
};

static struct slot *slots;
static double byte_weight[256];
static size_t n_bytes[N_KINDS];

static struct slot *slot_of(uint32_t gram)
{
	uint32_t at = gram * UINT32_C(0x9e3779b1) >> (32 - LOG2_SLOTS);

	while (slots[at].gram != gram && slots[at].gram != 0)
		at = (at + 1) & ((1u << LOG2_SLOTS) - 1);
	slots[at].gram = gram; /* the gram of zeros shares with whatever is at 0 */
	return &slots[at];
}

static int kind_of(const uint8_t *data)
{
	if (memcmp(data, "MZ", 2) == 0)
		return 0;
	return memcmp(data, "\x7f" "ELF", 4) == 0 ? 1 : 2;
}

static void count(const char *name)
{
	static uint8_t data[FILE_BYTES + 4];
	FILE *f = fopen(name, "rb");
	size_t n = 0;
	int kind;

	if (f == NULL)
		return;
	n = fread(data, 1, FILE_BYTES, f);
	kind = kind_of(data);
	if (n == FILE_BYTES && kind != 2 && fseek(f, 0, SEEK_END) == 0) {
		fseek(f, ftell(f) / 2, SEEK_SET);
		n = fread(data, 1, FILE_BYTES, f);
	}
	fclose(f);
	if (n < 8 || n_bytes[kind] > KIND_BYTES)
		return;
	n_bytes[kind] += n;
	for (size_t i = 0; i + 4 <= n; i++) {
		uint32_t x;

		memcpy(&x, data + i, 4);
		slot_of(gram_fold(x))->weight[kind] += 1;
		byte_weight[byte_fold(data[i])] += 1;
	}
}

/* 0 for at most half a place per megabyte, then doubling. */
static unsigned level(double per_mb)
{
	double l = per_mb <= 0.5 ? 0 : ceil(log2(per_mb)) + 1;

	return l > 15 ? 15 : (unsigned)l;
}

static const char functions[] =
    "\n"
    "double gram_hits_per_mb(uint32_t folded)\n"
    "{\n"
    "\tuint32_t place = gram_table_place(folded);\n"
    "\tunsigned level = gram_levels[place / 16] >> (place % 16 * 4) & 15;\n"
    "\n"
    "\treturn (double)(UINT32_C(1) << level) / 2;\n"
    "}\n"
    "\n"
    "double pair_hits_per_mb(uint16_t folded)\n"
    "{\n"
    "\t/* neighbours are not independent, but rare bytes make rare pairs */\n"
    "\tdouble first = byte_places[folded & 0xff], second = byte_places[folded >> 8];\n"
    "\n"
    "\treturn (first + 1) * (second + 1) * 1e6 / 65536 / 65536;\n"
    "}\n";

static void write_table(const uint8_t *levels)
{
	printf("/* Made by bench/gram_table.c from %zu MB of ordinary files. */\n"
	       "#include \"engine/ruleset/gram.h\"\n\n"
	       "/* Four bits for each place: hits per megabyte, doubling. */\n"
	       "static const uint64_t gram_levels[%d] = {\n",
	       (n_bytes[0] + n_bytes[1] + n_bytes[2]) >> 20, (1 << LOG2_TABLE) / 16);
	for (size_t i = 0; i < (1u << LOG2_TABLE); i += 16) {
		uint64_t row = 0;

		for (size_t j = 0; j < 16; j++)
			row |= (uint64_t)levels[i + j] << (4 * j);
		printf("%s0x%016llx,%s", i % 64 == 0 ? "\t" : " ", (unsigned long long)row,
		       i % 64 == 48 ? "\n" : "");
	}
	printf("};\n\n/* Places per 65,536 bytes at which a folded byte stands. */\n"
	       "static const uint16_t byte_places[256] = {");
	for (size_t i = 0; i < 256; i++) {
		double places = byte_weight[i] * 65536 / (double)(n_bytes[0] + n_bytes[1] + n_bytes[2]);

		printf("%s%u,", i % 12 == 0 ? "\n\t" : " ", (unsigned)(places + 0.5));
	}
	printf("\n};\n%s", functions);
}

int main(void)
{
	static uint8_t levels[1 << LOG2_TABLE];
	static char name[4096];

	slots = calloc((size_t)1 << LOG2_SLOTS, sizeof *slots);
	if (slots == NULL)
		return 1;
	while (fgets(name, sizeof name, stdin) != NULL) {
		name[strcspn(name, "\n")] = 0;
		count(name);
	}
	for (size_t i = 0; i < (size_t)1 << LOG2_SLOTS; i++) {
		double per_mb = 0;
		uint32_t at = gram_table_place(slots[i].gram);
		unsigned l;

		for (int k = 0; k < N_KINDS; k++)
			per_mb += slots[i].weight[k] * 1e6 / ((double)n_bytes[k] + 1) / N_KINDS;
		l = level(per_mb);
		if (levels[at] < l)
			levels[at] = (uint8_t)l;
	}
	write_table(levels);
	return 0;
}
