/*
 * The one idiom for failure.
 *
 * A function that can fail returns enum rq_err: 0 is fine, negative says why.
 * An error means that *we* failed (no memory, the system refused, our own caller
 * was wrong).  A broken object is never an error: it is a finding or a gap.
 *
 * Libraries never print, log or exit.  Detail for people travels in an optional
 * struct rq_diag, which the caller owns and may leave out (NULL).
 */
#ifndef RAQUET_BYTES_ERROR_H
#define RAQUET_BYTES_ERROR_H

#include <stdint.h>

#define RQ_MUST_USE __attribute__((warn_unused_result))
#ifdef __MINGW32__
#define RQ_PRINTF(text, first) __attribute__((__format__(__gnu_printf__, text, first)))
#else
#define RQ_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#endif

enum rq_err {
	RQ_OK = 0,
	RQ_ERR_MEMORY = -1,      /* an allocation failed or reached its budget */
	RQ_ERR_SYSTEM = -2,      /* the operating system refused; the diag says what */
	RQ_ERR_NOT_FOUND = -3,   /* a named file, module or entry does not exist */
	RQ_ERR_ACCESS = -4,      /* it exists and may not be read */
	RQ_ERR_LIMIT = -5,       /* a named cap of bytes/cap.h or of the caller */
	RQ_ERR_FORMAT = -6,      /* bytes that we wrote or signed ourselves are damaged */
	RQ_ERR_RULE = -7,        /* a rule was refused; the report says which and why */
	RQ_ERR_USAGE = -8,       /* the caller's arguments contradict each other */
	RQ_ERR_UNSUPPORTED = -9, /* not on this platform or in this build */
	RQ_ERR_TIMEOUT = -10,
	RQ_ERR_STOPPED = -11,    /* somebody asked us to stop */
	RQ_ERR_PEER = -12,       /* another process died or spoke out of turn */
	RQ_ERR_CONFLICT = -13,   /* it is there already, or is not as the change expects */
	RQ_ERR_RETRY = -14,      /* another was in the way: the same again may succeed */
	RQ_ERR_FULL = -15,       /* no room left where it should be stored */
};

/* What went wrong and where, for a person.  Fixed size: writing it cannot fail. */
struct rq_diag {
	char where[256];  /* path or name, UTF-8, cut at a character boundary */
	uint64_t offset;  /* byte offset in it, or RQ_NO_OFFSET */
	char what[512];   /* one sentence without a final stop */
};

#define RQ_NO_OFFSET UINT64_MAX

/* A short English name of err ("out of memory"); never NULL, static storage. */
const char *rq_err_text(enum rq_err err);

/*
 * Fills diag (when it is not NULL) and returns err, so that a failing branch is one
 * line: return rq_fail(diag, RQ_ERR_LIMIT, path, "more than %d members", cap).
 * where may be NULL.
 */
enum rq_err rq_fail(struct rq_diag *diag, enum rq_err err, const char *where,
		    const char *format, ...) RQ_PRINTF(4, 5);

#endif
