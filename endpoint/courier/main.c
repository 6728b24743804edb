/*
 * raquet-courier: the part of an agent that has the network.  raquet enrol and raquet
 * courier start it; nobody else needs to.
 *
 *     raquet-courier enrol FOLDER USER           asks once; its exit code says the answer
 *     raquet-courier run FOLDER USER SOCKET      until it is ended
 *
 * Rights are given up before anything is read.
 */
#include "endpoint/agent/schedule.h"
#include "endpoint/courier/courier.h"
#include "os/guard.h"
#include "os/host.h"
#include "os/link.h"
#include "os/process.h"
#include "wire/courier.h"

#include <stdio.h>
#include <string.h>

enum { AGENT_AWAY_MS = 2000, OURS = 100 };

/* What the loop and a message under way share. */
struct run {
	struct courier courier;
	struct link *link;
	const char *socket;
	struct schedule schedule; /* of enrolment and renewal */
	struct buffer ask;        /* the frame that came last */
	bool has_ask;
};

static int complain(const char *what, const struct rq_diag *diag, enum rq_err err)
{
	fprintf(stderr, "raquet-courier: %s: %s: %s\n", what, diag->where,
		diag->what[0] != 0 ? diag->what : rq_err_text(err));
	return OURS;
}

/* ---- enrolment ---- */

static void try_enrolment(struct run *run)
{
	struct courier *courier = &run->courier;
	bool anew = !courier->is_enrolled || courier->wants & WANT_NEW_KEY;
	enum courier_enrolment result;
	uint8_t status;
	uint64_t come_back_ms;
	enum rq_err err =
	    courier_enrol(courier, !anew, &result, &status, &come_back_ms);

	if (err != RQ_OK)
		fprintf(stderr, "raquet-courier: enrolment: %s\n", rq_err_text(err));
	if (err == RQ_OK && result == COURIER_ENROLMENT_DONE)
		schedule_useful(&run->schedule, 0);
	else if (result == COURIER_ENROLMENT_NO_CENTRE)
		schedule_failed(&run->schedule);
	else
		schedule_turned_away(&run->schedule, come_back_ms);
}

static bool tell(struct run *run, uint64_t number, uint8_t outcome,
		 struct bytes message)
{
	const struct courier_told told = {number, outcome, message};
	struct buffer frame = {0};
	bool done;

	courier_told_encode(&told, &frame);
	done = buffer_ok(&frame) && link_send(run->link, buffer_bytes(&frame)) == RQ_OK;
	buffer_free(&frame);
	return done;
}

static bool tell_identity(struct run *run)
{
	if (!run->courier.is_enrolled)
		return tell(run, 0, COURIER_NOT_ENROLLED, (struct bytes){NULL, 0});
	return tell(run, 0, COURIER_ENROLLED,
		    buffer_bytes(&run->courier.enrolled_file));
}

/* ---- messages ---- */

/* The next frame of the agent, copied.  False: there is none. */
static bool hear(struct run *run)
{
	struct bytes frame;
	enum rq_err err = link_receive(run->link, COURIER_FRAME, &frame);

	if (err == RQ_ERR_PEER) {
		link_free(run->link);
		run->link = NULL;
	}
	if (err != RQ_OK)
		return false;
	buffer_clear(&run->ask);
	buffer_put(&run->ask, frame.at, frame.n);
	run->has_ask = buffer_ok(&run->ask);
	return run->has_ask;
}

/* Another message from the agent, or its end, is worth more than the one under way. */
static bool is_left(void *self)
{
	struct run *run = self;

	link_move(run->link);
	return host_interrupted() || hear(run) || run->link == NULL;
}

