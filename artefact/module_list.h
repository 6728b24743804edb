/*
 * Modules of the kernel: those that are loaded (/proc/modules), and those that are
 * installed for the kernel that runs (modules.dep, modules.builtin).  The kernel says
 * no more of a loaded module than its name, and what an installer put there is in
 * these lists: a module that is in none was loaded from somewhere else.
 */
#ifndef RAQUET_ARTEFACT_MODULE_LIST_H
#define RAQUET_ARTEFACT_MODULE_LIST_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"

struct loaded_module {
	struct bytes name;
	bool is_unsigned; /* as the kernel marks it */
};

/* The next of /proc/modules; false: no more. */
bool loaded_module_next(struct reader *text, struct loaded_module *module_out);

struct module_names {
	struct bytes *items; /* sorted, with _ for - */
	size_t n, capacity;
};

/* Adds the names in a list of installed modules; they lie in arena, and
 * module_names_have works when all were added and sorted. */
RQ_MUST_USE enum rq_err module_names_add(struct module_names *names, struct bytes text,
					 struct arena *arena);
void module_names_sort(struct module_names *names);
bool module_names_have(const struct module_names *names, struct bytes name);

#endif
