#include "os/load.h"

#include "bytes/alloc.h"

#include <windows.h>

struct load_sensor {
	bool is_open;
};

enum rq_err load_sensor_new(struct load_sensor **sensor_out)
{
	*sensor_out = alloc_array(1, sizeof **sensor_out);
	return *sensor_out != NULL ? RQ_OK : RQ_ERR_MEMORY;
}

void load_sensor_free(struct load_sensor *sensor)
{
	alloc_free(sensor);
}

void load_read(struct load_sensor *sensor, struct load *load_out)
{
	LASTINPUTINFO last = {.cbSize = sizeof last};

	(void)sensor;
	*load_out = (struct load){0};
	if (!GetLastInputInfo(&last))
		return;
	load_out->knows_input = true;
	/* both count milliseconds in 32 bits and wrap alike */
	load_out->input_idle_ms = (DWORD)(GetTickCount() - last.dwTime);
}
