#include "os/link.h"

#include "bytes/alloc.h"
#include "os/frame_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_CHUNK = 16 * 1024, READ_AHEAD = 1024 * 1024 };

struct link {
	int socket; /* -1 once the other end is gone */
	pid_t child;
	bool has_child;
	struct frame_queue in;
	struct buffer out;
	size_t out_pos;
};

struct link_listener {
	int socket;
	struct sockaddr_un address;
};

static enum rq_err link_over(int socket, struct link **link_out)
{
	struct link *link = alloc_array(1, sizeof *link);

	*link_out = NULL;
	if (link == NULL || fcntl(socket, F_SETFL, O_NONBLOCK) != 0) {
		alloc_free(link);
		close(socket);
		return RQ_ERR_MEMORY;
	}
	link->socket = socket;
	*link_out = link; /* transferred */
	return RQ_OK;
}

static enum rq_err open_named(const char *path, struct sockaddr_un *address_out,
			      int *socket_out, struct rq_diag *diag)
{
	*address_out = (struct sockaddr_un){.sun_family = AF_UNIX};
	*socket_out = -1;
	if (strlen(path) >= sizeof address_out->sun_path)
		return rq_fail(diag, RQ_ERR_LIMIT, path, "the path is too long");
	strcpy(address_out->sun_path, path);
	*socket_out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return *socket_out >= 0
		   ? RQ_OK
		   : rq_fail(diag, RQ_ERR_SYSTEM, path, "socket: %s", strerror(errno));
}

enum rq_err link_listen(const char *path, uint32_t group,
			struct link_listener **listener_out, struct rq_diag *diag)
{
	struct link_listener *listener = alloc_array(1, sizeof *listener);
	mode_t mask;
	bool done;
	enum rq_err err;

	*listener_out = NULL;
	if (listener == NULL)
		return RQ_ERR_MEMORY;
	err = open_named(path, &listener->address, &listener->socket, diag);
	if (err != RQ_OK) {
		alloc_free(listener);
		return err;
	}
	(void)unlink(path);
	/* nobody may connect before its rights are right */
	mask = umask(0177);
	done = bind(listener->socket, (const struct sockaddr *)&listener->address,
		    sizeof listener->address) == 0;
	umask(mask);
	if (done && group != 0)
		done = chown(path, (uid_t)-1, group) == 0 && chmod(path, 0660) == 0;
	if (done)
		done = listen(listener->socket, 4) == 0 &&
		       fcntl(listener->socket, F_SETFL, O_NONBLOCK) == 0;
	if (!done) {
		err = rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
		link_listener_free(listener);
		return err;
	}
	*listener_out = listener; /* transferred */
	return RQ_OK;
}

void link_listener_free(struct link_listener *listener)
{
	if (listener == NULL)
		return;
	(void)unlink(listener->address.sun_path);
	close(listener->socket);
	alloc_free(listener);
}

enum rq_err link_accept(struct link_listener *listener, struct link **link_out,
			uint32_t *user_out)
{
	int socket = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);
	struct ucred peer = {0};
	socklen_t size = sizeof peer;

	*link_out = NULL;
	*user_out = UINT32_MAX;
	if (socket < 0)
		return RQ_ERR_NOT_FOUND;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
		close(socket);
		return RQ_ERR_SYSTEM;
	}
	*user_out = peer.uid;
	return link_over(socket, link_out);
}

enum rq_err link_connect(const char *path, struct link **link_out, struct rq_diag *diag)
{
	struct sockaddr_un address;
	int socket;
	enum rq_err err = open_named(path, &address, &socket, diag);

	*link_out = NULL;
	if (err != RQ_OK)
		return err;
	if (connect(socket, (const struct sockaddr *)&address, sizeof address) != 0) {
		err = rq_fail(diag, RQ_ERR_PEER, path, "%s", strerror(errno));
		close(socket);
		return err;
	}
	return link_over(socket, link_out);
}

enum rq_err link_fork(int (*child)(void *context, struct link *link), void *context,
		      struct link **link_out, struct rq_diag *diag)
{
	int pair[2];
	pid_t parent = getpid(), pid;
	enum rq_err err;

	*link_out = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "socketpair: %s",
			       strerror(errno));
	pid = fork();
	if (pid == 0) {
		struct link *link;

		close(pair[0]);
		/* a parent that died in between is seen by its number */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
		    link_over(pair[1], &link) != RQ_OK)
			_exit(1);
		_exit(child(context, link));
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "fork: %s", strerror(errno));
	}
	err = link_over(pair[0], link_out);
	if (err == RQ_OK) {
		(*link_out)->child = pid;
		(*link_out)->has_child = true;
	} else {
		kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	return err;
}

