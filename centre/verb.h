/* The verbs of raquet-centre: what each takes, what it says of itself, what it does. */
#ifndef RAQUET_CENTRE_VERB_H
#define RAQUET_CENTRE_VERB_H

#include "centre/configuration.h"
#include "centre/log.h"
#include "command/arguments.h"
#include "world/world.h"

enum centre_exit {
	CENTRE_FINE = 0,
	CENTRE_DAMAGED = 1, /* check: something is wrong */
	CENTRE_USAGE = 2,
	CENTRE_FAILED = 4,
};

/* Rows of the options, the same for all verbs. */
enum centre_option {
	OPTION_CONFIG,
	OPTION_STORE,
	OPTION_NAME,
	OPTION_HOST,
	OPTION_ROOT_KEY,
	OPTION_ADMIN,
	OPTION_LANG,
	OPTION_HELP,
	OPTION_VERSION,
	N_CENTRE_OPTIONS
};

struct verb_call {
	struct configuration configuration;
	struct log log;
	const struct world *world;
	enum language language;
	const struct arguments *arguments;
	const char *const *words; /* behind the verb */
	size_t n_words;
};

struct centre_verb {
	const char *name;
	const char *words[N_LANGUAGES]; /* "FILE" */
	size_t n_words;
	const char *explanation[N_LANGUAGES];
	int (*act)(const struct verb_call *call); /* the exit code */
};

int verb_init(const struct verb_call *call);
int verb_serve(const struct verb_call *call);
int verb_check(const struct verb_call *call);
int verb_backup(const struct verb_call *call);
int verb_restore(const struct verb_call *call);

/* One line on standard output. */
void verb_say(const struct verb_call *call, const char *const text[N_LANGUAGES]);
/* "raquet-centre: WHERE: WHAT" on standard error; the exit code of err. */
int verb_fail(enum rq_err err, const struct rq_diag *diag);

struct store;
/* The configured store with its newest tables. */
RQ_MUST_USE enum rq_err verb_open_store(const struct verb_call *call,
					struct store **store_out, struct rq_diag *diag);

#endif
