/* Files of a spool as a broken disk or another hand left them. */
#include "endpoint/agent/spool.h"
#include "world/virtual.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct spool *spool)
{
	const struct record record = {RECORD_FINDING, 1, 2, 3, BYTES_LITERAL("{}")};
	struct agent_delivery delivery;
	struct agent_delivery_answer answer = {DELIVERY_TAKEN, 0, 0, 0};
	bool is_useful;

	(void)!spool_put(spool, CLASS_DETECTION, &record);
	for (int i = 0; i < 8 && spool_lease(spool, 4096, &delivery) == RQ_OK; i++) {
		answer.sequence = delivery.first + delivery.n_records;
		answer.status = i == 3 ? DELIVERY_FORKED : DELIVERY_TAKEN;
		answer.chain = i == 5 ? 7 : delivery.chain;
		(void)!spool_answer(spool, &answer, &is_useful);
	}
}

/* The first two bytes say how much of the rest is the state; two segments get what follows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size);
	size_t n_state = reader_u16le(&r);
	struct bytes state =
	    reader_bytes(&r, n_state < reader_left(&r) ? n_state : reader_left(&r));
	struct bytes one = reader_bytes(&r, reader_left(&r) / 2);
	struct bytes two = reader_bytes(&r, reader_left(&r));
	struct spool_options options;
	struct world_virtual virtual_world;
	struct disk_virtual *virtual_disk;
	struct spool *spool;
	struct world world;
	struct disk disk;

	world_virtual(&virtual_world, 1, 1, &world);
	if (disk_virtual_new(1, &virtual_disk, &disk) == RQ_OK) {
		spool_options_default(&options);
		(void)!disk.replace(disk.self, "state", state);
		(void)!disk.replace(disk.self, "0-00000000", one);
		(void)!disk.replace(disk.self, "0-00000001", two);
		if (spool_open(&disk, &world, &options, &spool) == RQ_OK)
			use(spool);
		else
			spool = NULL;
		spool_close(spool);
	}
	disk_virtual_free(virtual_disk);
	return 0;
}
