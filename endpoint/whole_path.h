/*
 * The path of an object for lists and packs that name leading folders: "Windows/x" of a
 * sweep that started in "/mnt" is /mnt/Windows/x for them.  What is told stays as the
 * person wrote it.
 */
#ifndef RAQUET_ENDPOINT_WHOLE_PATH_H
#define RAQUET_ENDPOINT_WHOLE_PATH_H

#include "bytes/buffer.h"

/*
 * path behind folder, without "." and "..", in *room, which is cleared; path itself when
 * it is absolute or folder is empty.  RQ_ERR_MEMORY.
 */
RQ_MUST_USE enum rq_err whole_path(struct bytes folder, struct bytes path,
				   struct buffer *room, struct bytes *whole_out);

#endif
