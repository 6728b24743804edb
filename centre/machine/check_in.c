#include "centre/machine/check_in.h"

#include "bytes/encoding.h"
#include "centre/machine/tally.h"

#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof *(array))
#define KEY_VALUE(key) store_bytes((struct bytes){key, KEY_ID})

/* A counter that goes back more often than this within one boot is two counters. */
enum { BACKS_OF_ONE = 3 };
enum { DAY_MS = 86400000 };

/* ---- the rule ---- */

static struct boot_track *find_earlier(struct key_track *track, const uint8_t *boot_id)
{
	for (size_t i = 0; i < track->n_earlier; i++)
		if (memcmp(track->earlier[i].boot_id, boot_id, AGENT_BOOT_ID) == 0)
			return &track->earlier[i];
	return NULL;
}

/* The present boot becomes an earlier one; the oldest is forgotten. */
static void turn_over(struct key_track *track, struct boot_track *taken)
{
	size_t from = taken != NULL ? (size_t)(taken - track->earlier)
		      : track->n_earlier == CAP_KEY_BOOTS ? CAP_KEY_BOOTS - 1
							  : track->n_earlier++;

	memmove(track->earlier + 1, track->earlier, from * sizeof *track->earlier);
	track->earlier[0] = track->now;
}

static enum check_in_step step_in_boot(struct key_track *track,
				       const struct agent_clocks *clocks,
				       uint64_t counter)
{
	if (counter > track->counter)
		return STEP_ON;
	if (counter == track->counter &&
	    clocks->monotonic_ms == track->now.monotonic_ms)
		return STEP_REPEAT;
	return ++track->n_back >= BACKS_OF_ONE ? STEP_TWO : STEP_BACK;
}

static enum check_in_step step_of_boot(struct key_track *track,
				       const struct agent_clocks *clocks,
				       uint64_t counter)
{
	struct boot_track *earlier = find_earlier(track, clocks->boot_id);

	/* who left a boot does not come back to it older, unless it never left */
	if (earlier != NULL && clocks->monotonic_ms >= earlier->monotonic_ms)
		return STEP_TWO;
	turn_over(track, earlier);
	track->n_back = 0;
	return earlier == NULL && counter > track->counter ? STEP_ON : STEP_BACK;
}

enum check_in_step check_in_judge(struct key_track *track,
				  const struct agent_clocks *clocks, uint64_t counter)
{
	enum check_in_step step = STEP_ON;

	if (track->was_heard)
		step = memcmp(track->now.boot_id, clocks->boot_id, AGENT_BOOT_ID) == 0
			   ? step_in_boot(track, clocks, counter)
			   : step_of_boot(track, clocks, counter);
	if (step == STEP_TWO)
		return step;
	track->was_heard = true;
	memcpy(track->now.boot_id, clocks->boot_id, AGENT_BOOT_ID);
	track->now.monotonic_ms = clocks->monotonic_ms;
	track->counter = counter;
	return step;
}

/* ---- the track in the store ---- */

static const char load_now[] =
    "SELECT boot_id, counter, monotonic_ms, n_back, neighbours_ms FROM identity"
    " WHERE key_hash = $1";
static const char load_earlier[] =
    "SELECT boot_id, monotonic_ms FROM identity_boot WHERE key_hash = $1"
    " ORDER BY seen_ms DESC, boot_id LIMIT 8"; /* CAP_KEY_BOOTS */

static void copy_boot(struct bytes from, uint8_t *to)
{
	if (from.n == AGENT_BOOT_ID)
		memcpy(to, from.at, AGENT_BOOT_ID);
}

static enum rq_err load(struct store *store, const uint8_t *key,
			struct key_track *track, int64_t *neighbours_ms_out,
			struct rq_diag *diag)
{
	const struct store_value values[] = {KEY_VALUE(key)};
	struct store_rows *rows = NULL;
	enum rq_err err =
	    store_ask(store, load_now, values, COUNT(values), &rows, diag);

	*track = (struct key_track){0};
	if (err == RQ_OK)
		err = rows_next(rows, diag);
	if (err == RQ_OK) {
		track->was_heard = !rows_is_null(rows, 0);
		copy_boot(rows_bytes(rows, 0), track->now.boot_id);
		track->counter = (uint64_t)rows_number(rows, 1);
		track->now.monotonic_ms = (uint64_t)rows_number(rows, 2);
		track->n_back = (uint32_t)rows_number(rows, 3);
		*neighbours_ms_out = rows_number(rows, 4);
	}
	rows_free(rows);
	rows = NULL;
	if (err == RQ_OK)
		err =
		    store_ask(store, load_earlier, values, COUNT(values), &rows, diag);
	while (err == RQ_OK && track->n_earlier < CAP_KEY_BOOTS &&
	       (err = rows_next(rows, diag)) == RQ_OK) {
		struct boot_track *earlier = &track->earlier[track->n_earlier++];

		copy_boot(rows_bytes(rows, 0), earlier->boot_id);
		earlier->monotonic_ms = (uint64_t)rows_number(rows, 1);
	}
	rows_free(rows);
	return err == RQ_ERR_NOT_FOUND ? RQ_OK : err;
}

static const char save_now[] =
    "UPDATE identity SET boot_id = $2, counter = $3, monotonic_ms = $4, n_back = $5,"
    " seen_ms = $6, program = $7 WHERE key_hash = $1";
static const char save_earlier[] =
    "INSERT INTO identity_boot (key_hash, boot_id, monotonic_ms, seen_ms)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT (key_hash, boot_id) DO UPDATE SET"
    " monotonic_ms = excluded.monotonic_ms, seen_ms = excluded.seen_ms";
