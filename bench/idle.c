/*
 * What agent and courier cost while nothing happens: memory, processor, bytes on the line.
 * A stand-in centre asks for a check-in twenty times a second; a day has 96.
 */
#include "bytes/test.h"
#include "crypto/digest.h"
#include "endpoint/courier/stand_in_centre.h"
#include "os/guard.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_INS = 200, OF_A_DAY = 96, DAY_S = 86400 };

static struct stand_in centre = {.due_ms = 50};
static char folder[64], agent_folder[96], courier_folder[96], socket_path[96];
static const char *program, *user;

static pid_t start(const char *const *words)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(program, (char *const *)words);
		_exit(127);
	}
	return pid;
}

/* A number of kilobytes behind name in a file of /proc; 0: it is not there. */
static unsigned long kilobytes(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	unsigned long value = 0;
	FILE *from;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	from = fopen(path, "re");
	while (from != NULL && value == 0 && fgets(line, sizeof line, from) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoul(line + strlen(name), NULL, 10);
	if (from != NULL)
		fclose(from);
	return value;
}

static double cpu_s(pid_t pid)
{
	char path[64];
	unsigned long own = 0, system = 0;
	FILE *from;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	from = fopen(path, "re");
	if (from != NULL) {
		if (fscanf(
			from,
			"%*d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu",
			&own, &system) != 2)
			own = system = 0;
		fclose(from);
	}
	return (double)(own + system) / (double)sysconf(_SC_CLK_TCK);
}

static void wait_for(unsigned n)
{
	for (int i = 0; i < 60000 && centre.n_check_ins < n; i++)
		usleep(1000);
	if (centre.n_check_ins < n) {
		fputs("no check-ins came\n", stderr);
		exit(1);
	}
}

static void tell(pid_t agent, pid_t courier)
{
	const struct {
		const char *name;
		pid_t pid;
	} rows[] = {{"agent", agent}, {"courier", courier}};
	unsigned long all = 0, all_own = 0;

	printf("| process | resident | its share of what others have mapped too | "
	       "private |\n"
	       "|---|---|---|---|\n");
	for (size_t i = 0; i < 2; i++) {
		unsigned long resident = kilobytes(rows[i].pid, "status", "VmRSS:");
		unsigned long share = kilobytes(rows[i].pid, "smaps_rollup", "Pss:");

		printf("| %s | %.1f MB | %.1f MB | %.1f MB |\n", rows[i].name,
		       (double)resident / 1024, (double)share / 1024,
		       (double)kilobytes(rows[i].pid, "status", "RssAnon:") / 1024);
		all += resident;
		all_own += share;
	}
	printf("| both (asked: 12 MB) | %.1f MB | %.1f MB | |\n", (double)all / 1024,
	       (double)all_own / 1024);
}

static void measure(pid_t agent, pid_t courier)
{
	double cpu;
	uint64_t from, bytes;
	unsigned first;

	wait_for(20);
	cpu = cpu_s(agent) + cpu_s(courier);
	first = centre.n_check_ins;
	from = centre.bytes_in + centre.bytes_out;
	wait_for(first + CHECK_INS);
	cpu = (cpu_s(agent) + cpu_s(courier) - cpu) / CHECK_INS;
	bytes = (centre.bytes_in + centre.bytes_out - from) / CHECK_INS;
	tell(agent, courier);
	printf("\n%.2f ms of processor a check-in, so %.4f %% of a core with 96 a day "
	       "(asked: 0.1 %%)\n",
	       1000 * cpu, 100 * cpu * OF_A_DAY / DAY_S);
	printf("%llu bytes of TCP payload a check-in over a connection that stays, so "
	       "%.1f KB a day (asked: 60)\n",
	       (unsigned long long)bytes, (double)bytes * OF_A_DAY / 1000);
}

int main(void)
{
	unsigned id, group;
	pid_t agent, courier;
	char command[96];

	program = getenv("RAQUET") != NULL ? getenv("RAQUET") : "build/raquet";
	user = geteuid() == 0 ? "nobody" : getenv("USER");
	if (user == NULL || !guard_user(user, &id, &group))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof folder, "/tmp/raquet-idle-%d", (int)getpid());
	snprintf(agent_folder, sizeof agent_folder, "%s/agent", folder);
	snprintf(courier_folder, sizeof courier_folder, "%s/courier", folder);
	snprintf(socket_path, sizeof socket_path, "%s/socket", folder);
	if (mkdir(folder, 0755) != 0)
		return 1;
	stand_in_start(&centre);
	const char *const enrol[] = {
	    "raquet",   "enrol",        centre.code,      "--centre",   centre.address,
	    "--folder", courier_folder, "--agent-folder", agent_folder, "--user",
	    user,       "--proxy",      "none",           NULL};
	const char *const agent_words[] = {
	    "raquet",    "agent",  "--folder", agent_folder, "--socket",
	    socket_path, "--user", user,       "--now",      NULL};
	const char *const courier_words[] = {"raquet",       "courier",  "--folder",
					     courier_folder, "--socket", socket_path,
					     "--user",       user,       NULL};
	waitpid(start(enrol), NULL, 0);
	agent = start(agent_words);
	courier = start(courier_words);
	measure(agent, courier);
	kill(agent, SIGTERM);
	kill(courier, SIGTERM);
	waitpid(agent, NULL, 0);
	waitpid(courier, NULL, 0);
	stand_in_stop(&centre);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}
