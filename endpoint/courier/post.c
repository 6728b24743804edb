#include "endpoint/courier/post.h"

#include "bytes/alloc.h"
#include "crypto/sign.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

enum {
	CONNECT_MS = 20 * 1000,
	KEEP_S = 3600,
	POLL_MS = 10 * 1000,
	HEADERS = 16 * 1024
};

struct post {
	const struct courier_settings *settings;
	struct trust *trust;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	const struct agent_enrolled *enrolled;
	uint8_t secret[SIGN_SECRET_SIZE];
	size_t last; /* the address that answered, tried first */
	struct buffer *answer;
	size_t n_headers;
	bool too_much;
};

/* ---- what libcurl calls ---- */

static size_t keep(char *data, size_t size, size_t n, void *context)
{
	struct post *post = context;

	buffer_put(post->answer, data, size * n);
	post->too_much |= !buffer_ok(post->answer);
	return post->too_much ? 0 : size * n;
}

static size_t count_headers(char *data, size_t size, size_t n, void *context)
{
	struct post *post = context;

	(void)data;
	post->n_headers += size * n;
	post->too_much |= post->n_headers > HEADERS;
	return post->too_much ? 0 : size * n;
}

static bool show_certificates(SSL_CTX *context, const struct agent_enrolled *enrolled)
{
	for (size_t i = 0; i < enrolled->n_chain; i++) {
		const unsigned char *at = enrolled->chain[i].at;
		X509 *certificate = d2i_X509(NULL, &at, (long)enrolled->chain[i].n);
		bool done = certificate != NULL;

		if (done && i == 0)
			done = SSL_CTX_use_certificate(context, certificate) == 1;
		else if (done)
			done = SSL_CTX_add1_chain_cert(context, certificate) == 1;
		X509_free(certificate);
		if (!done)
			return false;
	}
	return true;
}

/* Whom we believe, and as whom we speak; the key is never in a file for libcurl. */
static CURLcode prepare(CURL *easy, void *ssl, void *context)
{
	struct post *post = context;
	EVP_PKEY *key = NULL;
	bool done = true;

	(void)easy;
	SSL_CTX_set_cert_verify_callback(ssl, trust_verify, post->trust);
	if (post->enrolled != NULL) {
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, post->secret,
						   sizeof post->secret);
		done = key != NULL && show_certificates(ssl, post->enrolled) &&
		       SSL_CTX_use_PrivateKey(ssl, key) == 1;
	}
	EVP_PKEY_free(key);
	return done ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

/* ---- making one ---- */

static void set_proxy(CURL *easy, const struct courier_settings *settings,
		      const char *login)
{
	/* "system": libcurl reads the environment itself */
	if (strcmp(settings->proxy, "none") == 0)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	else if (strcmp(settings->proxy, "system") != 0)
		curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy);
	if (login != NULL) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, login);
		curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_ANY);
	}
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_options(struct post *post)
{
	CURL *easy = post->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, post->headers);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16L * 1024);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEEP_S);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* the system's authorities have no say, and take no memory */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, prepare);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, post);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, count_headers);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, post);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

enum rq_err post_new(const struct courier_settings *settings, struct trust *trust,
		     const char *login, struct post **post_out)
{
	/* a head of few bytes: it travels a hundred times a day */
	static const char *const headers[] = {"Accept:", "Content-Type:", "Expect:"};
	struct post *post = alloc_array(1, sizeof *post);

	*post_out = NULL;
	if (post == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		alloc_free(post);
		return RQ_ERR_MEMORY;
	}
	post->settings = settings;
	post->trust = trust;
	post->multi = curl_multi_init();
	post->easy = curl_easy_init();
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		post->headers = curl_slist_append(post->headers, headers[i]);
	if (post->multi == NULL || post->easy == NULL || post->headers == NULL) {
		post_free(post);
		return RQ_ERR_MEMORY;
	}
	set_options(post);
	set_proxy(post->easy, settings, login);
	*post_out = post; /* transferred */
	return RQ_OK;
}

