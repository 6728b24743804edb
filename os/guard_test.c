/* What the services cannot do, tried from inside. */
#include "os/guard.h"

#include "bytes/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], secret[96];

static int make(void **state)
{
	int fd;

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/raquet-guard-%d", (int)getpid());
	snprintf(secret, sizeof secret, "%s-secret", folder);
	fd = open(secret, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || mkdir(folder, 0700) != 0)
		return 1;
	return close(fd);
}

static int clean(void **state)
{
	char inside[96];

	(void)state;
	snprintf(inside, sizeof inside, "%s/own", folder);
	unlink(inside);
	unlink(secret);
	return rmdir(folder);
}

/* The exit code of a process that gave its powers up; 0: all was as it should be. */
static int inside(int (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int agent_tries(void)
{
	int pair[2];

	if (guard_network(NULL) != RQ_OK)
		return 1;
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EAFNOSUPPORT)
		return 2;
	if (socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ||
	    socket(AF_NETLINK, SOCK_RAW, 0) >= 0)
		return 3;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 4; /* workers need it */
	/* nor do those that it starts */
	if (fork() == 0)
		_exit(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	wait(&pair[0]);
	return pair[0] != 0 ? 5 : 0;
}

static int courier_tries(void)
{
	bool has_landlock;
	char own[96];
	unsigned user, group;
	int fd;

	if (geteuid() == 0 && (!guard_user("nobody", &user, &group) ||
			       guard_give(folder, true, user, group, NULL) != RQ_OK))
		return 1;
	if (guard_files("nobody", folder, &has_landlock, NULL) != RQ_OK)
		return 2;
	if (geteuid() == 0)
		return 3;
	/* where neither other rights nor Landlock are, there is nothing to be tried */
	if (getuid() != 0 && open(secret, O_RDONLY) >= 0 && has_landlock)
		return 4;
	if (open("/etc/shadow", O_RDONLY) >= 0)
		return 5;
	if (has_landlock && (open("/etc/passwd", O_RDONLY) >= 0 ||
			     open("/home", O_RDONLY | O_DIRECTORY) >= 0))
		return 6;
	snprintf(own, sizeof own, "%s/own", folder);
	fd = open(own, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return 7;
	if (execl("/bin/true", "true", (char *)NULL) != -1 || errno != EPERM)
		return 8;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd >= 0 ? 0 : 9;
}

static int root_is_no_courier(void)
{
	bool has_landlock;

	return guard_files("root", folder, &has_landlock, NULL) == RQ_ERR_ACCESS ? 0
										 : 1;
}

static void the_agent_has_no_network(void **state)
{
	(void)state;
	assert_int_equal(inside(agent_tries), 0);
}

static void the_courier_opens_no_file_of_a_user(void **state)
{
	(void)state;
	assert_int_equal(inside(courier_tries), 0);
}

static void a_courier_is_never_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(inside(root_is_no_courier), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_agent_has_no_network),
	    cmocka_unit_test(the_courier_opens_no_file_of_a_user),
	    cmocka_unit_test(a_courier_is_never_root),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
