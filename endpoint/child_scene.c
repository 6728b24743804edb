#include "endpoint/child_scene.h"

#include "bytes/test.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void child_put_word(char *to)
{
	static const char shifted[] = "FWJM";

	for (size_t i = 0; i < 4; i++)
		*(volatile char *)&to[i] = (char)(shifted[i] - 1);
}

char *child_map_pages(size_t n, int protection)
{
	char *at = mmap(NULL, n * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	return at;
}

pid_t child_start(void (*work)(void))
{
	sigset_t set;
	int number;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		kill(getppid(), SIGUSR1);
		for (;;)
			pause();
	}
	assert_int_equal(sigwait(&set, &number), 0);
	return pid;
}

void child_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}
