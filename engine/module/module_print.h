/*
 * All that a module knows of one object, as `yara -D` prints it: a line for each field,
 * a tab for each level, the last declared first.
 */
#ifndef RAQUET_ENGINE_MODULE_MODULE_PRINT_H
#define RAQUET_ENGINE_MODULE_MODULE_PRINT_H

#include "engine/module/module.h"

/*
 * Tells one line after another, without their ends, for the object that state was
 * opened for; a line is valid during the call.  Texts are escaped, but keys of
 * dictionaries stand as the object has them: whoever shows a line makes it visible.
 * tell returns false to hear no more.  RQ_ERR_MEMORY: a line is missing.
 */
RQ_MUST_USE enum rq_err module_print(const struct module *module, void *state,
				     bool (*tell)(void *listener, struct bytes line),
				     void *listener);

#endif
