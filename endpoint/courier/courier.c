#include "endpoint/courier/courier.h"

#include "bytes/alloc.h"
#include "crypto/certificate.h"
#include "crypto/secret.h"
#include "os/file.h"
#include "world/real.h"

#include <string.h>

enum { SETTINGS_SIZE = 8192, LOGIN_SIZE = 512 };

static enum rq_err read_file(const struct courier *courier, const char *name,
			     size_t max, struct buffer *to, struct rq_diag *diag)
{
	struct buffer path = {0};
	enum rq_err err;

	buffer_format(&path, "%s/%s", courier->folder, name);
	buffer_u8(&path, 0);
	to->max = max;
	err = buffer_ok(&path) ? file_read_whole((const char *)path.data, to, diag)
			       : RQ_ERR_MEMORY;
	buffer_free(&path);
	return err;
}

/* One line, USER:PASSWORD. */
static enum rq_err read_login(struct courier *courier)
{
	struct buffer file = {0};
	enum rq_err err = read_file(courier, "proxy-login", LOGIN_SIZE, &file, NULL);
	struct bytes line = bytes_trim(buffer_bytes(&file), BYTES_LITERAL(" \t\r\n"));

	if (err == RQ_OK && line.n > 0) {
		courier->login = alloc_array(line.n + 1, 1);
		if (courier->login != NULL)
			memcpy(courier->login, line.at, line.n);
		else
			err = RQ_ERR_MEMORY;
	}
	if (file.data != NULL)
		secret_wipe(file.data, file.size);
	buffer_free(&file);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static enum rq_err read_key(struct courier *courier, struct rq_diag *diag)
{
	struct buffer key = {0};
	enum rq_err err = read_file(courier, "key", SIGN_SECRET_SIZE, &key, diag);

	courier->has_secret = err == RQ_OK && key.size == SIGN_SECRET_SIZE;
	if (courier->has_secret)
		memcpy(courier->secret, key.data, SIGN_SECRET_SIZE);
	if (key.data != NULL)
		secret_wipe(key.data, key.size);
	buffer_free(&key);
	return err == RQ_ERR_NOT_FOUND || err == RQ_ERR_LIMIT ? RQ_OK : err;
}

/* Damaged, or for another key: as if it were not there. */
static enum rq_err read_enrolled(struct courier *courier)
{
	struct certificate_facts facts;
	uint8_t ours[SIGN_PUBLIC_SIZE];
	enum rq_err err = read_file(courier, "enrolled", CAP_AGENT_MESSAGE,
				    &courier->enrolled_file, NULL);

	if (err == RQ_ERR_NOT_FOUND || !courier->has_secret)
		return RQ_OK;
	if (err == RQ_OK)
		err = sign_public(courier->secret, ours);
	if (err != RQ_OK ||
	    agent_enrolled_decode(buffer_bytes(&courier->enrolled_file),
				  &courier->enrolled) != RQ_OK ||
	    courier->enrolled.n_chain == 0 ||
	    certificate_facts_read(courier->enrolled.chain[0], &facts) != RQ_OK ||
	    memcmp(facts.public_key, ours, sizeof ours) != 0)
		return err;
	courier->is_enrolled = true;
	courier->not_after_ms = facts.not_after_ms;
	return RQ_OK;
}

enum rq_err courier_open(struct courier *courier, const char *folder,
			 struct rq_diag *diag)
{
	struct buffer text = {0};
	enum rq_err err;

	*courier = (struct courier){.folder = folder};
	world_real(&courier->world);
	centre_time_start(&courier->time, &courier->world);
	err = read_file(courier, "settings", SETTINGS_SIZE, &text, diag);
	if (err == RQ_OK &&
	    settings_read(buffer_bytes(&text), &courier->settings) != RQ_OK)
		err = rq_fail(diag, RQ_ERR_FORMAT, "settings", "a line is wrong");
	buffer_free(&text);
	if (err == RQ_OK)
		err = read_key(courier, diag);
	if (err == RQ_OK)
		err = read_enrolled(courier);
	if (err == RQ_OK)
		err = read_login(courier);
	if (err != RQ_OK)
		return err;
	courier->trust =
	    (struct trust){.code = &courier->settings.code, .time = &courier->time};
	err = post_new(&courier->settings, &courier->trust, courier->login,
		       &courier->post);
	if (err == RQ_OK && courier->is_enrolled) {
		courier->trust.enrolled = &courier->enrolled;
		err = post_speak_as(courier->post, &courier->enrolled, courier->secret);
	}
	return err;
}

void courier_close(struct courier *courier)
{
	post_free(courier->post);
	buffer_free(&courier->enrolled_file);
	secret_wipe(courier->secret, sizeof courier->secret);
	if (courier->login != NULL)
		alloc_free_secret(courier->login, strlen(courier->login));
	courier->login = NULL;
}
