#include "endpoint/polite.h"

static void sense(void *context, struct load *load_out)
{
	load_read(context, load_out);
}

enum rq_err polite_open(struct polite *polite, struct sweep_options *sweep)
{
	enum rq_err err = load_sensor_new(&polite->sensor);

	if (err != RQ_OK)
		return err;
	governor_init(&polite->governor, sense, polite->sensor);
	sweep->governor = &polite->governor;
	sweep->idle_priority = true;
	/* a worker's clock goes on while it stands still: yielding is no gap */
	sweep->worker.timeout_ms *= 100 / GOVERNOR_FLOOR_PERCENT;
	return RQ_OK;
}

void polite_close(struct polite *polite)
{
	load_sensor_free(polite->sensor);
	*polite = (struct polite){0};
}
