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
static float pair_weight[1 << 16][N_KINDS];
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
		pair_weight[gram_fold(x) & 0xffff][kind] += 1;
	}
}

/* 0 for at most half a place per megabyte, then doubling. */
static unsigned level(double per_mb)
{
	double l = per_mb <= 0.5 ? 0 : ceil(log2(per_mb)) + 1;

	return l > 15 ? 15 : (unsigned)l;
}

static const char functions[] =
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
    "\tunsigned level = pair_levels[folded / 16] >> (folded % 16 * 4) & 15;\n"
    "\n"
    "\treturn 8.0 * (double)(UINT32_C(1) << level);\n"
    "}\n";

static double per_mb(const float *weight)
{
	double sum = 0;

	for (int k = 0; k < N_KINDS; k++)
		sum += weight[k] * 1e6 / ((double)n_bytes[k] + 1) / N_KINDS;
	return sum;
}

static void write_levels(const char *name, const uint8_t *levels)
{
	printf("static const uint64_t %s[%d] = {\n", name, (1 << LOG2_TABLE) / 16);
	for (size_t i = 0; i < (1u << LOG2_TABLE); i += 16) {
		uint64_t row = 0;

		for (size_t j = 0; j < 16; j++)
			row |= (uint64_t)levels[i + j] << (4 * j);
		printf("%s0x%016llx,%s", i % 64 == 0 ? "\t" : " ", (unsigned long long)row,
		       i % 64 == 48 ? "\n" : "");
	}
	printf("};\n\n");
}

static void write_tables(const uint8_t *grams, const uint8_t *pairs)
{
	printf("/* Made by bench/gram_table.c from %zu MB of ordinary files. */\n"
	       "#include \"engine/ruleset/gram.h\"\n\n"
	       "/* Four bits for each place: hits per megabyte, doubling from a half. */\n",
	       (n_bytes[0] + n_bytes[1] + n_bytes[2]) >> 20);
	write_levels("gram_levels", grams);
	printf("/* The same for each pair, doubling from eight. */\n");
	write_levels("pair_levels", pairs);
	printf("%s", functions);
}

int main(void)
{
	static uint8_t levels[1 << LOG2_TABLE], pairs[1 << LOG2_TABLE];
	static char name[4096];

	slots = calloc((size_t)1 << LOG2_SLOTS, sizeof *slots);
	if (slots == NULL)
		return 1;
	while (fgets(name, sizeof name, stdin) != NULL) {
		name[strcspn(name, "\n")] = 0;
		count(name);
	}
	for (size_t i = 0; i < (size_t)1 << LOG2_SLOTS; i++) {
		uint32_t at = gram_table_place(slots[i].gram);
		unsigned l = level(per_mb(slots[i].weight));

		if (levels[at] < l)
			levels[at] = (uint8_t)l;
	}
	for (size_t i = 0; i < 1 << 16; i++)
		pairs[i] = (uint8_t)level(per_mb(pair_weight[i]) / 16);
	write_tables(levels, pairs);
	return 0;
}
