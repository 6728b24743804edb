#include "format/tlsh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_BUCKETS = 128, MIN_BYTES = 50, CODE_BYTES = N_BUCKETS / 4 };

/* The permutation of P. Pearson, "Fast Hashing of Variable-Length Text Strings", 1990. */
static const uint8_t pearson[256] = {
    1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163,
    14,  197, 213, 181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200,
    110, 177, 104, 103, 141, 253, 255, 50,  77,  101, 81,  18,  45,  96,  31,  222,
    25,  107, 190, 70,  86,  237, 240, 34,  72,  242, 20,  214, 244, 227, 149, 235,
    97,  234, 57,  22,  60,  250, 82,  175, 208, 5,   127, 199, 111, 62,  135, 248,
    174, 169, 211, 58,  66,  154, 106, 195, 245, 171, 17,  187, 182, 179, 0,   243,
    132, 56,  148, 75,  128, 133, 158, 100, 130, 126, 91,  13,  153, 246, 216, 219,
    119, 68,  223, 78,  83,  88,  201, 99,  122, 11,  92,  32,  136, 114, 52,  10,
    138, 30,  48,  183, 156, 35,  61,  26,  143, 74,  251, 94,  129, 162, 63,  152,
    170, 7,   115, 167, 241, 206, 3,   150, 55,  59,  151, 220, 90,  53,  23,  131,
    125, 173, 15,  238, 79,  95,  89,  16,  105, 137, 225, 224, 217, 160, 37,  123,
    118, 73,  2,   157, 46,  116, 9,   145, 134, 228, 207, 212, 202, 215, 69,  229,
    27,  188, 67,  124, 168, 252, 42,  4,   29,  108, 21,  247, 19,  205, 39,  203,
    233, 40,  186, 147, 198, 192, 155, 33,  164, 191, 98,  204, 165, 180, 117, 76,
    140, 36,  210, 172, 41,  54,  159, 8,   185, 232, 113, 196, 231, 47,  146, 120,
    51,  65,  28,  144, 254, 221, 93,  189, 194, 139, 112, 43,  71,  109, 184, 209,
};

/*
 * The largest length of each class of lengths.  The paper gives logarithms (base 1.5
 * up to 656 bytes, 1.3 up to 3199, 1.1 above); everybody uses these roundings.
 */
static const uint32_t length_limit[] = {
    1,          2,          3,          5,          7,          11,         17,
    25,         38,         57,         86,         129,        194,        291,
    437,        656,        854,        1110,       1443,       1876,       2439,
    3171,       3475,       3823,       4205,       4626,       5088,       5597,
    6157,       6772,       7450,       8195,       9014,       9916,       10907,
    11998,      13198,      14518,      15970,      17567,      19323,      21256,
    23382,      25720,      28292,      31121,      34233,      37656,      41422,
    45564,      50121,      55133,      60646,      66711,      73382,      80721,
    88793,      97672,      107439,     118183,     130002,     143002,     157302,
    173032,     190335,     209369,     230306,     253337,     278670,     306538,
    337191,     370911,     408002,     448802,     493682,     543050,     597356,
    657091,     722800,     795081,     874589,     962048,     1058252,    1164078,
    1280486,    1408534,    1549388,    1704327,    1874759,    2062236,    2268459,
    2495305,    2744836,    3019320,    3321252,    3653374,    4018711,    4420582,
    4862641,    5348905,    5883796,    6472176,    7119394,    7831333,    8614467,
    9475909,    10423501,   11465851,   12612437,   13873681,   15261050,   16787154,
    18465870,   20312458,   22343706,   24578077,   27035886,   29739474,   32713425,
    35984770,   39583245,   43541573,   47895730,   52685306,   57953837,   63749221,
    70124148,   77136564,   84850228,   93335252,   102668779,  112935659,  124229227,
    136652151,  150317384,  165349128,  181884040,  200072456,  220079703,  242087671,
    266296456,  292926096,  322218735,  354440623,  389884688,  428873168,  471760495,
    518936559,  570830240,  627913311,  690704607,  759775136,  835752671,  919327967,
    1011260767, 1112386880, 1223623232, 1345985727, 1480584256, 1628642751, 1791507135,
    1970657856, 2167723648, 2384496256, 2622945920, 2885240448, 3173764736, 3491141248,
    3840255616, 4224281216,
};

