/*
 * The kernel for processors with AVX-512: sixteen fours at a time, whose words are
 * gathered.  Functions carry their own target, so that the rest of the program runs
 * everywhere; kernel.c asks the processor.
 */
#include "engine/match/kernel_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

enum { LANES = 16 };

/* Inlined everywhere: a vector that is passed on the stack may lie there unaligned. */
#define AVX512_PART static inline __attribute__((always_inline)) AVX512

AVX512_PART __m512i load_folded(const uint8_t *at, __mmask16 lanes)
{
	__m512i x = _mm512_maskz_loadu_epi32(lanes, at);
	__m512i bits = _mm512_set1_epi32(0x20202020);

	return _mm512_or_si512(x, _mm512_and_si512(_mm512_srli_epi32(x, 1), bits));
}

AVX512_PART __mmask16 test_grams(const uint32_t *words, uint32_t log2_words,
				 uint32_t multiplier, __m512i x)
{
	__m512i hash = _mm512_mullo_epi32(x, _mm512_set1_epi32((int)multiplier));
	__m128i shift = _mm_cvtsi32_si128(32 - (int)log2_words);
	__m512i word = _mm512_i32gather_epi32(_mm512_srl_epi32(hash, shift), words, 4);
	/* a rotation takes the bits of its count that matter */
	__m512i a = _mm512_rorv_epi32(word, _mm512_srli_epi32(hash, 11));
	__m512i b = _mm512_rorv_epi32(word, _mm512_xor_si512(_mm512_srli_epi32(hash, 6),
							     _mm512_srli_epi32(x, 24)));

	return _mm512_test_epi32_mask(_mm512_and_si512(a, b), _mm512_set1_epi32(1));
}

/* The sets that the halves of each byte belong to. */
AVX512_PART __m512i sets_of(const uint8_t *low, const uint8_t *high, __m512i x)
{
	__m512i half = _mm512_set1_epi8(15);
	__m512i by_low = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)low));
	__m512i by_high = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)high));
	__m512i x_high = _mm512_and_si512(_mm512_srli_epi32(x, 4), half);

	return _mm512_and_si512(_mm512_shuffle_epi8(by_low, _mm512_and_si512(x, half)),
				_mm512_shuffle_epi8(by_high, x_high));
}

/* Where pairs may begin: x holds the first bytes and y those one further. */
AVX512_PART __mmask16 test_pairs(const struct pair_halves *halves, __m512i x, __m512i y)
{
	return _mm512_test_epi32_mask(
	    sets_of(halves->first_low, halves->first_high, x),
	    sets_of(halves->second_low, halves->second_high, y));
}

/* Writes the places of hits; returns how many. */
AVX512_PART size_t put(uint16_t *queue, __mmask16 hits, __m512i places)
{
	_mm256_storeu_si256(
	    (__m256i *)queue,
	    _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(hits, places)));
	return (unsigned)__builtin_popcount(hits);
}

/* The same for a question that seldom passes. */
AVX512_PART size_t put_rare(uint16_t *queue, __mmask16 hits, __m512i places,
			    enum kernel_question question)
{
	if (__builtin_expect(hits == 0, 1))
		return 0;
	return put(queue, hits,
		   _mm512_add_epi32(places, _mm512_set1_epi32((int)question)));
}

AVX512_PART size_t run(const struct filter *shared, bool between, bool pairs,
		       const uint8_t *data, size_t n, uint16_t *queue)
{
	const struct filter filter = *shared; /* stays in registers */
	__m512i places = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44,
					   48, 52, 56, 60);
	size_t n_queued = 0;

	for (size_t i = 0; i < n; i += LANES) {
		__mmask16 lanes =
		    n - i < LANES ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
		__m512i x = load_folded(data + 4 * i, lanes);
		__mmask16 hits =
		    test_grams(filter.words, filter.log2_words, filter.multiplier, x);

		n_queued += put(queue + n_queued, hits & lanes, places);
		if (between) {
			hits = test_grams(filter.between, filter.log2_between,
					  filter.multiplier,
					  load_folded(data + 4 * i + 2, lanes));
			n_queued += put_rare(queue + n_queued, hits & lanes, places,
					     ASK_BETWEEN);
		}
		if (pairs) {
			hits = test_pairs(&filter.halves, x,
					  load_folded(data + 4 * i + 1, lanes));
			n_queued +=
			    put_rare(queue + n_queued, hits & lanes, places, ASK_PAIRS);
		}
		places = _mm512_add_epi32(places, _mm512_set1_epi32(4 * LANES));
	}
	return n_queued;
}

AVX512 static size_t run_grams(const struct filter *filter, const uint8_t *data,
			       size_t n, uint16_t *queue)
{
	return run(filter, false, false, data, n, queue);
}

AVX512 static size_t run_between(const struct filter *filter, const uint8_t *data,
				 size_t n, uint16_t *queue)
{
	return run(filter, true, false, data, n, queue);
}

AVX512 static size_t run_pairs(const struct filter *filter, const uint8_t *data,
			       size_t n, uint16_t *queue)
{
	return run(filter, false, true, data, n, queue);
}

AVX512 static size_t run_all(const struct filter *filter, const uint8_t *data, size_t n,
			     uint16_t *queue)
{
	return run(filter, true, true, data, n, queue);
}

size_t kernel_run_avx512(const struct filter *filter, const uint8_t *data, size_t n,
			 uint16_t *queue)
{
	if (filter->pairs == NULL)
		return filter->between == NULL ? run_grams(filter, data, n, queue)
					       : run_between(filter, data, n, queue);
	return filter->between == NULL ? run_pairs(filter, data, n, queue)
				       : run_all(filter, data, n, queue);
}

#endif
