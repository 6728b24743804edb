#include "endpoint/fake_engine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static enum rq_err open_image(struct bytes image, void **engine_out,
			      struct rq_diag *diag)
{
	static char engine;

	(void)diag;
	*engine_out = &engine;
	return bytes_equal_text(image, "fake rules") ? RQ_OK : RQ_ERR_FORMAT;
}

static enum rq_err configure(void *engine, const struct worker_config *config)
{
	(void)engine;
	(void)config;
	return RQ_OK;
}

static uint32_t n_rules(void *engine)
{
	(void)engine;
	return FAKE_N_RULES;
}

static const uint8_t *find(struct bytes in, const char *word)
{
	return in.n == 0 ? NULL : memmem(in.at, in.n, word, strlen(word));
}

struct attempt {
	const char *name;
	bool succeeded;
};

static bool can_open(const char *path, int flags)
{
	return open(path, flags, 0600) >= 0;
}

static bool can_start(void)
{
	char name[] = "true", *const arguments[] = {name, NULL};
	pid_t pid;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, NULL) == 0;
}

static bool can_make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

/* Written first, then made to run; and the rules themselves, as a program. */
static bool can_turn_into_code(void)
{
	void *room = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (room != MAP_FAILED && mprotect(room, 4096, PROT_EXEC) == 0) ||
	       mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 4, 0) !=
		   MAP_FAILED ||
	       syscall(SYS_pkey_mprotect, room, 4096, PROT_EXEC, -1) == 0;
}

static bool can_execute(void)
{
	char name[] = "true", *const arguments[] = {name, NULL};

	return execve("/bin/true", arguments, NULL) == 0 ||
	       syscall(SYS_execveat, 4, "", arguments, NULL, AT_EMPTY_PATH) == 0;
}

/* Its own memory as seen from outside: whoever may do that reads its parent's. */
static bool can_reach_processes(void)
{
	char here = 0, there;
	struct iovec to = {&there, 1}, from = {&here, 1};

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) >= 0 ||
	       process_vm_writev(getpid(), &to, 1, &from, 1, 0) >= 0 ||
	       syscall(SYS_pidfd_open, getpid(), 0) >= 0 ||
	       syscall(SYS_kcmp, getpid(), getpid(), 0, 3, 4) >= 0;
}

static bool can_signal(void)
{
	/* 0: only ask whether it may be done */
	return kill(getpid(), 0) == 0 || kill(1, 0) == 0 ||
	       syscall(SYS_tgkill, getpid(), getpid(), 0) == 0 ||
	       syscall(SYS_rt_sigqueueinfo, 1, SIGKILL, NULL) == 0;
}

static bool can_open_otherwise(void)
{
	uint64_t how[3] = {O_RDONLY, 0, 0};
	char handle[128] = {0};

	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof how) >= 0 ||
	       syscall(SYS_creat, "raquet-escaped", 0600) >= 0 ||
	       syscall(SYS_open_by_handle_at, 4, handle, O_RDONLY) >= 0 ||
	       syscall(SYS_openat, 4, "", O_RDWR) >= 0 ||
	       syscall(SYS_open_tree, AT_FDCWD, "/", 0) >= 0;
}

static bool can_use_a_ring(void)
{
	char parameters[256] = {0};

	return syscall(SYS_io_uring_setup, 1, parameters) >= 0 ||
	       syscall(SYS_io_uring_enter, 3, 0, 0, 0, NULL, 0) >= 0;
}

static bool can_talk_otherwise(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 || pipe(pair) == 0 ||
	       socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ||
	       socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 || accept(3, NULL, NULL) >= 0 ||
	       sendto(0, "x", 1, 0, NULL, 0) >= 0 ||
	       syscall(SYS_splice, 3, NULL, 1, NULL, 1, 0) >= 0;
}

/* More of the kernel, and ways to get rid of what holds it. */
static bool can_ask_the_kernel(void)
{
	return prctl(PR_SET_DUMPABLE, 1) == 0 || setuid(0) == 0 ||
	       syscall(SYS_bpf, 0, NULL, 0) >= 0 ||
	       syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) >= 0 ||
	       syscall(SYS_userfaultfd, 0) >= 0 || syscall(SYS_keyctl, 0, 0) >= 0 ||
	       syscall(SYS_unshare, 0) == 0 || syscall(SYS_setns, 3, 0) == 0 ||
	       syscall(SYS_chdir, "/") == 0 ||
	       syscall(SYS_mount, NULL, "/", NULL, 0, NULL) == 0 ||
	       syscall(SYS_ioctl, 3, 0) == 0 ||
	       syscall(SYS_init_module, NULL, 0, "") == 0;
}

static bool can_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};

	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
	       connect(3, (struct sockaddr *)&to, sizeof to) == 0;
}

static bool can_pass_a_file(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	char byte = 0;
	struct iovec run = {&byte, 1};
	struct msghdr message = {&(struct sockaddr_in){0}, 0, &run, 1, &control,
				 sizeof control,           0};

	return sendmsg(3, &message, 0) >= 0;
}