static const char forget_now[] =
    "DELETE FROM identity_boot WHERE key_hash = $1 AND boot_id = $2";
static const char forget_oldest[] =
    "DELETE FROM identity_boot WHERE key_hash = $1 AND boot_id IN (SELECT boot_id"
    " FROM identity_boot WHERE key_hash = $1 ORDER BY seen_ms DESC, boot_id"
    " LIMIT 1000 OFFSET 8)";

static enum rq_err save_boots(struct store *store, const uint8_t *key,
			      const struct key_track *track, int64_t now_ms,
			      struct rq_diag *diag)
{
	const struct store_value values[] = {
	    KEY_VALUE(key),
	    store_bytes((struct bytes){track->earlier[0].boot_id, AGENT_BOOT_ID}),
	    store_number((int64_t)track->earlier[0].monotonic_ms),
	    store_number(now_ms)};
	const struct store_value now[] = {
	    KEY_VALUE(key),
	    store_bytes((struct bytes){track->now.boot_id, AGENT_BOOT_ID})};
	enum rq_err err =
	    store_run(store, save_earlier, values, COUNT(values), NULL, diag);

	if (err == RQ_OK)
		err = store_run(store, forget_now, now, COUNT(now), NULL, diag);
	if (err == RQ_OK)
		err = store_run(store, forget_oldest, values, 1, NULL, diag);
	return err;
}

static enum rq_err save(const struct machine_desk *desk, const uint8_t *key,
			const struct key_track *track, struct bytes program,
			struct rq_diag *diag)
{
	struct buffer shown = {0};
	enum rq_err err;

	encode_visible(&shown, program);
	if (!buffer_ok(&shown)) {
		buffer_free(&shown);
		return RQ_ERR_MEMORY;
	}
	{
		const struct store_value values[] = {
		    KEY_VALUE(key),
		    store_bytes((struct bytes){track->now.boot_id, AGENT_BOOT_ID}),
		    store_number((int64_t)track->counter),
		    store_number((int64_t)track->now.monotonic_ms),
		    store_number(track->n_back),
		    store_number((int64_t)world_utc_ms(desk->world)),
		    store_text(buffer_bytes(&shown))};

		err =
		    store_run(desk->store, save_now, values, COUNT(values), NULL, diag);
	}
	buffer_free(&shown);
	return err;
}

/* ---- the message ---- */

static enum rq_err follow(const struct machine_desk *desk,
			  const struct agent_check_in *check_in,
			  struct agent_check_in_answer *answer,
			  struct admission *admission, struct rq_diag *diag)
{
	const int64_t now = (int64_t)world_utc_ms(desk->world);
	struct key_track before, track;
	int64_t neighbours_ms = 0;
	enum rq_err err =
	    load(desk->store, admission->key, &before, &neighbours_ms, diag);
	enum check_in_step step;

	if (err != RQ_OK)
		return err;
	track = before;
	/* columns hold 63 bits; nobody counts that far */
	step =
	    check_in->counter > INT64_MAX || check_in->clocks.monotonic_ms > INT64_MAX
		? STEP_REPEAT
		: check_in_judge(&track, &check_in->clocks, check_in->counter);
	if (step == STEP_TWO) {
		admission->state = ADMIT_NEW_KEY;
		return identity_end(desk->store, admission->key, IDENTITY_SPENT, now,
				    diag);
	}
	if (step == STEP_BACK)
		answer->wants |= WANT_NEW_STREAMS;
	if (before.was_heard &&
	    memcmp(before.now.boot_id, track.now.boot_id, AGENT_BOOT_ID) != 0)
		err = save_boots(desk->store, admission->key, &track, now, diag);
	if (err == RQ_OK)
		err = save(desk, admission->key, &track, check_in->program, diag);
	if (admission->state != ADMITTED)
		return err;
	if (now - neighbours_ms >= DAY_MS || neighbours_ms > now)
		answer->wants |= WANT_NEIGHBOURS;
	return err == RQ_OK ? tally_seen(desk->store, admission->machine,
					 machine_desk_today(desk), diag)
			    : err;
}

enum rq_err desk_check_in(const struct machine_desk *desk,
			  const struct speaker *speaker,
			  const struct agent_check_in *check_in,
			  struct agent_check_in_answer *answer,
			  struct admission *admission_out, struct rq_diag *diag)
{
	enum rq_err err = identity_admit(desk, speaker, admission_out, diag);

	*answer = (struct agent_check_in_answer){0};
	if (err == RQ_OK &&
	    (admission_out->state == ADMITTED || admission_out->state == ADMIT_WAITING))
		err = follow(desk, check_in, answer, admission_out, diag);
	if (err != RQ_OK)
		return err;
	if (admission_out->state == ADMIT_NEW_KEY)
		answer->wants = WANT_NEW_KEY;
	else if (admission_out->renew && admission_out->state != ADMIT_REVOKED)
		answer->wants |= WANT_RENEW;
	/* only its own id: nobody else asks */
	if (admission_out->state == ADMIT_REVOKED)
		answer->revoked = (struct bytes){admission_out->key, KEY_ID};
	answer->due_ms = desk->poll_ms / 2 + world_below(desk->world, desk->poll_ms);
	err = signer_time(desk->signer, check_in->nonce, &answer->time);
	if (err != RQ_OK && err != RQ_ERR_MEMORY)
		err = rq_fail(diag, RQ_ERR_RETRY, "signer", "it does not answer: %s",
			      rq_err_text(err));
	return err;
}
