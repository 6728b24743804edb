#include "os/process.h"

#include "bytes/alloc.h"
#include "os/frame_queue.h"
#include "os/wide_windows.h"

#include <stdlib.h>
#include <string.h>

enum { READ_CHUNK = 64 * 1024 };

struct channel {
	HANDLE pipe;
	struct frame_queue in;
	struct buffer out;
};

enum rq_err channel_inherit(int argc, char **argv, struct channel **channel_out)
{
	struct channel *channel;
	HANDLE pipe;

	*channel_out = NULL;
	if (argc != 3)
		return RQ_ERR_USAGE;
	pipe = (HANDLE)(uintptr_t)strtoull(argv[2], NULL, 16);
	if (GetFileType(pipe) != FILE_TYPE_PIPE)
		return RQ_ERR_USAGE;
	channel = alloc_array(1, sizeof *channel);
	if (channel == NULL)
		return RQ_ERR_MEMORY;
	channel->pipe = pipe;
	*channel_out = channel;
	return RQ_OK;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	CloseHandle(channel->pipe);
	buffer_free(&channel->in.bytes);
	buffer_free(&channel->out);
	alloc_free(channel);
}

enum rq_err channel_send(struct channel *channel, struct bytes frame)
{
	frame_put(&channel->out, frame);
	return buffer_ok(&channel->out) ? RQ_OK : RQ_ERR_MEMORY;
}

size_t channel_queued(const struct channel *channel)
{
	return channel->out.size;
}

enum rq_err channel_flush(struct channel *channel)
{
	size_t done = 0;

	while (done < channel->out.size) {
		DWORD put = 0;

		if (!WriteFile(channel->pipe, channel->out.data + done,
			       (DWORD)(channel->out.size - done), &put, NULL))
			return RQ_ERR_PEER;
		done += put;
	}
	buffer_clear(&channel->out);
	return RQ_OK;
}

static enum rq_err pull(struct channel *channel)
{
	struct buffer *in = &channel->in.bytes;
	size_t before = in->size;
	uint8_t *at = buffer_zeros(in, READ_CHUNK);
	DWORD got = 0;

	if (at == NULL)
		return RQ_ERR_MEMORY;
	if (!ReadFile(channel->pipe, at, READ_CHUNK, &got, NULL) || got == 0)
		return RQ_ERR_PEER;
	in->size = before + got;
	return RQ_OK;
}

enum rq_err channel_receive(struct channel *channel, size_t max_frame,
			    struct bytes *frame_out)
{
	enum rq_err err;

	while ((err = frame_take(&channel->in, max_frame, frame_out)) ==
	       RQ_ERR_NOT_FOUND) {
		err = pull(channel);
		if (err != RQ_OK)
			break;
	}
	return err;
}

enum rq_err channel_take_file(struct channel *channel, uint64_t handle,
			      struct file *file_out)
{
	(void)channel;
	file_out->handle = (intptr_t)(uintptr_t)handle;
	return handle == 0 ? RQ_ERR_PEER : RQ_OK;
}
