/* The module "time": the clock of whoever scans. */
#include "engine/module/module.h"

struct time_state {
	int64_t now;
};

static void time_call(void *state, uint16_t id, const struct value *args,
		      struct value *value_out)
{
	(void)id, (void)args;
	*value_out = value_int(((struct time_state *)state)->now);
}

static enum rq_err time_open(const struct module_context *context, void **state_out)
{
	struct time_state *state = arena_make(context->arena, struct time_state);

	*state_out = state;
	if (state == NULL)
		return RQ_ERR_MEMORY;
	state->now = context->now;
	return RQ_OK;
}

static const struct module_field fields[] = {
    FIELD_OF_FUNCTION("now", 0, "", VALUE_INT),
    {0},
};

const struct module module_time = {
    .name = "time", .fields = fields, .open = time_open, .call = time_call};
