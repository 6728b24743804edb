/* The list of jobs as another hand left it: what is believed of it can be written again. */
#include "endpoint/agent/jobs.h"
#include "world/virtual.h"

#include "bytes/crc32c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct jobs *jobs)
{
	struct lease lease = {.job = 77, .campaign = 1};
	enum job_refusal refusal;
	const struct job *job;

	(void)!jobs_take(jobs, &lease, 1, &refusal);
	job = jobs_next(jobs);
	if (job != NULL)
		(void)!jobs_begin(jobs, job->id);
	(void)!jobs_report(jobs, 1);
	if (jobs_list(jobs, &job) > CAP_AGENT_JOBS)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body = {data, size};
	struct spool_options options;
	struct world_virtual virtual_world;
	struct disk_virtual *virtual_disk;
	struct buffer text = {0};
	struct spool *spool = NULL;
	struct jobs *jobs = NULL;
	struct world world;
	struct disk disk;

	world_virtual(&virtual_world, 1, 1, &world);
	spool_options_default(&options);
	if (disk_virtual_new(1, &virtual_disk, &disk) == RQ_OK) {
		buffer_put(&text, body.at, body.n);
		buffer_u32le(&text, crc32c(0, body));
		(void)!disk.replace(disk.self, "jobs", buffer_bytes(&text));
		if (spool_open(&disk, &world, &options, &spool) == RQ_OK &&
		    jobs_open(&disk, &world, spool, &jobs) == RQ_OK)
			use(jobs);
		jobs_close(jobs);
		spool_close(spool);
	}
	disk_virtual_free(virtual_disk);
	buffer_free(&text);
	return 0;
}
