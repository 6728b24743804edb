#include "os/memory.h"

/*
 * Memory of processes is not read on Windows yet: memory_list and memory_open say so,
 * and without them the others are never reached.
 */
static enum rq_err refuse(struct rq_diag *diag)
{
	return rq_fail(diag, RQ_ERR_UNSUPPORTED, NULL,
		       "memory of processes is not read on Windows");
}

enum rq_err memory_list(struct arena *arena, uint64_t **ids_out, size_t *n_out,
			struct rq_diag *diag)
{
	(void)arena;
	*ids_out = NULL;
	*n_out = 0;
	return refuse(diag);
}

enum rq_err memory_describe(uint64_t id, struct arena *arena,
			    struct memory_process *process_out)
{
	(void)arena;
	*process_out = (struct memory_process){.id = id};
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err memory_open(uint64_t id, struct memory **memory_out, struct rq_diag *diag)
{
	(void)id;
	*memory_out = NULL;
	return refuse(diag);
}

void memory_free(struct memory *memory)
{
	(void)memory;
}

enum rq_err memory_regions(struct memory *memory, struct arena *arena,
			   struct memory_region **regions_out, size_t *n_out)
{
	(void)memory, (void)arena;
	*regions_out = NULL;
	*n_out = 0;
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err memory_next(struct memory *memory, const struct memory_region *region,
			uint64_t from, struct memory_run *run_out)
{
	(void)memory, (void)region, (void)from;
	*run_out = (struct memory_run){0, 0};
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err memory_read(struct memory *memory, uint64_t address, size_t n,
			struct file file, uint64_t off, size_t *n_out)
{
	(void)memory, (void)address, (void)n, (void)file, (void)off;
	*n_out = 0;
	return RQ_ERR_UNSUPPORTED;
}

bool memory_holds(struct memory *memory, const struct memory_region *region,
		  uint64_t address)
{
	(void)memory, (void)region, (void)address;
	return false;
}

bool memory_sees_all(const struct memory *memory, const struct memory_region *region)
{
	(void)memory, (void)region;
	return false;
}

uint64_t memory_room(void)
{
	return 0;
}

bool memory_is_there(const struct memory *memory)
{
	(void)memory;
	return false;
}

enum rq_err memory_file_new(struct file *file_out, struct rq_diag *diag)
{
	*file_out = FILE_NONE;
	return refuse(diag);
}

enum rq_err memory_file_write(struct file file, uint64_t off, struct bytes data)
{
	(void)file, (void)off, (void)data;
	return RQ_ERR_UNSUPPORTED;
}

enum rq_err memory_file_seal(struct file file)
{
	(void)file;
	return RQ_ERR_UNSUPPORTED;
}
