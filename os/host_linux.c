#include "os/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned host_n_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	return 1;
}

void host_name(char *name_out, size_t size)
{
	if (gethostname(name_out, size) != 0 || name_out[0] == '\0')
		snprintf(name_out, size, "localhost");
	name_out[size - 1] = '\0';
}

void host_language(char language_out[3])
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	snprintf(language_out, 3, "en");
	if (value != NULL && value[0] >= 'a' && value[0] <= 'z' && value[1] >= 'a' &&
	    value[1] <= 'z' && strchr("_.@", value[2]) != NULL)
		snprintf(language_out, 3, "%.2s", value);
}

enum rq_err host_program_path(struct buffer *path_out)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);

	if (n <= 0 || n == sizeof path)
		return RQ_ERR_SYSTEM;
	buffer_put(path_out, path, (size_t)n);
	buffer_u8(path_out, 0);
	return buffer_ok(path_out) ? RQ_OK : RQ_ERR_MEMORY;
}

char **host_arguments(int argc, char **argv, int *argc_out)
{
	*argc_out = argc;
	return argv;
}

void host_boot_id(char *id_out, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, id_out, size - 1);

	if (fd >= 0)
		close(fd);
	id_out[n > 0 ? n : 0] = '\0';
	id_out[strcspn(id_out, "\n")] = '\0';
}

static volatile sig_atomic_t n_interrupts;

static void on_interrupt(int number)
{
	(void)number;
	n_interrupts = n_interrupts + 1;
	if (n_interrupts >= 3)
		_exit(130);
}

void host_keep_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) /* the lowest free number is taken */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return;
}

void host_survive_limits(void)
{
	signal(SIGXFSZ, SIG_IGN);
}

void host_catch_interrupt(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	/* without SA_RESTART: whoever waits shall look at the flag */
	struct sigaction action = {.sa_handler = on_interrupt};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaction(numbers[i], &action, NULL);
	/* a reader that leaves is an error of the write, not our end */
	signal(SIGPIPE, SIG_IGN);
}

void host_interrupt(void)
{
	n_interrupts = 1;
}

bool host_interrupted(void)
{
	return n_interrupts > 0;
}
