#include "endpoint/agent/service.h"

#include "bytes/alloc.h"
#include "endpoint/agent/task.h"
#include "os/guard.h"
#include "os/host.h"
#include "os/link.h"
#include "os/posture.h"
#include "world/real.h"

#include <string.h>

enum {
	TURN_MS = 60 * 1000,
	HELD_MS = 2000,   /* between two attempts to spool what a full spool refused */
	STOP_TURNS = 300, /* of STOP_MS: how long a sweep may take to stop */
	STOP_MS = 100,
};

struct service {
	const struct service_options *options;
	struct world world;
	struct disk_real *state_real, *kits_real;
	struct disk state, kits;
	struct agent *agent;
	struct link_listener *listener;
	struct link *courier;
	uint64_t number; /* of the ask under way; 0: none */
	struct buffer message, frame;

	struct link *sweep; /* NULL: none */
	uint64_t job, n_findings;
	struct buffer held; /* a frame that found no room */
	bool is_held, has_died;

	struct posture posture;
};

/* ---- what the machine says ---- */

static void fill_posture(void *machine, struct agent_posture *out)
{
	struct service *service = machine;
	struct posture *posture = &service->posture;

	posture_read(posture);
	out->os = bytes_of(posture->os);
	out->os_version = bytes_of(posture->os_version);
	out->booted_ms = posture->booted_ms;
	out->n_updates = posture->n_updates;
	switch (posture->root_disk) {
	case POSTURE_DISK_PLAIN: out->encryption = ENCRYPTION_NONE; break;
	/* what else there is was not looked at */
	case POSTURE_DISK_ENCRYPTED: out->encryption = ENCRYPTION_PART; break;
	case POSTURE_DISK_UNKNOWN: out->encryption = ENCRYPTION_UNKNOWN; break;
	}
}

static void fill_neighbours(void *machine, struct agent_neighbours *out)
{
	static struct posture_neighbour rows[CAP_NEIGHBOURS];

	(void)machine;
	out->n_rows = posture_neighbours(rows, CAP_NEIGHBOURS);
	for (size_t i = 0; i < out->n_rows; i++) {
		out->rows[i].family = 4;
		memcpy(out->rows[i].address, rows[i].address, sizeof rows[i].address);
		memcpy(out->rows[i].link, rows[i].link, sizeof rows[i].link);
	}
}

static uint64_t peak_memory(void *machine)
{
	uint64_t peak, cpu;

	(void)machine;
	posture_usage(&peak, &cpu);
	return peak;
}

/* ---- the courier ---- */

static void drop_courier(struct service *service)
{
	link_free(service->courier);
	service->courier = NULL;
	service->number = 0;
	agent_courier_gone(service->agent);
}

static void accept_courier(struct service *service)
{
	struct link *link;
	uint32_t user;

	if (link_accept(service->listener, &link, &user) != RQ_OK)
		return;
	if (user != service->options->courier_user) {
		link_free(link);
		return;
	}
	/* the one before is dead, or will find that it is not heard */
	if (service->courier != NULL)
		drop_courier(service);
	service->courier = link;
}

/* One message type, to the exact byte; anything else ends the connection. */
static enum rq_err hear_courier(struct service *service)
{
	struct courier_told told;
	struct bytes frame;
	enum rq_err err = RQ_OK;

	while (service->courier != NULL && err == RQ_OK) {
		enum rq_err got = link_receive(service->courier, COURIER_FRAME, &frame);

		if (got == RQ_ERR_NOT_FOUND)
			break;
		if (got != RQ_OK || courier_told_decode(frame, &told) != RQ_OK) {
			drop_courier(service);
			break;
		}
		if (told.number == 0) {
			err =
			    told.outcome >= COURIER_ENROLLED
				? agent_told(service->agent, told.outcome, told.message)
				: RQ_OK;
		} else if (told.number == service->number) {
			service->number = 0;
			err = agent_told(service->agent, told.outcome, told.message);
		}
	}
	return err;
}

static uint64_t next_number(const struct service *service, uint64_t last)
{
	uint64_t now = world_monotonic_ms(&service->world);

	return now > last ? now : last + 1;
}

