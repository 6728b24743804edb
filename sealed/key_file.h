/*
 * The keys around a sealed result, as files: one line that says which kind of key it is,
 * so that nobody hands out the wrong one.
 */
#ifndef RAQUET_SEALED_KEY_FILE_H
#define RAQUET_SEALED_KEY_FILE_H

#include "bytes/buffer.h"
#include "bytes/error.h"

enum key_file_kind { KEY_FILE_COPY, KEY_FILE_CENTRE_PRIVATE, KEY_FILE_CENTRE_PUBLIC };
enum { KEY_FILE_SIZE = 32 };

/* RQ_ERR_FORMAT: it is no key of that kind. */
RQ_MUST_USE enum rq_err key_file_read(const char *path, enum key_file_kind kind,
				      uint8_t *key_out, struct rq_diag *diag);

/* Makes a file for its owner alone; RQ_ERR_USAGE when something is there already. */
RQ_MUST_USE enum rq_err key_file_make(const char *path, enum key_file_kind kind,
				      const uint8_t *key, struct rq_diag *diag);

enum { UNIT_CODE_LEAST = 12, UNIT_CODE_MOST = 256 };

/* The code of a unit without its line end; RQ_ERR_FORMAT when it is shorter than
 * UNIT_CODE_LEAST bytes, longer than UNIT_CODE_MOST, or more than a line.
 * To be freed by key_file_forget. */
RQ_MUST_USE enum rq_err unit_code_read(const char *path, struct buffer *code_out,
				       struct rq_diag *diag);
/* Wipes and frees. */
void key_file_forget(struct buffer *secret);

/*
 * The secret of this copy: the one at named, when that is not NULL; else beside the
 * program, or in the user's own folder where nothing can be written beside it or where
 * the program belongs to the system.  Made when missing.  *path_out (with a 0 behind) is
 * where it lies; *beside_out whether that is beside the program.
 */
RQ_MUST_USE enum rq_err copy_key_find(const char *named, uint8_t *secret_out,
				      struct buffer *path_out, bool *beside_out,
				      struct rq_diag *diag);

#endif
