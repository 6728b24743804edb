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

AVX2_PART __m256i test_grams(const uint32_t *words, uint32_t log2_words,
			     uint32_t multiplier, __m256i x)
{
	__m256i hash = _mm256_mullo_epi32(x, _mm256_set1_epi32((int)multiplier));
	__m128i shift = _mm_cvtsi32_si128(32 - (int)log2_words);
	__m256i word = gather(words, _mm256_srl_epi32(hash, shift));
	__m256i a = _mm256_srli_epi32(hash, 11);
	__m256i b =
	    _mm256_xor_si256(_mm256_srli_epi32(hash, 6), _mm256_srli_epi32(x, 24));

	return _mm256_and_si256(bit_to_top(word, a), bit_to_top(word, b));
}

AVX2_PART __m256i sets_of(const uint8_t *low, const uint8_t *high, __m256i x)
{
	__m256i half = _mm256_set1_epi8(15);
	__m256i by_low =
	    _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)low));
	__m256i by_high =
	    _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)high));
	__m256i x_high = _mm256_and_si256(_mm256_srli_epi32(x, 4), half);

	return _mm256_and_si256(_mm256_shuffle_epi8(by_low, _mm256_and_si256(x, half)),
				_mm256_shuffle_epi8(by_high, x_high));
}

AVX2_PART __m256i test_pairs(const struct pair_halves *halves, __m256i x, __m256i y)
{
	__m256i sets =
	    _mm256_and_si256(sets_of(halves->first_low, halves->first_high, x),
			     sets_of(halves->second_low, halves->second_high, y));

	/* the top bit of a lane must tell whether any is set */
	return _mm256_xor_si256(_mm256_cmpeq_epi32(sets, _mm256_setzero_si256()),
				_mm256_set1_epi32(-1));
}

/* Writes the places of the fours from i whose lane has its top bit set. */
AVX2_PART size_t put(uint16_t *queue, __m256i tests, size_t i, unsigned lanes,
		     enum kernel_question question)
{
	unsigned hits =
	    (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(tests)) & lanes;
	size_t n = 0;

	for (; hits != 0; hits &= hits - 1)
		queue[n++] = (uint16_t)(4 * (i + (unsigned)__builtin_ctz(hits)) +
					(unsigned)question);
	return n;
}

AVX2_PART size_t run(const struct filter *shared, bool between, bool pairs,
		     const uint8_t *data, size_t n, uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i += LANES) {
		size_t left = n - i;
		unsigned lanes = left < LANES ? (1u << left) - 1 : 0xff;
		__m256i x = load_folded(data + 4 * i, left);
		__m256i tests =
		    test_grams(filter.words, filter.log2_words, filter.multiplier, x);

		n_queued += put(queue + n_queued, tests, i, lanes, ASK_WHOLE);
		if (between) {
			tests = test_grams(filter.between, filter.log2_between,
					   filter.multiplier,
					   load_folded(data + 4 * i + 2, left));
			n_queued += put(queue + n_queued, tests, i, lanes, ASK_BETWEEN);
		}
		if (pairs) {
			tests = test_pairs(&filter.halves, x,
					   load_folded(data + 4 * i + 1, left));
			n_queued += put(queue + n_queued, tests, i, lanes, ASK_PAIRS);
		}
	}
	return n_queued;
}

AVX2 static size_t run_grams(const struct filter *filter, const uint8_t *data, size_t n,
			     uint16_t *queue)
{
	return run(filter, false, false, data, n, queue);
}

AVX2 static size_t run_between(const struct filter *filter, const uint8_t *data,
			       size_t n, uint16_t *queue)
{
	return run(filter, true, false, data, n, queue);
}

AVX2 static size_t run_pairs(const struct filter *filter, const uint8_t *data, size_t n,
			     uint16_t *queue)
{
	return run(filter, false, true, data, n, queue);
}

AVX2 static size_t run_all(const struct filter *filter, const uint8_t *data, size_t n,
			   uint16_t *queue)
{
	return run(filter, true, true, data, n, queue);
}

size_t kernel_run_avx2(const struct filter *filter, const uint8_t *data, size_t n,
		       uint16_t *queue)
{
	if (filter->pairs == NULL)
		return filter->between == NULL ? run_grams(filter, data, n, queue)
					       : run_between(filter, data, n, queue);
	return filter->between == NULL ? run_pairs(filter, data, n, queue)
				       : run_all(filter, data, n, queue);
}

#endif
