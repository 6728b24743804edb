/* One run of raquet scan: what its steps share. */
#ifndef RAQUET_ENDPOINT_SCAN_RUN_H
#define RAQUET_ENDPOINT_SCAN_RUN_H

#include "artefact/match.h"
#include "endpoint/artefacts.h"
#include "endpoint/asset_ask.h"
#include "command/arguments.h"
#include "endpoint/indicators.h"
#include "endpoint/polite.h"
#include "endpoint/progress.h"
#include "endpoint/report.h"
#include "endpoint/rules.h"
#include "endpoint/scan_processes.h"
#include "endpoint/scan_scope.h"
#include "endpoint/sweep.h"
#include "sealed/sealed.h"

struct scan {
	enum language language;
	const struct option_value *values;
	struct rules rules;
	struct indicators indicators; /* table NULL: none */
	struct artefacts artefacts;
	/* found by the names of what was not examined, and how many objects these are */
	uint64_t n_by_name, n_unread_found;
	/* findings that were told, by what they do to the verdict, and objects that
	 * are only worth a look */
	uint64_t n_told[N_FINDING_CLASSES], n_only_look;
	struct report *report;
	struct report_options report_options;
	struct seal *seal; /* NULL: not asked for */
	struct progress progress;
	struct sweep_options sweep;
	struct polite polite;
	struct process *early; /* a worker that waits for the rules; NULL: none */
	struct sweep_outcome outcome;
	struct scan_processes processes;
	struct buffer folder, whole;     /* where relative paths begin; such a path */
	struct asset_answer asset;       /* which machine this is */
	uint8_t sweep_id[SWEEP_ID_SIZE]; /* of this run: random */
	char sweep_text[2 * SWEEP_ID_SIZE + 1];
	const char *const *paths; /* as given */
	size_t n_paths;
	struct summary summary;
	struct scan_scope scope;
	bool wants_persistence;
	bool processes_by_scope; /* not by an option */
	bool failed;             /* something of ours did */
};

/* Every gap passes here, so that the scope counts them all; sets gap->is_tolerated. */
void scan_tell(struct scan *scan, struct gap *gap);

/* What sweeps call, with a struct scan as listener: findings and gaps go into its
 * report, and what could not be told sets failed. */
void scan_tell_object(void *listener, const struct sweep_object *object);
void scan_tell_process(void *listener, const struct process_note *process,
		       const struct sweep_object *object);
void scan_tell_file(void *listener, struct bytes path);
void scan_tell_gap(void *listener, const struct sweep_gap *told);
void scan_tell_module(void *listener, struct bytes path,
		      const struct artefact_hits *hits, struct finding *own);
void scan_tell_progress(void *listener, const struct sweep_progress *now);

#endif
