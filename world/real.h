/* Clocks, chance and disk of this machine. */
#ifndef RAQUET_WORLD_REAL_H
#define RAQUET_WORLD_REAL_H

#include "world/world.h"

void world_real(struct world *world_out);

struct disk_real;

/* The folder at path, which must exist and belong to us; *disk_out works until
 * disk_real_free. */
RQ_MUST_USE enum rq_err disk_real_new(const char *path, struct disk_real **real_out,
				      struct disk *disk_out, struct rq_diag *diag);
void disk_real_free(struct disk_real *real);

#endif
