/*
 * The kits that lie on this machine: manifests that were verified and allowed, and their
 * files, in a folder of their own.  A file that is not whole yet lies there too, under
 * another name, and is gone on with.
 */
#ifndef RAQUET_ENDPOINT_AGENT_KITS_H
#define RAQUET_ENDPOINT_AGENT_KITS_H

#include "wire/fetch.h"
#include "wire/kit.h"
#include "world/world.h"

enum { KIT_NAME_ON_DISK = 26 };

/* How a file of a kit is called in the folder. */
void kits_file_name(const uint8_t digest[AGENT_DIGEST],
		    char name_out[KIT_NAME_ON_DISK]);

/* The manifest of that digest; texts lie in *room.  RQ_ERR_NOT_FOUND: it is not here. */
RQ_MUST_USE enum rq_err kits_load(const struct disk *disk, const uint8_t *digest,
				  struct buffer *room, struct kit *kit_out);
RQ_MUST_USE enum rq_err kits_keep(const struct disk *disk, const uint8_t *digest,
				  struct bytes manifest);

/* What to fetch next of kit; false: all of it is here.  RQ_ERR_LIMIT: a file above
 * CAP_KIT_BYTES. */
RQ_MUST_USE enum rq_err kits_missing(const struct disk *disk, const struct kit *kit,
				     struct agent_fetch *fetch_out, bool *missing_out);
/* A piece of what was asked for.  *bad_out: the whole is there and is another file; it
 * was removed. */
RQ_MUST_USE enum rq_err kits_add(const struct disk *disk, const struct kit *kit,
				 const struct agent_fetch *fetch,
				 const struct agent_part *part, bool *bad_out);

/* Removes what no kit of keep (n manifests' digests) needs. */
RQ_MUST_USE enum rq_err kits_tidy(const struct disk *disk,
				  const uint8_t (*keep)[AGENT_DIGEST], size_t n);

#endif
