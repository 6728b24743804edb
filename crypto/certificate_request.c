#include "crypto/certificate_request.h"

#include <string.h>

/* RFC 2986 4.1: version 0, an empty name, the key (RFC 8410 4); behind it no attributes.
 * The signature is over info, key and attributes, with the head of the whole in front. */
static const uint8_t head[] = {0x30, 0x7F};
static const uint8_t info[] = {0x30, 0x33, 0x02, 0x01, 0x00, 0x30, 0x00,
			       0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B,
			       0x65, 0x70, 0x03, 0x21, 0x00};
static const uint8_t attributes[] = {0xA0, 0x00};
static const uint8_t algorithm[] = {0x30, 0x05, 0x06, 0x03, 0x2B,
				    0x65, 0x70, 0x03, 0x41, 0x00};

enum { SIGNED_SIZE = sizeof info + SIGN_PUBLIC_SIZE + sizeof attributes };

static void put_signed_part(struct buffer *to, const uint8_t *public_key)
{
	buffer_put(to, info, sizeof info);
	buffer_put(to, public_key, SIGN_PUBLIC_SIZE);
	buffer_put(to, attributes, sizeof attributes);
}

enum rq_err certificate_request_write(const uint8_t *secret, struct buffer *to)
{
	uint8_t public_key[SIGN_PUBLIC_SIZE], signature[SIGNATURE_SIZE];
	struct buffer text = {0};
	enum rq_err err = sign_public(secret, public_key);

	if (err == RQ_OK) {
		put_signed_part(&text, public_key);
		err = buffer_ok(&text)
			  ? sign_message(secret, buffer_bytes(&text), signature)
			  : RQ_ERR_MEMORY;
	}
	if (err == RQ_OK) {
		buffer_put(to, head, sizeof head);
		buffer_put(to, text.data, text.size);
		buffer_put(to, algorithm, sizeof algorithm);
		buffer_put(to, signature, sizeof signature);
	}
	buffer_free(&text);
	return err != RQ_OK ? err : buffer_ok(to) ? RQ_OK : RQ_ERR_MEMORY;
}

static void expect(struct reader *r, const uint8_t *at, size_t n)
{
	if (!bytes_equal(reader_bytes(r, n), (struct bytes){at, n}))
		reader_fail(r);
}

enum rq_err certificate_request_read(struct bytes request, uint8_t *public_key_out,
				     bool *is_good_out)
{
	struct reader r = reader_over(request.at, request.n);
	struct reader signed_part;
	struct bytes key, signature;

	*is_good_out = false;
	expect(&r, head, sizeof head);
	signed_part = reader_at(&r, sizeof head, SIGNED_SIZE);
	expect(&r, info, sizeof info);
	key = reader_bytes(&r, SIGN_PUBLIC_SIZE);
	expect(&r, attributes, sizeof attributes);
	expect(&r, algorithm, sizeof algorithm);
	signature = reader_bytes(&r, SIGNATURE_SIZE);
	if (!reader_done(&r))
		return RQ_OK;
	memcpy(public_key_out, key.at, SIGN_PUBLIC_SIZE);
	return sign_verifies(key.at, reader_bytes(&signed_part, SIGNED_SIZE),
			     signature.at, is_good_out);
}
