#include "os/confine.h"

#include "os/channel_linux.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sanitizer keeps terabytes of shadow memory and asks the system more questions. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||             \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

/* Where the log is from then on; what comes behind is closed. */
enum { LOG = CHANNEL_FIRST_OTHER };

static enum rq_err close_others(struct file *log, struct rq_diag *diag)
{
	int first = LOG;

	if (log != NULL) {
		if (dup2((int)log->handle, LOG) != LOG)
			return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "dup2: %s",
				       strerror(errno));
		log->handle = LOG;
		first = LOG + 1;
	}
	if (syscall(SYS_close_range, first, ~0u, 0) == 0)
		return RQ_OK;
	/* a kernel before 5.9 */
	long n = sysconf(_SC_OPEN_MAX);
	if (n < 0 || n > 1 << 20)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "cannot close descriptors");
	for (int fd = first; fd < n; fd++)
		close(fd);
	return RQ_OK;
}

static enum rq_err limit_resources(const struct confine_options *options,
				   struct rq_diag *diag)
{
	/* files are mapped, so that address space says nothing: private memory is
	 * what a hostile object could make grow */
	const struct {
		int resource;
		rlim_t value;
	} limits[] = {
	    {RLIMIT_DATA, options->max_memory == 0 || HAS_SANITIZER
			      ? RLIM_INFINITY
			      : (rlim_t)options->max_memory},
	    {RLIMIT_NOFILE, CHANNEL_FIRST_OTHER + 2 * PROCESS_MAX_FILES + 8},
	    {RLIMIT_NPROC, 0},
	    {RLIMIT_FSIZE, options->log == NULL ? 0 : RLIM_INFINITY},
	    {RLIMIT_CORE, 0},
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) != 0)
			return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "getrlimit: %s",
				       strerror(errno));
		if (limit.rlim_max > limits[i].value)
			limit.rlim_max = limits[i].value;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) != 0)
			return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "setrlimit: %s",
				       strerror(errno));
	}
	return RQ_OK;
}

static enum rq_err drop_capabilities(struct rq_diag *diag)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	if (syscall(SYS_capset, &head, none) != 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "capset: %s",
			       strerror(errno));
	return RQ_OK;
}

/*
 * No file, no connection, no signal beyond this process, as far as the kernel knows
 * how to refuse.  False: it has no Landlock (the filter below stands alone).
 */
static bool restrict_files(void)
{
	/* newer than the headers of Debian 12; the kernel checks the size */
	struct {
		uint64_t files, network, scope;
	} handled = {0};
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
	int fd;
	bool done;

	if (version < 1)
		return false;
	handled.files = (1u << 13) - 1; /* version 1: execute ... make_sym */
	if (version >= 2)
		handled.files |= 1u << 13; /* refer */
	if (version >= 3)
		handled.files |= 1u << 14; /* truncate */
	if (version >= 5)
		handled.files |= 1u << 15; /* ioctl_dev */
	if (version >= 4)
		handled.network = 3; /* bind_tcp, connect_tcp */
	if (version >= 6)
		handled.scope = 3; /* abstract sockets, signals */
	fd = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (fd < 0)
		return false;
	done = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return done;
}

/* Allowed whatever the arguments: they touch this process and what it holds. */
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),        SCMP_SYS(lseek),
    SCMP_SYS(fstat),        SCMP_SYS(close),          SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),        SCMP_SYS(brk),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),  SCMP_SYS(getrandom),      SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),         SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),         SCMP_SYS(exit_group),
};

static int add_rules(scmp_filter_ctx filter, bool has_log)
{
	const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp our_socket = SCMP_A0(SCMP_CMP_EQ, CHANNEL_SOCKET);
	const struct scmp_arg_cmp our_log = SCMP_A0(SCMP_CMP_EQ, LOG);
	int number = 0;

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && number == 0; i++)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					  no_code);
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  no_code);
	/* sendmsg(2) could pass descriptors back: only plain bytes go out */
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
					  our_socket);
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1,
					  our_socket);
	if (number == 0 && has_log)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
					  our_log);
	if (number == 0 && has_log)
		number = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fdatasync),
					  1, our_log);
	return number;
}

static enum rq_err filter_calls(bool has_log, struct rq_diag *diag)
{
	/* an error, not death: a library that merely asks must not cost an object */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int number = filter == NULL ? -ENOMEM : add_rules(filter, has_log);

	/* calls of another architecture (32 bit on 64) are no way round */
	if (number == 0)
		number = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
					  SCMP_ACT_KILL_PROCESS);
	if (number == 0)
		number = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (number != 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "seccomp: %s",
			       strerror(-number));
	return RQ_OK;
}

enum rq_err confine_self(const struct confine_options *options, char *names_out,
			 size_t size, struct rq_diag *diag)
{
	bool has_landlock;
	enum rq_err err = close_others(options->log, diag);

	if (err == RQ_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		err = rq_fail(diag, RQ_ERR_SYSTEM, NULL, "no_new_privs: %s",
			      strerror(errno));
	if (err == RQ_OK)
		err = limit_resources(options, diag);
	if (err == RQ_OK)
		err = drop_capabilities(diag);
	if (err != RQ_OK)
		return err;
	has_landlock = restrict_files();
	err = filter_calls(options->log != NULL, diag);
	if (err != RQ_OK)
		return err;
	snprintf(names_out, size, "seccomp%s,rlimit", has_landlock ? ",landlock" : "");
	return RQ_OK;
}
