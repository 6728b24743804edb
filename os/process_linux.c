#include "os/process.h"

#include "bytes/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/channel_linux.h"
#include "os/frame_queue.h"

enum { READ_CHUNK = 64 * 1024 };

struct process {
	pid_t pid;
	int socket; /* -1 once the other end is gone */
	bool has_ended;
	int status;
	char end_text[64];
	struct frame_queue in;
	struct buffer out; /* the frame on its way */
	size_t out_pos;
	int files[PROCESS_MAX_FILES]; /* travel with its first byte */
	size_t n_files;
	uint64_t n_passed; /* numbers the files for the worker */
};

/* Above the numbers that the child will use, so that one dup2 cannot hit the next. */
static int move_up(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, CHANNEL_FIRST_OTHER);

	close(fd);
	if (moved < 0 && errno == EINVAL)
		errno = EMFILE; /* the limit lies below what was asked for */
	return moved;
}

static int spawn(int socket, pid_t *pid_out)
{
	static const char *const arguments[] = {"raquet", "worker", NULL};
	static char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int number = 0;

	sigfillset(&all);
	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return ENOMEM;
	}
	number |=
	    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	number |=
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	number |= posix_spawn_file_actions_adddup2(&actions, 1, 2);
	number |= posix_spawn_file_actions_adddup2(&actions, socket, CHANNEL_SOCKET);
	/* its own group: what the terminal says to us is not for it */
	number |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
							    POSIX_SPAWN_SETSIGMASK |
							    POSIX_SPAWN_SETPGROUP);
	number |= posix_spawnattr_setsigdefault(&attributes, &all);
	number |= posix_spawnattr_setsigmask(&attributes, &none);
	if (number == 0)
		number = posix_spawn(pid_out, "/proc/self/exe", &actions, &attributes,
				     (char *const *)arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return number;
}

enum rq_err process_start_worker(struct process **process_out, struct rq_diag *diag)
{
	struct process *process = alloc_array(1, sizeof *process);
	int pair[2] = {-1, -1};
	int number = 0;

	*process_out = NULL;
	if (process == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		number = errno;
		goto out;
	}
	pair[1] = move_up(pair[1]);
	if (pair[1] < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) {
		number = errno;
		goto out;
	}
	number = spawn(pair[1], &process->pid);
	if (number != 0)
		goto out;
	process->socket = pair[0];
	pair[0] = -1;
	*process_out = process;
	process = NULL; /* transferred */
out:
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	alloc_free(process);
	if (number != 0)
		return rq_fail(diag,
			       number == EMFILE || number == ENFILE ? RQ_ERR_LIMIT
								    : RQ_ERR_SYSTEM,
			       NULL, "cannot start a worker: %s", strerror(number));
	return RQ_OK;
}

static void hang_up(struct process *process)
{
	if (process->socket >= 0)
		close(process->socket);
	process->socket = -1;
}

static void reap(struct process *process, int flags)
{
	while (!process->has_ended) {
		pid_t got = waitpid(process->pid, &process->status, flags);

		if (got == process->pid || (got < 0 && errno != EINTR))
			process->has_ended = true;
		else if (got == 0)
			return;
	}
}

void process_free(struct process *process)
{
	if (process == NULL)
		return;
	process_kill(process);
	reap(process, 0);
	hang_up(process);
	buffer_free(&process->in.bytes);
	buffer_free(&process->out);
	alloc_free(process);
}

void process_kill(struct process *process)
{
	if (!process->has_ended)
		kill(process->pid, SIGKILL);
}

void process_pause(struct process *process)
{
	if (!process->has_ended)
		kill(process->pid, SIGSTOP);
}

void process_resume(struct process *process)
{
	if (!process->has_ended)
		kill(process->pid, SIGCONT);
}

bool process_ended(struct process *process)
{
	reap(process, WNOHANG);
	return process->has_ended;
}

