#include "os/process.h"

#include "bytes/alloc.h"
#include "os/channel_linux.h"
#include "os/frame_queue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two batches may be on their way. */
enum { MAX_WAITING = 2 * PROCESS_MAX_FILES, READ_CHUNK = 64 * 1024 };

struct channel {
	struct frame_queue in;
	struct buffer out;
	int files[MAX_WAITING]; /* a ring: arrived, not yet taken */
	uint64_t n_arrived, n_taken;
};

enum rq_err channel_inherit(int argc, char **argv, struct channel **channel_out)
{
	struct stat st;

	(void)argc;
	(void)argv;
	*channel_out = NULL;
	if (fstat(CHANNEL_SOCKET, &st) != 0 || !S_ISSOCK(st.st_mode))
		return RQ_ERR_USAGE;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return RQ_ERR_SYSTEM;
	*channel_out = alloc_array(1, sizeof **channel_out);
	return *channel_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	while (channel->n_taken < channel->n_arrived)
		close(channel->files[channel->n_taken++ % MAX_WAITING]);
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
		ssize_t put = send(CHANNEL_SOCKET, channel->out.data + done,
				   channel->out.size - done, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return RQ_ERR_PEER;
		done += (size_t)put;
	}
	buffer_clear(&channel->out);
	return RQ_OK;
}

static enum rq_err keep_files(struct channel *channel, struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
	     c = CMSG_NXTHDR(message, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int files[PROCESS_MAX_FILES];

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    n > PROCESS_MAX_FILES ||
		    channel->n_arrived - channel->n_taken + n > MAX_WAITING)
			return RQ_ERR_PEER;
		memcpy(files, CMSG_DATA(c), n * sizeof *files);
		for (size_t i = 0; i < n; i++)
			channel->files[channel->n_arrived++ % MAX_WAITING] = files[i];
	}
	return message->msg_flags & MSG_CTRUNC ? RQ_ERR_PEER : RQ_OK;
}

static enum rq_err pull(struct channel *channel)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * PROCESS_MAX_FILES)];
	} control;
	struct buffer *in = &channel->in.bytes;
	size_t size = in->size;
	uint8_t *at = buffer_zeros(in, READ_CHUNK);
	struct iovec run = {at, READ_CHUNK};
	struct msghdr message = {.msg_iov = &run,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t got;

	if (at == NULL)
		return RQ_ERR_MEMORY;
	do
		got = recvmsg(CHANNEL_SOCKET, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	in->size = size + (got > 0 ? (size_t)got : 0);
	return got <= 0 ? RQ_ERR_PEER : keep_files(channel, &message);
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
	*file_out = FILE_NONE;
	if (handle != channel->n_taken || channel->n_taken == channel->n_arrived)
		return RQ_ERR_PEER;
	file_out->handle = channel->files[channel->n_taken++ % MAX_WAITING];
	return RQ_OK;
}
