/*
 * Indicators ready to be asked: one immutable image, shared by all workers.
 *
 * The image has a head, which is small and verified when it is opened, and a body, of
 * which single blocks are read and verified when a question leads there.  The body
 * stands behind the head in memory, or stays in the file.  A damaged block is an error
 * of the question (RQ_ERR_FORMAT), never the answer "not listed".
 * docs/indicator-format.md has the bytes.
 *
 * Indicators are numbered: MD5, SHA-1, SHA-256, names, hosts, addresses.
 */
#ifndef RAQUET_INDICATOR_TABLE_H
#define RAQUET_INDICATOR_TABLE_H

#include "bytes/buffer.h"
#include "indicator/list.h"
#include "os/file.h"

/*
 * Makes the image of list: sorts its digests, compiles its names.  An expression that
 * the rule engine refuses is refused in the list and left out.
 */
RQ_MUST_USE enum rq_err indicator_build(struct indicator_list *list,
					struct buffer *image_out);

struct indicator_table;

/* Whether data starts as an image does; *head_size_out: bytes of its head. */
bool indicator_is_image(struct bytes data, uint64_t *head_size_out);
enum { INDICATOR_IMAGE_START = 64 }; /* bytes that this needs */

/*
 * Opens an image, whole or only its head; then body is the file that has all of it.
 * Both are borrowed.  RQ_ERR_FORMAT: damaged, or of another version.
 */
RQ_MUST_USE enum rq_err indicator_table_open(struct bytes image, struct file body,
					     struct indicator_table **table_out,
					     struct rq_diag *diag);
void indicator_table_free(struct indicator_table *table);

uint32_t indicator_table_count(const struct indicator_table *table,
			       enum indicator_kind kind);
uint32_t indicator_table_size(const struct indicator_table *table); /* all kinds */

/*
 * What answers a question: numbers of indicators.  Questions append; the caller sets n
 * to 0 before the first and frees at.  More than CAP_HITS are RQ_ERR_LIMIT.
 */
struct indicator_hits {
	uint32_t *at;
	size_t n, capacity;
};

/* What the digests of a kind say of a file of that size. */
enum indicator_size {
	INDICATOR_SIZE_ANY,   /* some digest has no size */
	INDICATOR_SIZE_TOLD,  /* all have, one has this */
	INDICATOR_SIZE_OTHER, /* all have, none has this; or there is no digest */
};
enum indicator_size indicator_size_of(const struct indicator_table *table,
				      enum indicator_kind kind, uint64_t size);

/* The indicators of a digest of indicator_digest_size(kind) bytes. */
RQ_MUST_USE enum rq_err indicator_digest(struct indicator_table *table,
					 enum indicator_kind kind,
					 const uint8_t *digest,
					 struct indicator_hits *hits);

/* Those whose expression is found in a path.  RQ_ERR_LIMIT: the search was not complete. */
RQ_MUST_USE enum rq_err indicator_path(struct indicator_table *table, struct bytes path,
				       struct indicator_hits *hits);

/* Those of a host name or an address, defanged or not, any case. */
RQ_MUST_USE enum rq_err indicator_host(struct indicator_table *table, struct bytes host,
				       struct indicator_hits *hits);

/* What an indicator says.  Texts lie in arena. */
struct indicator_entry {
	enum indicator_kind kind;
	struct bytes text; /* digest in hex, expression, host, range */
	struct bytes list, description, reference;
	int32_t score;
};
RQ_MUST_USE enum rq_err indicator_entry(struct indicator_table *table, uint32_t index,
					struct arena *arena,
					struct indicator_entry *entry_out);

#endif