static void ask_courier(struct service *service)
{
	static uint64_t last;
	struct courier_ask ask;

	if (service->courier == NULL ||
	    !agent_next(service->agent, &service->message, &ask.wait_ms))
		return;
	last = next_number(service, last);
	service->number = ask.number = last;
	ask.message = buffer_bytes(&service->message);
	buffer_clear(&service->frame);
	courier_ask_encode(&ask, &service->frame);
	if (!buffer_ok(&service->frame) ||
	    link_send(service->courier, buffer_bytes(&service->frame)) != RQ_OK)
		drop_courier(service);
	/* a delivery once must not stay in memory for months */
	if (service->message.capacity > 64 * 1024) {
		buffer_free(&service->message);
		buffer_free(&service->frame);
	}
}

/* ---- sweeps ---- */

static enum rq_err start_sweep(struct service *service)
{
	struct agent_work work;
	enum rq_err err = agent_work(service->agent, &work);

	if (err == RQ_ERR_NOT_FOUND)
		return RQ_OK;
	if (err == RQ_OK && !spool_takes_sweeps(agent_spool(service->agent)))
		return RQ_OK;
	if (err == RQ_OK) {
		service->job = work.lease->job;
		service->n_findings = 0;
		err = agent_begin(service->agent, service->job);
	}
	if (err == RQ_OK)
		err = task_start(&work, service->options->folder, &service->kits,
				 &service->sweep, NULL);
	return err;
}

static enum rq_err put(struct service *service, enum agent_class class, uint8_t kind,
		       uint64_t ordinal, struct bytes body)
{
	const struct record record = {.kind = kind,
				      .utc_ms = world_utc_ms(&service->world),
				      .job = service->job,
				      .ordinal = ordinal,
				      .body = body};

	return agent_put(service->agent, class, &record);
}

static void drop_sweep(struct service *service)
{
	link_free(service->sweep);
	service->sweep = NULL;
}

/* All counts before the end, which says that there is no more. */
static enum rq_err end_sweep(struct service *service, const struct task_told *told)
{
	struct buffer gaps = {0}, end = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	sweep_gaps_encode(&told->gaps, &gaps);
	sweep_end_encode(&told->end, &end);
	if (buffer_ok(&gaps) && buffer_ok(&end))
		err = put(service, CLASS_RESULT, RECORD_GAPS, 2, buffer_bytes(&gaps));
	if (err == RQ_OK)
		err =
		    put(service, CLASS_RESULT, RECORD_SWEEP_END, 3, buffer_bytes(&end));
	if (err == RQ_OK)
		err = agent_done(service->agent, service->job);
	buffer_free(&gaps);
	buffer_free(&end);
	if (err == RQ_OK) {
		drop_sweep(service);
		task_clean(service->options->folder, service->job);
	}
	return err;
}

static enum rq_err take_frame(struct service *service, struct bytes frame)
{
	struct task_told told;
	enum rq_err err = task_decode(frame, &told);

	if (err != RQ_OK)
		return err;
	switch (told.what) {
	case TASK_FINDING:
		err = put(service, CLASS_DETECTION, RECORD_FINDING,
			  service->n_findings + 1, told.line);
		service->n_findings += err == RQ_OK;
		return err;
	case TASK_END: return end_sweep(service, &told);
	default: break;
	}
	err = agent_pause(service->agent, service->job);
	drop_sweep(service);
	return err;
}

/* What found no room is held, and nothing more is heard until it has: the sweep waits. */
static enum rq_err take_or_hold(struct service *service, struct bytes frame)
{
	enum rq_err err = take_frame(service, frame);

	if (err == RQ_ERR_FULL && !service->is_held) {
		buffer_clear(&service->held);
		buffer_put(&service->held, frame.at, frame.n);
		if (!buffer_ok(&service->held))
			return RQ_ERR_MEMORY;
		service->is_held = true;
	}
	return err == RQ_ERR_FULL ? RQ_OK : err;
}

static enum rq_err hear_sweep(struct service *service)
{
	struct bytes frame;
	enum rq_err err = RQ_OK;

	if (service->is_held) {
		err = take_frame(service, buffer_bytes(&service->held));
		if (err != RQ_OK)
			return err == RQ_ERR_FULL ? RQ_OK : err;
		service->is_held = false;
	}
	while (service->sweep != NULL && !service->is_held && err == RQ_OK) {
		err = link_receive(service->sweep, TASK_FRAME, &frame);
		if (err == RQ_ERR_NOT_FOUND)
			return RQ_OK;
		if (err == RQ_ERR_PEER) {
			/* no end: it died, and the mark on the disk says of what */
			service->has_died = true;
			drop_sweep(service);
			return RQ_OK;
		}
		if (err == RQ_OK)
			err = take_or_hold(service, frame);
	}
	return err;
}

