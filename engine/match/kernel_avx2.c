/*
 * The kernel for processors with AVX2: eight fours at a time, whose words are gathered.
 * Built like kernel_avx512.c.
 */
#include "engine/match/kernel_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2      __attribute__((target("avx2,bmi")))
#define AVX2_PART static inline __attribute__((always_inline)) AVX2

enum { LANES = 8 };

/* The first n fours at `at`, at most eight. */
AVX2_PART __m256i load_folded(const uint8_t *at, size_t n)
{
	__m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256i there = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
	__m256i x = n >= LANES
			? _mm256_loadu_si256((const __m256i *)(const void *)at)
			: _mm256_maskload_epi32((const int *)(const void *)at, there);
	__m256i bits = _mm256_set1_epi32(0x20202020);

	return _mm256_or_si256(x, _mm256_and_si256(_mm256_srli_epi32(x, 1), bits));
}

AVX2_PART __m256i gather(const uint32_t *words, __m256i index)
{
	return _mm256_i32gather_epi32((const int *)(const void *)words, index, 4);
}

/* Moves the bit that the low five bits of place name to the top. */
AVX2_PART __m256i bit_to_top(__m256i word, __m256i place)
{
	return _mm256_sllv_epi32(word,
				 _mm256_andnot_si256(place, _mm256_set1_epi32(31)));
}

AVX2_PART __m256i test_grams(const struct filter *filter, __m256i x)
{
	__m256i hash =
	    _mm256_mullo_epi32(x, _mm256_set1_epi32((int)filter->multiplier));
	__m128i shift = _mm_cvtsi32_si128(32 - (int)filter->log2_words);
	__m256i word = gather(filter->words, _mm256_srl_epi32(hash, shift));
	__m256i a = _mm256_srli_epi32(hash, 11);
	__m256i b =
	    _mm256_xor_si256(_mm256_srli_epi32(hash, 6), _mm256_srli_epi32(x, 24));

	return _mm256_and_si256(bit_to_top(word, a), bit_to_top(word, b));
}

/* Of each lane the pair in its low half. */
AVX2_PART __m256i test_pairs(const uint32_t *pairs, __m256i pair)
{
	return bit_to_top(gather(pairs, _mm256_srli_epi32(pair, 5)), pair);
}

AVX2_PART __m256i test_halves(const uint32_t *low, const uint32_t *high, __m256i x)
{
	__m256i first = _mm256_and_si256(x, _mm256_set1_epi32(0xffff));

	return _mm256_or_si256(test_pairs(low, first),
			       test_pairs(high, _mm256_srli_epi32(x, 16)));
}

AVX2_PART size_t run(const struct filter *shared, bool even, bool odd,
		     const uint8_t *data, size_t n, uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i += LANES) {
		size_t left = n - i;
		__m256i x = load_folded(data + 4 * i, left);
		__m256i tests = test_grams(&filter, x);
		unsigned hits;

		if (even)
			tests = _mm256_or_si256(
			    tests, test_halves(filter.low, filter.high, x));
		if (odd)
			tests = _mm256_or_si256(
			    tests, test_halves(filter.odd, filter.odd,
					       load_folded(data + 4 * i + 1, left)));
		hits = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(tests));
		if (left < LANES)
			hits &= (1u << left) - 1;
		for (; hits != 0; hits &= hits - 1)
			queue[n_queued++] =
			    (uint16_t)(i + (unsigned)__builtin_ctz(hits));
	}
	return n_queued;
}

AVX2 static size_t run_grams(const struct filter *filter, const uint8_t *data, size_t n,
			     uint16_t *queue)
{
	return run(filter, false, false, data, n, queue);
}

AVX2 static size_t run_even(const struct filter *filter, const uint8_t *data, size_t n,
			    uint16_t *queue)
{
	return run(filter, true, false, data, n, queue);
}

AVX2 static size_t run_odd(const struct filter *filter, const uint8_t *data, size_t n,
			   uint16_t *queue)
{
	return run(filter, true, true, data, n, queue);
}

size_t kernel_run_avx2(const struct filter *filter, const uint8_t *data, size_t n,
		       uint16_t *queue)
{
	if (filter->odd != NULL)
		return run_odd(filter, data, n, queue);
	return filter->low != NULL ? run_even(filter, data, n, queue)
				   : run_grams(filter, data, n, queue);
}

#endif
