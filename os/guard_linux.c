#include "os/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum rq_err failed(struct rq_diag *diag, const char *what)
{
	return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "%s: %s", what, strerror(errno));
}

static enum rq_err load(scmp_filter_ctx filter, int number, struct rq_diag *diag)
{
	if (number == 0)
		number = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
					  SCMP_ACT_KILL_PROCESS);
	if (number == 0)
		number = seccomp_load(filter);
	seccomp_release(filter);
	return number == 0 ? RQ_OK
			   : rq_fail(diag, RQ_ERR_SYSTEM, NULL, "seccomp: %s",
				     strerror(-number));
}

enum rq_err guard_network(struct rq_diag *diag)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, AF_UNIX);
	int number;

	if (filter == NULL)
		return RQ_ERR_MEMORY;
	number = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
				  SCMP_SYS(socket), 1, other);
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
					  SCMP_SYS(socketpair), 1, other);
	/* its rings open sockets past the two above */
	if (number == 0)
		number = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
					  SCMP_SYS(io_uring_setup), 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		seccomp_release(filter);
		return failed(diag, "no_new_privs");
	}
	return load(filter, number, diag);
}

/* ---- the courier ---- */

bool guard_user(const char *name, unsigned *user_out, unsigned *group_out)
{
	const struct passwd *row = getpwnam(name);

	*user_out = row != NULL ? row->pw_uid : 0;
	*group_out = row != NULL ? row->pw_gid : 0;
	return row != NULL;
}

enum rq_err guard_give(const char *path, bool is_folder, unsigned user, unsigned group,
		       struct rq_diag *diag)
{
	if (is_folder && mkdir(path, 0700) != 0 && errno != EEXIST)
		return rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
	if (geteuid() == 0 && lchown(path, user, group) != 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
	if (chmod(path, is_folder ? 0700 : 0600) != 0)
		return rq_fail(diag, RQ_ERR_SYSTEM, path, "%s", strerror(errno));
	return RQ_OK;
}

enum rq_err guard_remove_folder(const char *path)
{
	return rmdir(path) == 0 ? RQ_OK : RQ_ERR_SYSTEM;
}

static enum rq_err become(const char *name, struct rq_diag *diag)
{
	unsigned user, group;

	if (geteuid() != 0)
		return RQ_OK;
	if (!guard_user(name, &user, &group) || user == 0)
		return rq_fail(diag, RQ_ERR_ACCESS, name,
			       "no user whose rights are few");
	if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
	    setresuid(user, user, user) != 0)
		return failed(diag, "setresuid");
	return setuid(0) == 0 ? rq_fail(diag, RQ_ERR_ACCESS, name, "still root")
			      : RQ_OK;
}

/* What resolvers, time zones and libcurl read; of the rest nothing. */
static const char *const readable[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/localtime",
    "/etc/ssl",
    "/etc/ld.so.cache",
    "/etc/protocols",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/share/zoneinfo",
    "/run/systemd/resolve",
    "/dev/urandom",
};

enum {
	READ_RIGHTS = 1 << 2 | 1 << 3, /* read_file, read_dir */
	FOLDER_RIGHTS = READ_RIGHTS | 1 << 1 | 1 << 5 |
			1 << 8 | /* write, unlink, make */
			1 << 14  /* truncate */
};

static bool allow(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = rights};
	struct stat info;
	bool done;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return true; /* this system has none */
	if (fstat(beneath.parent_fd, &info) == 0 && !S_ISDIR(info.st_mode))
		beneath.allowed_access &= ~(uint64_t)(1 << 3);
	done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		       &beneath, 0) == 0;
	close(beneath.parent_fd);
	return done;
}

static enum rq_err restrict_files(const char *folder, bool *has_landlock_out,
				  struct rq_diag *diag)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t handled = (1u << 13) - 1;
	uint64_t rights = FOLDER_RIGHTS;
	int ruleset;
	bool done;

	*has_landlock_out = version >= 1;
	if (version < 1)
		return RQ_OK;
	if (version >= 3)
		handled |= 1u << 14;
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	if (ruleset < 0)
		return failed(diag, "landlock");
	rights &= handled;
	done = allow(ruleset, folder, rights);
	for (size_t i = 0; done && i < sizeof readable / sizeof *readable; i++)
		done = allow(ruleset, readable[i], READ_RIGHTS);
	done = done && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return done ? RQ_OK : failed(diag, "landlock");
}

static enum rq_err start_nothing(struct rq_diag *diag)
{
	static const int refused[] = {
	    SCMP_SYS(execve),
	    SCMP_SYS(execveat),
	    SCMP_SYS(ptrace),
	    SCMP_SYS(mount),
	    SCMP_SYS(unshare),
	    SCMP_SYS(setns),
	    SCMP_SYS(bpf),
	    SCMP_SYS(keyctl),
	    SCMP_SYS(io_uring_setup),
	    SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev),
	    SCMP_SYS(userfaultfd),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int number = 0;

	if (filter == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; number == 0 && i < sizeof refused / sizeof *refused; i++)
		number = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	return load(filter, number, diag);
}

enum rq_err guard_files(const char *user, const char *folder, bool *has_landlock_out,
			struct rq_diag *diag)
{
	enum rq_err err = become(user, diag);

	*has_landlock_out = false;
	umask(0077);
	/* no core of a process that holds a key */
	if (err == RQ_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			     prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0))
		err = failed(diag, "prctl");
	if (err == RQ_OK)
		err = restrict_files(folder, has_landlock_out, diag);
	return err == RQ_OK ? start_nothing(diag) : err;
}
