#include "bytes/alloc.h"
#include "centre/http/connection.h"
#include "crypto/digest.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum {
	CHAIN_DEPTH = 3,            /* authorities above a peer's certificate */
	CHAIN_BYTES = 16 << 10,     /* of all certificates that a peer sends */
	SESSION_SECONDS = 12 * 3600 /* in which a session is resumed */
};

/* A key with a password would stop a service at its terminal. */
static int no_password(char *to, int size, int for_writing, void *self)
{
	(void)to, (void)size, (void)for_writing, (void)self;
	return -1;
}

static int admit_expired(int is_good, X509_STORE_CTX *context)
{
	int error = X509_STORE_CTX_get_error(context);

	if (is_good || X509_STORE_CTX_get_error_depth(context) != 0 ||
	    (error != X509_V_ERR_CERT_HAS_EXPIRED &&
	     error != X509_V_ERR_CERT_NOT_YET_VALID))
		return is_good;
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n_out,
			   const unsigned char *offered, unsigned n, void *self)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl, (void)self;
	return SSL_select_next_proto((unsigned char **)out, n_out, ours,
				     sizeof ours - 1, offered,
				     n) == OPENSSL_NPN_NEGOTIATED
		   ? SSL_TLSEXT_ERR_OK
		   : SSL_TLSEXT_ERR_NOACK;
}

static enum rq_err refuse(struct rq_diag *diag, const char *file, const char *what)
{
	char reason[160];

	ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
	ERR_clear_error();
	return rq_fail(diag, RQ_ERR_SYSTEM, file, "%s (%s)", what, reason);
}

static enum rq_err ask_certificates(SSL_CTX *tls,
				    const struct http_listener_options *options,
				    struct rq_diag *diag)
{
	STACK_OF(X509_NAME) * names;
	int mode = SSL_VERIFY_PEER;

	if (options->certificate == HTTP_CERTIFICATE_NONE)
		return RQ_OK;
	names = SSL_load_client_CA_file(options->authority_file);
	if (names == NULL ||
	    SSL_CTX_load_verify_file(tls, options->authority_file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return refuse(diag, options->authority_file,
			      "the authority cannot be used");
	}
	SSL_CTX_set_client_CA_list(tls, names); /* transferred */
	if (options->certificate == HTTP_CERTIFICATE_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(tls, mode, options->admits_expired ? admit_expired : NULL);
	SSL_CTX_set_verify_depth(tls, CHAIN_DEPTH);
	SSL_CTX_set_max_cert_list(tls, CHAIN_BYTES);
	return RQ_OK;
}

static void set_manners(SSL_CTX *tls)
{
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(tls, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* what was read and written holds no memory while nothing happens */
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_default_passwd_cb(tls, no_password);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
	/* tickets: the peer keeps the session, we keep nothing */
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(tls, 1);
	SSL_CTX_set_timeout(tls, SESSION_SECONDS);
}

static enum rq_err fill(SSL_CTX *tls, const struct http_listener_options *options,
			struct rq_diag *diag)
{
	const unsigned char *name = (const unsigned char *)options->name;

	set_manners(tls);
	if (SSL_CTX_use_certificate_chain_file(tls, options->certificate_file) != 1)
		return refuse(diag, options->certificate_file,
			      "the certificate cannot be used");
	if (SSL_CTX_use_PrivateKey_file(tls, options->key_file, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_check_private_key(tls) != 1)
		return refuse(diag, options->key_file,
			      "the key cannot be used, or is of another certificate");
	/* a session of one listener is none of another, whose authority differs */
	if (SSL_CTX_set_session_id_context(tls, name,
					   (unsigned)strlen(options->name)) != 1)
		return refuse(diag, options->name, "the name is too long");
	if (options->ticket_keys.n != 0 &&
	    SSL_CTX_set_tlsext_ticket_keys(tls, (void *)options->ticket_keys.at,
					   (long)options->ticket_keys.n) != 1)
		return refuse(diag, options->name, "the keys of tickets are refused");
	return ask_certificates(tls, options, diag);
}

enum rq_err tls_new(const struct http_listener_options *options, SSL_CTX **tls_out,
		    struct rq_diag *diag)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	enum rq_err err;

	*tls_out = NULL;
	if (tls == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "no memory for TLS");
	err = fill(tls, options, diag);
	if (err == RQ_OK) {
		*tls_out = tls;
		tls = NULL; /* transferred */
	}
	SSL_CTX_free(tls);
	return err;
}

static bool copy_certificate(X509 *certificate, struct http_peer *peer)
{
	unsigned char *der = NULL;
	int n = i2d_X509(certificate, &der);
	uint8_t *copy = n > 0 ? alloc_array((size_t)n, 1) : NULL;

	if (copy != NULL) {
		memcpy(copy, der, (size_t)n);
		peer->certificate = (struct bytes){copy, (size_t)n};
	}
	OPENSSL_free(der);
	return copy != NULL &&
	       digest_of(DIGEST_SHA256, peer->certificate, peer->fingerprint) == RQ_OK;
}

bool tls_peer(SSL *ssl, struct http_peer *peer)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);

	if (certificate == NULL)
		return true;
	/* asked anew each time: a session that is resumed may have outlived it */
	peer->is_expired =
	    X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0 ||
	    X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
	peer->has_certificate = copy_certificate(certificate, peer);
	return peer->has_certificate;
}
