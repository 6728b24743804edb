#include "crypto/mac.h"

#include "bytes/alloc.h"
#include "crypto/library.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

struct mac {
	EVP_MAC_CTX *context;
	size_t size;
};

static enum rq_err start(const char *name, size_t size, struct bytes key,
			 const OSSL_PARAM *params, struct mac **mac_out)
{
	struct mac *mac = NULL;
	EVP_MAC *method = NULL;
	enum rq_err err = RQ_ERR_MEMORY;

	*mac_out = NULL;
	mac = alloc_array(1, sizeof *mac);
	if (mac == NULL)
		goto out;
	err = RQ_ERR_SYSTEM;
	method = EVP_MAC_fetch(crypto_library(), name, NULL);
	if (method == NULL)
		goto out;
	mac->context = EVP_MAC_CTX_new(method);
	if (mac->context == NULL || !EVP_MAC_init(mac->context, key.at, key.n, params))
		goto out;
	mac->size = size;
	*mac_out = mac;
	mac = NULL; /* transferred */
	err = RQ_OK;
out:
	EVP_MAC_free(method); /* the context holds its own reference */
	mac_free(mac);
	ERR_clear_error();
	return err;
}

enum rq_err mac_new(struct bytes key, struct mac **mac_out)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end(),
	};

	return start("HMAC", MAC_SIZE, key, params, mac_out);
}

enum rq_err mac_once_new(const uint8_t *key, struct mac **mac_out)
{
	return start("POLY1305", MAC_ONCE_SIZE, (struct bytes){key, MAC_ONCE_KEY}, NULL,
		     mac_out);
}

void mac_free(struct mac *mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->context);
	alloc_free(mac);
}

enum rq_err mac_add(struct mac *mac, struct bytes data)
{
	if (data.n == 0)
		return RQ_OK;
	return EVP_MAC_update(mac->context, data.at, data.n) ? RQ_OK : RQ_ERR_SYSTEM;
}

enum rq_err mac_finish(struct mac *mac, uint8_t *out)
{
	size_t n;

	return EVP_MAC_final(mac->context, out, &n, mac->size) && n == mac->size
		   ? RQ_OK
		   : RQ_ERR_SYSTEM;
}