static void carry(struct run *run)
{
	struct courier_ask ask;
	struct buffer frame = run->ask, answer = {0};
	const struct post_watch watch = {link_descriptor(run->link), run, is_left};
	enum post_result result;

	run->ask = (struct buffer){0}; /* transferred */
	run->has_ask = false;
	if (courier_ask_decode(buffer_bytes(&frame), &ask) != RQ_OK) {
		link_free(run->link);
		run->link = NULL;
		buffer_free(&frame);
		return;
	}
	result =
	    courier_carry(&run->courier, ask.message, ask.wait_ms, &watch, &answer);
	if (run->link != NULL && result == POST_ANSWERED)
		(void)tell(run, ask.number, COURIER_ANSWERED, buffer_bytes(&answer));
	else if (run->link != NULL && result != POST_LEFT)
		(void)tell(run, ask.number,
			   result == POST_REFUSED ? COURIER_REFUSED : COURIER_NO_CENTRE,
			   (struct bytes){NULL, 0});
	buffer_free(&answer);
	buffer_free(&frame);
}

static void turn(struct run *run)
{
	struct courier *courier = &run->courier;
	bool was_enrolled = courier->is_enrolled;
	uint64_t wait_ms = UINT32_MAX;

	if (run->link == NULL && link_connect(run->socket, &run->link, NULL) == RQ_OK)
		(void)tell_identity(run);
	if (!courier->is_enrolled || courier_is_due(courier)) {
		if (schedule_wait_ms(&run->schedule) == 0)
			try_enrolment(run);
		wait_ms = schedule_wait_ms(&run->schedule);
	}
	if (run->link == NULL) {
		link_wait(NULL, 0, NULL, AGENT_AWAY_MS);
		return;
	}
	if (!was_enrolled && courier->is_enrolled)
		(void)tell_identity(run);
	if (!run->has_ask && !hear(run) && run->link != NULL)
		link_wait(&run->link, 1, NULL,
			  wait_ms < INT32_MAX ? (uint32_t)wait_ms : INT32_MAX);
	if (run->has_ask && run->link != NULL)
		carry(run);
}

static int run_until_ended(const char *folder, const char *socket)
{
	static struct run run;
	struct schedule_options options;
	struct rq_diag diag = {0};
	enum rq_err err = courier_open(&run.courier, folder, &diag);

	if (err != RQ_OK)
		return complain("cannot start", &diag, err);
	run.socket = socket;
	host_catch_interrupt();
	schedule_options_enrolment(&options);
	schedule_start(&run.schedule, &run.courier.world, &options);
	while (!host_interrupted())
		turn(&run);
	link_free(run.link);
	buffer_free(&run.ask);
	courier_close(&run.courier);
	return 0;
}

/* The result, and of a denial its status, in the exit code. */
static int enrol_once(const char *folder)
{
	static struct courier courier;
	struct rq_diag diag = {0};
	enum courier_enrolment result = COURIER_ENROLMENT_NO_CENTRE;
	uint8_t status = 0;
	uint64_t come_back_ms;
	enum rq_err err = courier_open(&courier, folder, &diag);

	if (err == RQ_OK)
		err = courier_enrol(&courier, false, &result, &status, &come_back_ms);
	courier_close(&courier);
	if (err != RQ_OK)
		return complain("cannot enrol", &diag, err);
	return result == COURIER_ENROLMENT_DENIED ? 10 + status : (int)result;
}

int main(int argc, char **argv)
{
	bool runs = argc == 5 && strcmp(argv[1], "run") == 0;
	bool has_landlock;
	struct rq_diag diag = {0};
	enum rq_err err;

	if (!runs && (argc != 4 || strcmp(argv[1], "enrol") != 0)) {
		fputs("raquet-courier is started by raquet enrol and raquet courier\n",
		      stderr);
		return 2;
	}
	host_keep_streams();
	err = guard_files(argv[3], argv[2], &has_landlock, &diag);
	if (err != RQ_OK)
		return complain("cannot give up rights", &diag, err);
	if (runs && !has_landlock)
		fputs("raquet-courier: this kernel has no Landlock; the rights of its "
		      "user stand alone\n",
		      stderr);
	/* what a sanitizer would do at an exit is among the rights that were given up */
	process_leave(runs ? run_until_ended(argv[2], argv[4]) : enrol_once(argv[2]));
}
