/* The verbs about the store: check, backup, restore. */
#include "bytes/encoding.h"
#include "centre/audit/audit.h"
#include "centre/store/store.h"
#include "centre/verb.h"
#include "os/terminal.h"

#include <inttypes.h>

void verb_say(const struct verb_call *call, const char *const text[N_LANGUAGES])
{
	struct buffer out = {0};

	buffer_format(&out, "%s\n", text[call->language]);
	(void)terminal_put(TERMINAL_OUT, &out);
}

int verb_fail(enum rq_err err, const struct rq_diag *diag)
{
	struct buffer out = {0};

	buffer_text(&out, "raquet-centre: ");
	if (diag->where[0] != 0) {
		encode_visible(&out, bytes_of(diag->where));
		buffer_text(&out, ": ");
	}
	/* offset 0 is of no line, too: lines count from 1 */
	if (diag->offset != RQ_NO_OFFSET && diag->offset != 0)
		buffer_format(&out, "%" PRIu64 ": ", diag->offset);
	encode_visible(&out,
		       bytes_of(diag->what[0] != 0 ? diag->what : rq_err_text(err)));
	buffer_u8(&out, '\n');
	(void)terminal_put(TERMINAL_ERR, &out);
	return err == RQ_ERR_USAGE ? CENTRE_USAGE : CENTRE_FAILED;
}

enum rq_err verb_open_store(const struct verb_call *call, struct store **store_out,
			    struct rq_diag *diag)
{
	enum rq_err err = store_open(call->configuration.store, store_out, diag);

	if (err == RQ_OK)
		err = store_migrate(*store_out, diag);
	if (err != RQ_OK) {
		store_close(*store_out);
		*store_out = NULL;
	}
	return err;
}

static const char *const audit_texts[][N_LANGUAGES] = {
    [AUDIT_WHOLE] = {"chuỗi nhật ký nguyên vẹn", "the audit chain is whole"},
    [AUDIT_MISSING] = {"nhật ký thiếu một mục", "an entry of the audit is missing"},
    [AUDIT_CHANGED] = {"nhật ký có mục bị sửa", "an entry of the audit was changed"},
    [AUDIT_ADDED] = {"nhật ký có mục bị chèn thêm", "an entry was put into the audit"},
    [AUDIT_NOT_KNOWN] = {"nhật ký không khớp với bản đã biết",
			 "the audit is not the one that was known"},
};

int verb_check(const struct verb_call *call)
{
	static const char *const damaged[N_LANGUAGES] = {"kho dữ liệu bị hỏng",
							 "the store is damaged"};
	static const char *const whole[N_LANGUAGES] = {"kho dữ liệu nguyên vẹn",
						       "the store is whole"};
	struct audit_verdict verdict = {0};
	struct store *store = NULL;
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	enum rq_err err = verb_open_store(call, &store, &diag);
	bool store_is_whole = true;

	if (err == RQ_OK)
		err = store_check(store, &diag);
	if (err == RQ_ERR_FORMAT) {
		store_is_whole = false;
		(void)verb_fail(err, &diag);
		err = RQ_OK;
	}
	if (err == RQ_OK)
		err = audit_verify(store, NULL, &verdict, &diag);
	store_close(store);
	if (err != RQ_OK)
		return verb_fail(err, &diag);
	verb_say(call, store_is_whole ? whole : damaged);
	verb_say(call, audit_texts[verdict.state]);
	return store_is_whole && verdict.state == AUDIT_WHOLE ? CENTRE_FINE
							      : CENTRE_DAMAGED;
}

int verb_backup(const struct verb_call *call)
{
	static const char *const done[N_LANGUAGES] = {"đã sao lưu xong",
						      "the backup is written"};
	struct store *store = NULL;
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	enum rq_err err = verb_open_store(call, &store, &diag);

	if (err == RQ_OK)
		err = store_backup(store, call->words[0], &diag);
	store_close(store);
	if (err != RQ_OK)
		return verb_fail(err, &diag);
	verb_say(call, done);
	return CENTRE_FINE;
}

int verb_restore(const struct verb_call *call)
{
	static const char *const done[N_LANGUAGES] = {"đã khôi phục xong",
						      "the store is restored"};
	struct store *store = NULL;
	struct rq_diag diag = {.offset = RQ_NO_OFFSET};
	enum rq_err err = store_open(call->configuration.store, &store, &diag);

	if (err == RQ_OK)
		err = store_restore(store, call->words[0], &diag);
	store_close(store);
	if (err != RQ_OK)
		return verb_fail(err, &diag);
	verb_say(call, done);
	return CENTRE_FINE;
}