enum { N_LENGTHS = sizeof length_limit / sizeof *length_limit };

static uint8_t mix(uint8_t salt, uint8_t a, uint8_t b, uint8_t c)
{
	return pearson[pearson[pearson[pearson[salt] ^ a] ^ b] ^ c];
}

/* The newest byte and each pair of the four before it but one make six triples. */
static void add_byte(struct tlsh *t, uint8_t byte)
{
	const uint8_t *w = t->window;

	if (t->n >= 4) {
		t->checksum = mix(0, byte, w[0], t->checksum);
		t->bucket[mix(2, byte, w[0], w[1])]++;
		t->bucket[mix(3, byte, w[0], w[2])]++;
		t->bucket[mix(5, byte, w[1], w[2])]++;
		t->bucket[mix(7, byte, w[1], w[3])]++;
		t->bucket[mix(11, byte, w[0], w[3])]++;
		t->bucket[mix(13, byte, w[2], w[3])]++;
	}
	memmove(t->window + 1, t->window, 3);
	t->window[0] = byte;
	t->n++;
}

void tlsh_add(struct tlsh *tlsh, struct bytes data)
{
	for (size_t i = 0; i < data.n; i++)
		add_byte(tlsh, data.at[i]);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The counts below which a quarter, a half and three quarters of the buckets stay. */
static void find_quartiles(const struct tlsh *t, uint32_t quartile[3])
{
	uint32_t sorted[N_BUCKETS];

	memcpy(sorted, t->bucket, sizeof sorted);
	qsort(sorted, N_BUCKETS, sizeof *sorted, by_size);
	for (size_t i = 0; i < 3; i++)
		quartile[i] = sorted[N_BUCKETS / 4 * (i + 1) - 1];
}

static bool is_varied(const struct tlsh *t)
{
	size_t n = 0;

	for (size_t i = 0; i < N_BUCKETS; i++)
		n += t->bucket[i] > 0;
	return n > N_BUCKETS / 2;
}

static uint8_t length_class(uint32_t n)
{
	uint8_t i = 0;

	while (i + 1 < N_LENGTHS && n > length_limit[i])
		i++;
	return i;
}

static unsigned ratio(uint32_t quartile, uint32_t whole)
{
	return (unsigned)((float)(quartile * 100) / (float)whole) % 16;
}

/* The quartile of each of four buckets, two bits each. */
static uint8_t code_of(const uint32_t *bucket, const uint32_t quartile[3])
{
	uint8_t code = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned q = (bucket[i] > quartile[0]) + (bucket[i] > quartile[1]) +
			     (bucket[i] > quartile[2]);

		code |= (uint8_t)(q << (2 * i));
	}
	return code;
}

/* The three bytes of the head are written with their low half first. */
static unsigned swapped(unsigned byte)
{
	return (byte & 15) << 4 | byte >> 4;
}

bool tlsh_finish(const struct tlsh *tlsh, char text[TLSH_TEXT + 1])
{
	uint32_t quartile[3];
	int at;

	*text = 0;
	find_quartiles(tlsh, quartile);
	if (tlsh->n < MIN_BYTES || quartile[2] == 0 || !is_varied(tlsh))
		return false;
	at = snprintf(text, TLSH_TEXT + 1, "T1%02X%02X%X%X", swapped(tlsh->checksum),
		      swapped(length_class(tlsh->n)), ratio(quartile[0], quartile[2]),
		      ratio(quartile[1], quartile[2]));
	for (size_t i = CODE_BYTES; i-- > 0; at += 2)
		snprintf(text + at, 3, "%02X", code_of(tlsh->bucket + 4 * i, quartile));
	return true;
}
