/* A backup with a digest that fits, read into an empty store: read or refused. */
#include "bytes/alloc.h"
#include "centre/store/backup.h"
#include "crypto/digest.h"

#include <stdlib.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_into_empty(struct file file)
{
	struct store *store = NULL;
	struct rq_diag diag;
	int64_t n = 0;
	enum rq_err err = store_open(":memory:", &store, &diag);

	if (err != RQ_OK)
		return;
	err = backup_read(store, migration_all, file, &diag);
	if (err != RQ_OK &&
	    store_ask_number(store, "SELECT count(*) FROM sqlite_schema", NULL, 0, &n,
			     &diag) == RQ_OK &&
	    n > 0)
		abort(); /* refused, and yet something is there */
	store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = {memfd_create("backup", MFD_CLOEXEC)};
	uint8_t digest[DIGEST_MAX_SIZE];

	if (digest_of(DIGEST_SHA256, (struct bytes){data, size}, digest) == RQ_OK &&
	    file_append(file, (struct bytes){data, size}) == RQ_OK &&
	    file_append(file, (struct bytes){digest, BACKUP_DIGEST}) == RQ_OK)
		read_into_empty(file);
	file_close(&file);
	return 0;
}
