#include "centre/http/rate.h"

#include "bytes/alloc.h"
#include "crypto/digest.h"

enum { WAYS = 8 }; /* identities that share a row */

struct bucket {
	uint64_t who; /* 0: empty */
	uint64_t at_ms;
	uint32_t tokens_milli;
};

struct rates {
	size_t n_rows; /* a power of two */
	struct bucket rows[][WAYS];
};

struct rates *rates_new(size_t n)
{
	struct rates *rates;
	size_t n_rows = 1;

	while (n_rows * WAYS < n)
		n_rows *= 2;
	rates = alloc_array(1, sizeof *rates + n_rows * sizeof rates->rows[0]);
	if (rates != NULL)
		rates->n_rows = n_rows;
	return rates;
}

void rates_free(struct rates *rates)
{
	alloc_free(rates);
}

/* Nobody can choose an identity so that it meets another's. */
static uint64_t name(unsigned class, struct bytes identity)
{
	uint8_t digest[DIGEST_MAX_SIZE] = {0};
	struct reader r = reader_over(digest, sizeof digest);
	uint64_t who;

	if (digest_of(DIGEST_SHA256, identity, digest) != RQ_OK)
		return 1;
	who = reader_u64le(&r) + class;
	return who != 0 ? who : 1;
}

static struct bucket *find(struct rates *rates, uint64_t who, const struct rate *rate,
			   uint64_t now_ms)
{
	struct bucket *row = rates->rows[who & (rates->n_rows - 1)];
	struct bucket *oldest = &row[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (row[i].who == who)
			return &row[i];
		if (row[i].at_ms < oldest->at_ms)
			oldest = &row[i];
	}
	*oldest = (struct bucket){who, now_ms, rate->burst * 1000};
	return oldest;
}

bool rates_take(struct rates *rates, unsigned class, const struct rate *rate,
		struct bytes identity, uint64_t now_ms, uint64_t *wait_ms_out)
{
	struct bucket *bucket = find(rates, name(class, identity), rate, now_ms);
	uint64_t full = (uint64_t)rate->burst * 1000;
	/* tokens of a thousandth: a minute has 60,000 ms, so 60 ms each of per_minute */
	uint64_t grown = (now_ms - bucket->at_ms) * rate->per_minute / 60;
	uint64_t tokens = bucket->tokens_milli + grown;

	*wait_ms_out = 0;
	/* what has grown by less than a thousandth goes on growing */
	bucket->at_ms = rate->per_minute == 0 || tokens >= full
			    ? now_ms
			    : bucket->at_ms + grown * 60 / rate->per_minute;
	bucket->tokens_milli = (uint32_t)(tokens < full ? tokens : full);
	if (bucket->tokens_milli >= 1000) {
		bucket->tokens_milli -= 1000;
		return true;
	}
	*wait_ms_out = (1000 - bucket->tokens_milli) * 60 /
			   (rate->per_minute > 0 ? rate->per_minute : 1) +
		       1;
	return false;
}
