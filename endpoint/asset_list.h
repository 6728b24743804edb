/*
 * A list of machines that travels with a stick, for the question "which machine is this?"
 * (docs/sealed-result-format.md has the file).
 */
#ifndef RAQUET_ENDPOINT_ASSET_LIST_H
#define RAQUET_ENDPOINT_ASSET_LIST_H

#include "bytes/arena.h"
#include "os/machine.h"

/* Each may be empty but tag; several in one are parted by ';'. */
struct asset {
	const char *unit, *tag, *names, *serials, *addresses;
};

struct asset_list {
	struct asset *items;
	size_t n, capacity;
};

/* Reads text; it all lies in arena.  RQ_ERR_FORMAT: *line_out is the line that is not as
 * the format has it, from 1. */
RQ_MUST_USE enum rq_err asset_list_read(struct bytes text, struct arena *arena,
					struct asset_list *list_out, size_t *line_out);

/* What of a row is as this machine says: bits, the heavier the less likely by chance. */
enum asset_fit {
	ASSET_FITS_NAME = 1,
	ASSET_FITS_ADDRESS = 2,
	ASSET_FITS_SERIAL = 4,
};
unsigned asset_fits(const struct asset *asset, const struct machine *machine);

struct asset_guess {
	const struct asset *asset;
	unsigned fits;
};

/* All rows, what fits best first, else as they stand; n guesses in arena. */
RQ_MUST_USE enum rq_err asset_list_rank(const struct asset_list *list,
					const struct machine *machine,
					struct arena *arena,
					struct asset_guess **guesses_out);

/* Whether some field of the row has text in it, whatever the case of ASCII letters. */
bool asset_mentions(const struct asset *asset, const char *text);

#endif