const char *process_end_text(struct process *process)
{
	/* its socket closes a moment before its end can be asked for */
	for (int i = 0; i < 100 && !process_ended(process); i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	if (!process->has_ended)
		return "still runs";
	if (WIFSIGNALED(process->status))
		snprintf(process->end_text, sizeof process->end_text,
			 "killed by signal %d", WTERMSIG(process->status));
	else
		snprintf(process->end_text, sizeof process->end_text, "exit code %d",
			 WEXITSTATUS(process->status));
	return process->end_text;
}

uint64_t process_cpu_ns(struct process *process)
{
	struct timespec t;
	clockid_t clock;

	if (process->has_ended || clock_getcpuclockid(process->pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t process_id(const struct process *process)
{
	return (uint64_t)process->pid;
}

/* ---- frames ---- */

enum rq_err process_pass(struct process *process, const struct file *files,
			 size_t n_files, uint64_t *handles_out)
{
	if (!process_sent(process) || n_files > PROCESS_MAX_FILES)
		return RQ_ERR_USAGE;
	for (size_t i = 0; i < n_files; i++) {
		process->files[i] = (int)files[i].handle;
		handles_out[i] = process->n_passed++;
	}
	process->n_files = n_files;
	return RQ_OK;
}

bool process_sent(const struct process *process)
{
	return process->out_pos == process->out.size;
}

/* Writes what the socket takes; the files go with the first byte. */
static void push(struct process *process)
{
	while (process->socket >= 0 && !process_sent(process)) {
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof process->files)];
		} control;
		struct iovec run = {process->out.data + process->out_pos,
				    process->out.size - process->out_pos};
		struct msghdr message = {.msg_iov = &run, .msg_iovlen = 1};
		size_t n = process->n_files * sizeof *process->files;
		ssize_t put;

		if (process->n_files > 0) {
			memset(&control, 0, sizeof control);
			control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(n),
							.cmsg_level = SOL_SOCKET,
							.cmsg_type = SCM_RIGHTS};
			memcpy(CMSG_DATA(&control.head), process->files, n);
			message.msg_control = &control;
			message.msg_controllen = CMSG_SPACE(n);
		}
		put = sendmsg(process->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EAGAIN || errno == ETOOMANYREFS))
			return;
		if (put < 0) {
			/* what it said before it went may still wait to be read */
			process->out_pos = process->out.size;
			process->n_files = 0;
			return;
		}
		process->n_files = 0;
		process->out_pos += (size_t)put;
	}
}

enum rq_err process_send(struct process *process, struct bytes frame)
{
	if (!process_sent(process))
		return RQ_ERR_USAGE;
	buffer_clear(&process->out);
	process->out_pos = 0;
	frame_put(&process->out, frame);
	if (!buffer_ok(&process->out)) {
		buffer_clear(&process->out);
		process->n_files = 0;
		return RQ_ERR_MEMORY;
	}
	push(process);
	return RQ_OK;
}

static void pull(struct process *process)
{
	while (process->socket >= 0) {
		size_t size = process->in.bytes.size;
		uint8_t *at = buffer_zeros(&process->in.bytes, READ_CHUNK);
		/* without room for control data: files that it sends are dropped */
		ssize_t got = at == NULL
				  ? -1
				  : recv(process->socket, at, READ_CHUNK, MSG_DONTWAIT);
		int number = errno;

		process->in.bytes.size = size + (got > 0 ? (size_t)got : 0);
		if (at == NULL) {
			hang_up(process);
			return;
		}
		if (got < 0 && number == EINTR)
			continue;
		if (got == 0 || (got < 0 && number != EAGAIN))
			hang_up(process);
		if (got < READ_CHUNK)
			return;
		/* a worker that only talks must not keep us from the others */
		if (process->in.bytes.size - process->in.pos > 16 * READ_CHUNK)
			return;
	}
}

void process_wait(struct process *const *processes, size_t n, uint32_t timeout_ms)
{
	struct pollfd polls[256];

	if (n > sizeof polls / sizeof *polls)
		n = sizeof polls / sizeof *polls;
	for (size_t i = 0; i < n; i++)
		polls[i] = (struct pollfd){
		    .fd = processes[i]->socket,
		    .events =
			(short)(POLLIN | (process_sent(processes[i]) ? 0 : POLLOUT))};
	if (poll(polls, n, (int)timeout_ms) <= 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (polls[i].revents & POLLOUT)
			push(processes[i]);
		if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
			pull(processes[i]);
	}
}

enum rq_err process_receive(struct process *process, size_t max_frame,
			    struct bytes *frame_out)
{
	enum rq_err err = frame_take(&process->in, max_frame, frame_out);

	return err == RQ_ERR_NOT_FOUND && process->socket < 0 ? RQ_ERR_PEER : err;
}

/* ---- this process ---- */

size_t process_allow_files(size_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 256; /* what POSIX systems have at the least */
	if (limit.rlim_cur < n) {
		limit.rlim_cur = limit.rlim_max < n ? limit.rlim_max : n;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

void process_be_idle(void)
{
	enum { OF_PROCESS = 1, CLASS_IDLE = 3 << 13 }; /* linux/ioprio.h */

	(void)setpriority(PRIO_PROCESS, 0, 19);
	(void)syscall(SYS_ioprio_set, OF_PROCESS, 0, CLASS_IDLE);
}

_Noreturn void process_leave(int code)
{
	_exit(code);
}

uint64_t process_self(void)
{
	return (uint64_t)getpid();
}
