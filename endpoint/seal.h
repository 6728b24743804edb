/*
 * raquet scan --seal: the result once more, for the way to the desk that counts it.
 * Names of documents and users leave only with a finding (docs/sealed-result-format.md).
 */
#ifndef RAQUET_ENDPOINT_SEAL_H
#define RAQUET_ENDPOINT_SEAL_H

#include "endpoint/asset_ask.h"
#include "endpoint/command.h"
#include "finding/finding.h"

struct seal_options {
	const char *path;
	const uint8_t *sweep_id; /* SWEEP_ID_SIZE; must live as long */
	const char *unit_code_file, *centre_key_file, *copy_key_file; /* NULL: none */
	struct asset_answer asset;
	bool gap_paths; /* lines with the paths of gaps too */
	bool is_agreed; /* nobody is asked before it is written */
	enum language language;
	int utc_offset_minutes;
};

struct seal;

/* Reads the keys, and makes this copy's at its first use: before the sweep, since a
 * wrong key found after hours would be one too late.  EXIT_CLEAN, or complains. */
int seal_open(const struct seal_options *options, struct seal **seal_out);
void seal_free(struct seal *seal);

/* seal may be NULL: not asked for. */

/* What was swept with beside the rules and the scope; name is static. */
void seal_content(struct seal *seal, const char *name, const uint8_t sha256[32]);
/* What was swept is what the required scope says, and no path that a person gave. */
void seal_by_scope(struct seal *seal);
void seal_finding(struct seal *seal, const struct finding *finding);
void seal_gap(struct seal *seal, const struct gap *gap);

/* Prints on standard error what will leave, to the letter, asks, then writes it in one
 * step.  False: it failed, and a complaint was written; a person who says no is no
 * failure. */
bool seal_close(struct seal *seal, const struct summary *summary);

#endif
