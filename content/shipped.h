/*
 * The content that is part of the program: rules that work without a network and
 * without a file.  Signed packages will replace them; these stay as the floor.
 */
#ifndef RAQUET_CONTENT_SHIPPED_H
#define RAQUET_CONTENT_SHIPPED_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "bytes/reader.h"

#define SHIPPED_NAME "raquet-base"

/* ISO date of the newest rule. */
const char *shipped_date(void);

size_t shipped_n_files(void);
const char *shipped_name(size_t i); /* "signsight.yar" */

/* The text, in arena.  In the program it is masked, so that a sweep of the program's
 * own file, ours or another scanner's, does not find the words that the rules hold. */
RQ_MUST_USE enum rq_err shipped_text(size_t i, struct arena *arena,
				     struct bytes *text_out);

/* Packs of artefacts (artefact/pack.h), likewise. */
size_t shipped_n_packs(void);
const char *shipped_pack_name(size_t i); /* "signsight.artefact" */
RQ_MUST_USE enum rq_err shipped_pack_text(size_t i, struct arena *arena,
					  struct bytes *text_out);

#endif