void post_free(struct post *post)
{
	if (post == NULL)
		return;
	curl_easy_cleanup(post->easy);
	curl_multi_cleanup(post->multi);
	curl_slist_free_all(post->headers);
	alloc_free_secret(post, sizeof *post);
}

void post_forget(struct post *post)
{
	CURL *again = curl_easy_duphandle(post->easy);

	/* a handle takes its connections with it; sessions are not shared either */
	if (again == NULL)
		return;
	curl_easy_cleanup(post->easy);
	post->easy = again;
	curl_multi_cleanup(post->multi);
	post->multi = curl_multi_init();
}

enum rq_err post_speak_as(struct post *post, const struct agent_enrolled *enrolled,
			  const uint8_t *secret)
{
	post->enrolled = enrolled;
	if (enrolled != NULL)
		memcpy(post->secret, secret, sizeof post->secret);
	post_forget(post);
	return post->multi != NULL ? RQ_OK : RQ_ERR_MEMORY;
}

/* ---- a message ---- */

/* Runs until it is done; false: it was left. */
static bool run(struct post *post, const struct post_watch *watch, CURLcode *code_out)
{
	int n_running = 1, n_left;
	CURLMsg *told;

	*code_out = CURLE_FAILED_INIT;
	while (n_running > 0) {
		struct curl_waitfd extra = {.fd = watch->descriptor,
					    .events = CURL_WAIT_POLLIN};

		if (curl_multi_perform(post->multi, &n_running) != CURLM_OK)
			return true;
		if (n_running == 0)
			break;
		if (watch->left != NULL && watch->left(watch->self))
			return false;
		if (curl_multi_poll(post->multi, &extra, watch->descriptor >= 0,
				    POLL_MS, NULL) != CURLM_OK)
			return true;
	}
	while ((told = curl_multi_info_read(post->multi, &n_left)) != NULL)
		if (told->msg == CURLMSG_DONE)
			*code_out = told->data.result;
	return true;
}

static enum post_result judge(const struct post *post, CURLcode code, uint8_t wanted)
{
	if (post->too_much || code == CURLE_PEER_FAILED_VERIFICATION)
		return POST_REFUSED;
	if (code != CURLE_OK)
		return POST_NO_CENTRE;
	return agent_message_type(buffer_bytes(post->answer)) == wanted
		   ? POST_ANSWERED
		   : POST_NO_CENTRE;
}

static enum post_result try_one(struct post *post, size_t which, struct bytes message,
				uint8_t wanted, uint32_t wait_ms,
				const struct post_watch *watch)
{
	char address[COURIER_ADDRESS + 16];
	CURLcode code;
	bool is_left;

	snprintf(address, sizeof address, "%s/agent", post->settings->centres[which]);
	buffer_clear(post->answer);
	post->n_headers = 0;
	post->too_much = false;
	curl_easy_setopt(post->easy, CURLOPT_URL, address);
	curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, (const char *)message.at);
	curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)message.n);
	curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, (long)wait_ms);
	if (curl_multi_add_handle(post->multi, post->easy) != CURLM_OK)
		return POST_NO_CENTRE;
	is_left = !run(post, watch, &code);
	curl_multi_remove_handle(post->multi, post->easy);
	return is_left ? POST_LEFT : judge(post, code, wanted);
}

enum post_result post_message(struct post *post, struct bytes message, uint8_t wanted,
			      uint32_t wait_ms, const struct post_watch *watch,
			      struct buffer *answer)
{
	size_t n = post->settings->n_centres;
	bool refused = false;

	post->answer = answer;
	answer->max = CAP_AGENT_MESSAGE;
	for (size_t i = 0; i < n; i++) {
		size_t which = (post->last + i) % n;
		enum post_result result =
		    try_one(post, which, message, wanted, wait_ms, watch);

		if (result == POST_ANSWERED || result == POST_LEFT) {
			post->last = which;
			return result;
		}
		refused |= result == POST_REFUSED;
	}
	buffer_clear(answer);
	/* another begins next time, so that a whole fleet does not come to the first */
	post->last = n > 0 ? (post->last + 1) % n : 0;
	return refused ? POST_REFUSED : POST_NO_CENTRE;
}
