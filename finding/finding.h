/*
 * The result model: what a sweep says.
 *
 *   finding    something was found in an object
 *   gap        an object, or part of one, was not examined, and why
 *   summary    scope, content, counts, and the verdict that follows from them
 *
 * Text for people is rendered from these records, never the other way round.  An
 * object without finding and without gap was read whole by every applicable rule
 * (invariant I1); the summary counts it, nothing lists it.
 */
#ifndef RAQUET_FINDING_FINDING_H
#define RAQUET_FINDING_FINDING_H

#include "bytes/buffer.h"
#include "bytes/error.h"
#include "bytes/reader.h"

enum finding_kind {
	FINDING_RULE,
	FINDING_HASH,
	FINDING_NAME,
	FINDING_HOST,
	FINDING_ARTEFACT,
	FINDING_SIGNATURE,
	FINDING_CLAMAV,
};

/*
 * What a finding does to the verdict and where it is shown.  One of a low score is a
 * sign that often has a harmless cause: always told, in a place of its own, and worth a
 * look, but it does not make the answer "found".
 */
enum finding_class {
	FINDING_COUNTS,
	FINDING_UNWANTED, /* counts too: activators, cracked tools, remote control */
	FINDING_LOOK,
	N_FINDING_CLASSES,
};

enum { SCORE_COUNTS = 40 /* from here on a finding makes the answer "found" */ };

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

struct finding_meta {
	struct bytes key;
	enum { FINDING_META_TEXT, FINDING_META_INT, FINDING_META_BOOL } kind;
	struct bytes text;
	int64_t integer;
};

struct finding_string {
	struct bytes identifier; /* "$a" */
	uint64_t offset, length;
	uint8_t xor_key;
};

struct finding {
	enum finding_kind kind;
	struct bytes path;         /* as the system names it; any bytes */
	const struct bytes *chain; /* members of containers, outermost first */
	size_t n_chain;
	struct bytes rule, name_space;
	const struct bytes *tags;
	size_t n_tags;
	const struct finding_meta *metas;
	size_t n_metas;
	const struct finding_string *strings;
	size_t n_strings;
	uint64_t size;        /* of the object */
	uint64_t modified_ms; /* of the file, UTC since 1970; 0: not known */
	uint8_t sha256[32];   /* of the object */
	bool has_sha256;
};

/*
 * Why something was not examined.  Each has a stable name in JSON ("worker-died") and
 * a sentence in Vietnamese and English; the table is in finding/gap.c.
 */
enum gap_reason {
	GAP_UNREADABLE, /* access denied */
	GAP_IO_ERROR,   /* the device or file system failed */
	GAP_VANISHED,   /* gone between listing and opening */
	GAP_CHANGED,    /* changed while it was read */
	GAP_TOO_LARGE,  /* over a limit that the person set */
	GAP_SPARSE,     /* holes beyond the limit were not read */
	GAP_NOT_A_FILE, /* device, socket, pipe: counted, not opened */
	GAP_LOOP,       /* a link or mount that leads back */
	GAP_NETWORK,    /* a network file system, left out by --all */
	GAP_TIMEOUT,    /* the time for one object was over */
	GAP_STOPPED,    /* the sweep was stopped or its time was over */
	GAP_TOO_MANY_MATCHES,
	GAP_TOO_COMPLEX,
	GAP_OUT_OF_MEMORY,
	GAP_WORKER_DIED, /* crashed, hung or was killed while it had the object */
	GAP_RULES_REFUSED, /* rules were left out: every object was examined without them */
	GAP_LISTING,       /* a folder could not be listed */
	GAP_RULE_OUTPUT,     /* rules printed more than is kept; matches are complete */
	GAP_MODULE_LIMIT,    /* more structures than a module that rules asked reads */
	GAP_ENCRYPTED,       /* a ZIP archive with members that need a password */
	GAP_PROGRAM_UNKNOWN, /* a running program of which the file cannot be told */
	GAP_ROOT_NOT_SWEPT,  /* the scope requires a place that was not swept */
	GAP_PROCESSES_NOT_SWEPT,
	GAP_PERSISTENCE_NOT_READ,
	GAP_INDICATORS,         /* a list could not be asked about it */
	GAP_INDICATORS_REFUSED, /* lines of lists were left out, for every object */
	GAP_IN_PARTS,           /* no rule saw the whole of it at once */
	N_GAP_REASONS,
};

struct gap {
	struct bytes path;
	const struct bytes *chain;
	size_t n_chain;
	enum gap_reason reason;
	const char *detail; /* what the system said, English; may be NULL */
	uint8_t sha256[32];
	bool has_sha256;
	bool is_tolerated; /* so far: beyond its limit no gap of the reason is */
};

