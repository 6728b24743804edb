/*
 * The forms in which people exchange indicators (docs/indicator-format.md).
 */
#ifndef RAQUET_INDICATOR_READ_H
#define RAQUET_INDICATOR_READ_H

#include "indicator/list.h"

enum indicator_format {
	INDICATOR_HASHES, /* a digest a line, HEX;comment, HEX;score;comment */
	INDICATOR_NAMES,  /* EXPRESSION;SCORE[;FALSE-POSITIVE], # description above */
	INDICATOR_HOSTS,  /* a host, address or range a line, [;score] */
	INDICATOR_CSV,    /* digests in any column, RFC 4180 */
	INDICATOR_JSON,   /* MISP events, bundles of STIX 2.1 */
	N_INDICATOR_FORMATS,
};

/* JSON by its first bytes; else by the name of the file as Loki does (hash, filename,
 * c2); else by its content. */
enum indicator_format indicator_format_of(struct bytes name, struct bytes text);

struct indicator_read_options {
	enum indicator_format format;
	bool
	    slashes; /* paths here have /: \\ of an expression means that, and C: goes */
	int64_t now; /* seconds since 1970: what is valid until then */
};

/*
 * Appends a list called name.  What cannot be used is refused in the list, with its
 * line; an error is our own: RQ_ERR_MEMORY, RQ_ERR_LIMIT (too many).
 */
RQ_MUST_USE enum rq_err indicator_read(struct indicator_list *list, struct bytes name,
				       struct bytes text,
				       const struct indicator_read_options *options);

#endif