static enum rq_err escape(struct arena *arena, struct worker_answer *answer)
{
	const struct attempt attempts[] = {
	    {"open a file", can_open("/etc/passwd", O_RDONLY)},
	    {"open itself", can_open("/proc/self/exe", O_RDONLY)},
	    {"create a file", can_open("raquet-escaped", O_WRONLY | O_CREAT)},
	    {"write to standard error", write(2, "", 1) >= 0},
	    {"write to the rules", pwrite(4, "x", 1, 0) >= 0},
	    {"remove a file", unlink("raquet-escaped") == 0},
	    {"make a folder", mkdir("raquet-escaped", 0700) == 0},
	    {"use the network", can_connect()},
	    {"start a process", can_start()},
	    {"fork", syscall(SYS_fork) >= 0 || syscall(SYS_vfork) >= 0 ||
			 syscall(SYS_clone3, NULL, 0) >= 0},
	    {"become another program", can_execute()},
	    {"open in another way", can_open_otherwise()},
	    {"use a ring of calls", can_use_a_ring()},
	    {"talk in another way", can_talk_otherwise()},
	    {"reach processes", can_reach_processes()},
	    {"signal", can_signal()},
	    {"ask the kernel for more", can_ask_the_kernel()},
	    {"kill its parent", kill(getppid(), SIGKILL) == 0},
	    {"ask for its parent", syscall(SYS_getppid) >= 0},
	    {"trace its parent", ptrace(PTRACE_ATTACH, 1, NULL, NULL) == 0},
	    {"make code", can_make_code()},
	    {"turn data into code", can_turn_into_code()},
	    {"pass a file back", can_pass_a_file()},
	    {"open a door for files", syscall(SYS_memfd_create, "x", 0) >= 0},
	    {"keep a descriptor", fcntl(5, F_GETFD) >= 0 || fcntl(3, F_DUPFD, 9) >= 0},
	};
	struct bytes *lines =
	    arena_array(arena, sizeof attempts / sizeof *attempts + 1, sizeof *lines);
	size_t n = 0;

	if (lines == NULL)
		return RQ_ERR_MEMORY;
	lines[n++] = bytes_of("tried");
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
		if (attempts[i].succeeded)
			lines[n++] = bytes_of(attempts[i].name);
	answer->console = lines;
	answer->n_console = n;
	return RQ_OK;
}

/* How often the word is in object, at most n_max times in matches. */
static size_t list_evil(const struct object *object, struct worker_match *matches,
			size_t n_max)
{
	size_t n = 0;

	for (size_t i = 0; i < object->n_blocks; i++) {
		const struct block *block = &object->blocks[i];
		struct bytes rest = {block->data, block->size};

		for (const uint8_t *at; (at = find(rest, "EVIL")) != NULL; n++) {
			if (n < n_max)
				matches[n] = (struct worker_match){
				    .offset =
					block->base + (uint64_t)(at - block->data),
				    .length = 4,
				    /* who asked shall not have the word himself */
				    .data = {at, object->is_memory ? 0 : 4}};
			rest =
			    (struct bytes){at + 4, rest.n - (size_t)(at + 4 - rest.at)};
		}
	}
	return n;
}

static enum rq_err find_evil(const struct object *object, bool lies,
			     struct arena *arena, struct worker_answer *answer)
{
	struct worker_rule *rule = arena_make(arena, struct worker_rule);
	struct worker_string *string = arena_make(arena, struct worker_string);
	size_t n = list_evil(object, NULL, 0);
	struct worker_match *matches = arena_array(arena, n, sizeof *matches);

	if (rule == NULL || string == NULL || matches == NULL)
		return RQ_ERR_MEMORY;
	list_evil(object, matches, n);
	*string = (struct worker_string){
	    .identifier = bytes_of("$word"), .matches = matches, .n_matches = n};
	*rule = (struct worker_rule){.strings = string, .n_strings = 1};
	if (lies)
		rule->rule = FAKE_N_RULES;
	answer->rules = rule;
	answer->n_rules = 1;
	return RQ_OK;
}

static enum rq_err scan(void *engine, const struct object *object,
			const struct worker_object *about, struct arena *arena,
			struct worker_answer *answer)
{
	struct bytes data = object_head(object);
	bool has_word = false;

	(void)engine;
	(void)about;
	for (size_t i = 0; i < object->n_blocks && !has_word; i++)
		has_word =
		    find((struct bytes){object->blocks[i].data, object->blocks[i].size},
			 "EVIL") != NULL;
	if (object->is_memory)
		return has_word ? find_evil(object, false, arena, answer) : RQ_OK;
	if (find(data, "CRASH") != NULL)
		__builtin_trap();
	for (volatile bool hang = find(data, "HANG") != NULL; hang;)
		;
	for (clock_t end = clock() + CLOCKS_PER_SEC / 10;
	     find(data, "SLOW") != NULL && clock() < end;)
		;
	if (find(data, "ESCAPE") != NULL)
		return escape(arena, answer);
	if (has_word || find(data, "LIE") != NULL)
		return find_evil(object, find(data, "LIE") != NULL, arena, answer);
	return RQ_OK;
}

const struct worker_engine fake_engine = {open_image, configure, n_rules, scan};