void link_stop(struct link *link)
{
	if (link->has_child)
		kill(link->child, SIGTERM);
}

int link_end(struct link *link)
{
	int status = -1;

	if (!link->has_child)
		return 0;
	while (waitpid(link->child, &status, 0) < 0 && errno == EINTR)
		;
	link->has_child = false;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void link_free(struct link *link)
{
	if (link == NULL)
		return;
	if (link->has_child) {
		kill(link->child, SIGKILL);
		(void)link_end(link);
	}
	if (link->socket >= 0)
		close(link->socket);
	buffer_free(&link->in.bytes);
	buffer_free(&link->out);
	alloc_free(link);
}

/* ---- frames ---- */

static void hang_up(struct link *link)
{
	close(link->socket);
	link->socket = -1;
}

static void push(struct link *link)
{
	while (link->socket >= 0 && link->out_pos < link->out.size) {
		ssize_t put =
		    send(link->socket, link->out.data + link->out_pos,
			 link->out.size - link->out_pos, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return; /* full; an end that is gone shows when it is read */
		link->out_pos += (size_t)put;
	}
	/* a large message once must not stay in memory for months */
	if (link->out.capacity > READ_CHUNK)
		buffer_free(&link->out);
	buffer_clear(&link->out);
	link->out_pos = 0;
}

/* As much as is there, and no more than READ_AHEAD beyond a frame of any size: a peer
 * that only talks fills a socket, not our memory. */
static void pull(struct link *link)
{
	size_t taken = 0;

	while (link->socket >= 0 && taken < READ_AHEAD) {
		size_t size = link->in.bytes.size;
		uint8_t *at = buffer_zeros(&link->in.bytes, READ_CHUNK);
		ssize_t got =
		    at == NULL ? -1 : recv(link->socket, at, READ_CHUNK, MSG_DONTWAIT);
		int number = at == NULL ? ENOMEM : errno;

		link->in.bytes.size = size + (got > 0 ? (size_t)got : 0);
		if (got < 0 && number == EINTR)
			continue;
		if (got == 0 || (got < 0 && number != EAGAIN))
			hang_up(link);
		if (got < READ_CHUNK)
			return;
		taken += (size_t)got;
	}
}

enum rq_err link_send(struct link *link, struct bytes frame)
{
	if (link->socket < 0)
		return RQ_ERR_PEER;
	frame_put(&link->out, frame);
	if (!buffer_ok(&link->out))
		return RQ_ERR_MEMORY;
	push(link);
	return RQ_OK;
}

enum rq_err link_flush(struct link *link)
{
	while (link->socket >= 0 && link_waiting(link) > 0) {
		struct pollfd poll_out = {.fd = link->socket, .events = POLLOUT};

		if (poll(&poll_out, 1, -1) < 0 && errno != EINTR)
			return RQ_ERR_SYSTEM;
		if (poll_out.revents & (POLLERR | POLLHUP))
			hang_up(link);
		else
			push(link);
	}
	return link->socket >= 0 ? RQ_OK : RQ_ERR_PEER;
}

size_t link_waiting(const struct link *link)
{
	return link->out.size - link->out_pos;
}

enum rq_err link_receive(struct link *link, size_t max, struct bytes *frame_out)
{
	enum rq_err err = frame_take(&link->in, max, frame_out);

	if (err == RQ_ERR_NOT_FOUND && link->in.bytes.size == 0 &&
	    link->in.bytes.capacity > READ_CHUNK)
		buffer_free(&link->in.bytes);
	return err == RQ_ERR_NOT_FOUND && link->socket < 0 ? RQ_ERR_PEER : err;
}

int link_descriptor(const struct link *link)
{
	return link->socket;
}

void link_move(struct link *link)
{
	push(link);
	pull(link);
}

void link_wait(struct link *const *links, size_t n, struct link_listener *listener,
	       uint32_t timeout_ms)
{
	struct pollfd polls[8];
	size_t n_polls = 0;

	for (size_t i = 0; i < n && i < 7; i++)
		polls[n_polls++] = (struct pollfd){
		    .fd = links[i] != NULL ? links[i]->socket : -1,
		    .events =
			(short)(POLLIN | (links[i] != NULL && link_waiting(links[i]) > 0
					      ? POLLOUT
					      : 0))};
	polls[n_polls++] = (struct pollfd){
	    .fd = listener != NULL ? listener->socket : -1, .events = POLLIN};
	if (poll(polls, n_polls, (int)timeout_ms) <= 0)
		return;
	for (size_t i = 0; i + 1 < n_polls; i++)
		if (links[i] != NULL && polls[i].revents != 0)
			link_move(links[i]);
}