enum verdict { VERDICT_FOUND, VERDICT_CLEAN, VERDICT_UNKNOWN };

/* A line of the required scope: up to limit gaps of reason at paths that fit pattern. */
struct summary_tolerance {
	enum gap_reason reason;
	uint64_t limit, n_used;
	const char *pattern; /* NULL: any path */
};

struct summary {
	uint64_t n_seen, n_scanned,
	    n_found; /* files; found: with at least one finding, processes too */
	uint64_t n_findings;
	/* of n_findings those of FINDING_LOOK, and of n_found those with no other */
	uint64_t n_look, n_only_look;
	uint64_t bytes_seen, bytes_scanned;
	bool has_processes; /* their memory was part of the sweep: */
	uint64_t n_processes_seen, n_processes_scanned, process_bytes;
	uint64_t n_gaps[N_GAP_REASONS];
	uint64_t n_tolerated[N_GAP_REASONS]; /* of these, by the scope */
	uint64_t n_rules, n_rules_refused;
	uint64_t n_indicators; /* of lists beside the rules */
	enum {
		HASHED_NONE,    /* no list of digests */
		HASHED_BY_KIND, /* programs, scripts, documents, archives up to 64 MB */
		HASHED_ALL,
	} hashed;                      /* what digests were looked up of */
	uint64_t started_ms, ended_ms; /* UTC since 1970 */
	double seconds;                /* all runs of a resumed sweep together */
	double seconds_yielded;        /* stood back for a person or a disk */
	bool resumed, stopped;
	const char *program_version;
	const char *content_name;   /* of the shipped content, or NULL */
	const char *content_date;   /* ISO date of the newest content, or NULL */
	uint8_t content_sha256[32]; /* of all rule sources in order, and includes */
	const char *host_name;
	const char
	    *unit; /* that answers for the machine, as a list names it, or NULL */
	const char *sweep_id;     /* names this run and no other; NULL: none */
	const char *const *scope; /* what was asked for: paths, or "--all" */
	size_t n_scope;
	const char *required_name;  /* of the scope (finding/scope.h); NULL: strict */
	const char *required_title; /* its name in the reader's language */
	const char *required_description; /* likewise, or NULL */
	uint8_t required_sha256[32];      /* of its text */
	/* what of it was tolerated how far; may be none */
	const struct summary_tolerance *tolerances;
	size_t n_tolerances;
	uint32_t max_content_age; /* days; 0: CONTENT_AGE_DAYS */
	const char *confinement;  /* what was in force: "seccomp,landlock,rlimit" */
	uint32_t n_workers;
};

/* Content that is older is told to be old, unless the scope says otherwise. */
enum { CONTENT_AGE_DAYS = 15 };

/*
 * found > not known > nothing found.  Findings that are only worth a look do not make it
 * "found".  Gaps that the scope tolerates do not make it
 * "not known"; that nothing at all was examined does.
 */
enum verdict summary_verdict(const struct summary *summary);
uint64_t summary_gaps(const struct summary *summary);      /* all reasons together */
uint64_t summary_tolerated(const struct summary *summary); /* of these */

/* Days from the date of the content to the start of the sweep, below 0 when the clock
 * of the machine stands before it.  False: the content has no date. */
bool summary_content_age(const struct summary *summary, int64_t *days_out);
bool summary_content_is_old(const struct summary *summary);
bool summary_clock_is_wrong(const struct summary *summary);

/* Days since 1970 of a date of the Gregorian calendar, years from 1970 on. */
int64_t days_of_date(int year, int month, int day);

/* "found"; stable. */
const char *verdict_name(enum verdict verdict);

/* "rule"; stable. */
const char *finding_kind_name(enum finding_kind kind);

/* The first metadata entry of that key, or NULL. */
const struct finding_meta *finding_meta(const struct finding *finding, const char *key);

bool finding_has_tag(const struct finding *finding, const char *tag);

/* From the metadata: `severity` ("low" ... "critical"), else `score` (from 60, 80 and
 * 100 on), else medium. */
enum severity finding_severity(const struct finding *finding);

/*
 * FINDING_LOOK when all its scores lie below SCORE_COUNTS and it does not claim a severity
 * above low; without a score a finding counts in full.  Else by the tag `unwanted`.
 */
enum finding_class finding_class(const struct finding *finding);

/* outer!inner, the raw bytes. */
void finding_path_write(struct buffer *out, struct bytes path,
			const struct bytes *chain, size_t n_chain);

#endif
