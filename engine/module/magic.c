/*
 * The module "magic": what libmagic says that a file is, as file(1) prints it.
 *
 * libmagic reads its database from the disk, which a confined worker cannot: prepare
 * does it before.  It is then asked for bytes in memory only, and does not look inside
 * of compressed files, for which it would start programs.
 */
#include "engine/module/module.h"

#include "bytes/alloc.h"

#include <errno.h>
#include <magic.h>
#include <string.h>
#include <time.h>

enum magic_id { MIME_TYPE, TYPE, N_MAGIC_IDS };

struct magic_state {
	const struct module_context *context;
	bool is_known[N_MAGIC_IDS];
	struct value values[N_MAGIC_IDS];
};

/* Costs some milliseconds, so that it is made once, and holds nothing of an object. */
static _Thread_local magic_t library;

static enum rq_err magic_prepare(struct rq_diag *diag)
{
	enum rq_err err = RQ_OK;

	if (library != NULL)
		return RQ_OK;
	library = magic_open(MAGIC_NONE);
	if (library == NULL)
		return RQ_ERR_MEMORY;
	if (magic_load(library, NULL) != 0) {
		err = rq_fail(diag, RQ_ERR_NOT_FOUND, "magic", "%s",
			      magic_error(library));
		magic_close(library);
		library = NULL;
	}
	/* some files carry a time, told in that of the place: another file to read */
	tzset();
	return err;
}

static struct value ask(const struct module_context *context, enum magic_id id)
{
	struct bytes head = object_head(context->object);
	const char *answer, *copy;

	if (context->object->is_memory || head.n == 0)
		return value_undefined();
	magic_setflags(library, id == MIME_TYPE ? MAGIC_MIME_TYPE : MAGIC_NONE);
	answer = magic_buffer(library, head.at, head.n);
	if (answer == NULL) {
		if (magic_errno(library) == ENOMEM)
			alloc_count_refusal();
		return value_undefined();
	}
	copy = arena_copy(context->arena, answer, strlen(answer));
	return copy != NULL ? value_text(bytes_of(copy)) : value_undefined();
}

static void magic_call(void *argument, uint16_t id, const struct value *args,
		       struct value *value_out)
{
	struct magic_state *state = argument;

	(void)args;
	if (!state->is_known[id]) {
		state->values[id] = ask(state->context, id);
		state->is_known[id] = true;
	}
	*value_out = state->values[id];
}

static enum rq_err magic_begin(const struct module_context *context, void **state_out)
{
	struct magic_state *state = arena_make(context->arena, struct magic_state);
	enum rq_err err = magic_prepare(NULL);

	*state_out = state;
	if (err != RQ_OK || state == NULL)
		return RQ_ERR_MEMORY;
	state->context = context;
	return RQ_OK;
}

static const struct module_field fields[] = {
    FIELD_OF_FUNCTION("mime_type", MIME_TYPE, "", VALUE_TEXT),
    FIELD_OF_FUNCTION("type", TYPE, "", VALUE_TEXT),
    {0},
};

const struct module module_magic = {.name = "magic",
				    .fields = fields,
				    .prepare = magic_prepare,
				    .open = magic_begin,
				    .call = magic_call};