/* ---- the loop ---- */

static enum rq_err make_folders(struct service *service, struct rq_diag *diag)
{
	const char *folder = service->options->folder;
	struct buffer kits = {0};
	enum rq_err err = guard_give(folder, true, 0, 0, diag);

	buffer_format(&kits, "%s/kits", folder);
	buffer_u8(&kits, 0);
	if (err == RQ_OK && !buffer_ok(&kits))
		err = RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = guard_give((const char *)kits.data, true, 0, 0, diag);
	if (err == RQ_OK)
		err =
		    disk_real_new(folder, &service->state_real, &service->state, diag);
	if (err == RQ_OK)
		err = disk_real_new((const char *)kits.data, &service->kits_real,
				    &service->kits, diag);
	buffer_free(&kits);
	return err;
}

static enum rq_err open_service(struct service *service, struct rq_diag *diag)
{
	const struct service_options *options = service->options;
	struct agent_options agent;
	enum rq_err err;

	world_real(&service->world);
	err = make_folders(service, diag);
	if (err != RQ_OK)
		return err;
	agent_options_default(&agent);
	agent.disk = &service->state;
	agent.kits = &service->kits;
	agent.world = &service->world;
	agent.installed_key = options->installed_key;
	agent.machine = service;
	agent.posture = fill_posture;
	agent.neighbours = fill_neighbours;
	agent.peak_memory = peak_memory;
	if (options->content != NULL)
		agent.content = options->content;
	if (options->hurry_ms > 0)
		agent.hurry_ms = options->hurry_ms;
	if (options->soon)
		agent.schedule.interval_ms = options->hurry_ms;
	err = agent_open(&agent, &service->agent);
	return err == RQ_OK
		   ? link_listen(options->socket, options->courier_group,
				 &service->listener, diag)
		   : rq_fail(diag, err, options->folder, "%s", rq_err_text(err));
}

static uint32_t turn_ms(const struct service *service)
{
	uint64_t wait = TURN_MS;

	if (service->is_held)
		wait = HELD_MS;
	if (service->courier != NULL && agent_wait_ms(service->agent) < wait)
		wait = agent_wait_ms(service->agent);
	return (uint32_t)wait;
}

static enum rq_err turn(struct service *service, uint32_t wait_ms)
{
	struct link *const links[] = {service->courier,
				      service->is_held ? NULL : service->sweep};
	enum rq_err err;

	link_wait(links, 2, service->listener, wait_ms);
	accept_courier(service);
	err = hear_courier(service);
	return err == RQ_OK ? hear_sweep(service) : err;
}

/* The sweep stops where it is, and goes on there at the next start. */
static enum rq_err stop(struct service *service)
{
	enum rq_err err = RQ_OK;

	if (service->sweep != NULL)
		link_stop(service->sweep);
	for (int i = 0; i < STOP_TURNS && service->sweep != NULL && err == RQ_OK; i++)
		err = turn(service, STOP_MS);
	if (service->sweep != NULL && err == RQ_OK)
		err = agent_pause(service->agent, service->job);
	return err;
}

static void close_service(struct service *service)
{
	link_free(service->sweep);
	link_free(service->courier);
	link_listener_free(service->listener);
	if (!service->has_died)
		agent_close(service->agent);
	disk_real_free(service->state_real);
	disk_real_free(service->kits_real);
	buffer_free(&service->message);
	buffer_free(&service->frame);
	buffer_free(&service->held);
}

enum rq_err service_run(const struct service_options *options,
			enum service_end *end_out, struct rq_diag *diag)
{
	struct service service = {.options = options};
	enum rq_err err = guard_network(diag);

	*end_out = SERVICE_STOPPED;
	if (err == RQ_OK)
		err = open_service(&service, diag);
	host_catch_interrupt();
	while (err == RQ_OK && !host_interrupted() && !service.has_died) {
		if (service.sweep == NULL)
			err = start_sweep(&service);
		if (err != RQ_OK)
			break;
		ask_courier(&service);
		err = turn(&service, turn_ms(&service));
	}
	if (err == RQ_OK && !service.has_died)
		err = stop(&service);
	if (service.has_died)
		*end_out = SERVICE_KILLED;
	close_service(&service);
	return err;
}
