#include "centre/store/store_cluster.h"

#include "bytes/test.h"

#include "centre/store/store_driver.h"
#include "centre/store/store_scene.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATABASES = 8, START_TRIES = 600, TRY_US = 50000 };

static struct {
	bool tried, runs;
	char programs[128]; /* where initdb and postgres are */
	char folder[64];
	pid_t server;
	size_t n_databases;
} cluster;

/* The newest of those that are installed. */
static bool find_programs(void)
{
	glob_t found;

	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) != 0)
		return false;
	snprintf(cluster.programs, sizeof cluster.programs, "%s",
		 found.gl_pathv[found.gl_pathc - 1]);
	*strrchr(cluster.programs, '/') = 0;
	globfree(&found);
	return true;
}

/* PostgreSQL refuses to run as root. */
static void become_postgres(const struct passwd *user)
{
	if (user != NULL && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 ||
			     setuid(user->pw_uid) != 0))
		_exit(126);
	/* behind setuid, which forgets it */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

static pid_t start_program(const char *const arguments[])
{
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
	char path[192], log[96];
	pid_t child = fork();

	if (child != 0)
		return child;
	become_postgres(user);
	snprintf(path, sizeof path, "%s/%s", cluster.programs, arguments[0]);
	snprintf(log, sizeof log, "%s/log", cluster.folder);
	int to = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (to < 0 || chdir("/") != 0)
		_exit(126);
	dup2(to, 1);
	dup2(to, 2);
	execv(path, (char *const *)arguments);
	_exit(127);
}

static bool run_program(const char *const arguments[])
{
	pid_t child = start_program(arguments);
	int status = -1;

	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool make_cluster(void)
{
	char data[80];
	/* a language whose order is not that of the bytes */
	const char *arguments[] = {"initdb",
				   "-D",
				   data,
				   "-U",
				   "raquet",
				   "-A",
				   "trust",
				   "--no-sync",
				   "--encoding=UTF8",
				   "--locale=C.UTF-8",
				   "--locale-provider=icu",
				   "--icu-locale=vi",
				   NULL};
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;

	if (getuid() == 0 && user == NULL)
		return false;
	strcpy(cluster.folder, "/tmp/raquet-postgres-XXXXXX");
	if (mkdtemp(cluster.folder) == NULL)
		return false;
	if (user != NULL && chown(cluster.folder, user->pw_uid, user->pw_gid) != 0)
		return false;
	snprintf(data, sizeof data, "%s/data", cluster.folder);
	return run_program(arguments);
}

static void address(const char *database, char *where, size_t size)
{
	snprintf(where, size, "postgresql:///%s?host=%s&user=raquet", database,
		 cluster.folder);
}

static bool start_server(void)
{
	char data[80], where[192];
	const char *arguments[] = {
	    "postgres",           "-D", data,        "-k", cluster.folder,        "-c",
	    "listen_addresses=",  "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c",
	    "max_connections=30", NULL};

	snprintf(data, sizeof data, "%s/data", cluster.folder);
	cluster.server = start_program(arguments);
	address("postgres", where, sizeof where);
	for (int i = 0; cluster.server > 0 && i < START_TRIES; i++) {
		struct store *store = NULL;
		enum rq_err err = store_open(where, &store, &scene_diag);

		store_close(store);
		if (err != RQ_ERR_RETRY)
			return err == RQ_OK;
		usleep(TRY_US);
	}
	return false;
}

bool cluster_start(void)
{
	if (cluster.tried)
		return cluster.runs;
	cluster.tried = true;
	if (!find_programs())
		print_message("no PostgreSQL below /usr/lib/postgresql\n");
	else if (!make_cluster() || !start_server())
		print_message("PostgreSQL does not start: see %s/log\n",
			      cluster.folder);
	else
		cluster.runs = true;
	return cluster.runs;
}

void cluster_database(size_t i, char *where, size_t size)
{
	char name[24];
	const char *arguments[] = {"createdb", "-h", cluster.folder, "-U", "raquet",
				   name,       NULL};

	assert_true(cluster.runs && i < DATABASES);
	for (; cluster.n_databases <= i; cluster.n_databases++) {
		snprintf(name, sizeof name, "scene%zu", cluster.n_databases);
		assert_true(run_program(arguments));
	}
	snprintf(name, sizeof name, "scene%zu", i);
	address(name, where, size);
}

void cluster_empty(void)
{
	for (size_t i = 0; i < cluster.n_databases; i++) {
		char where[192];
		struct store *store = NULL;

		cluster_database(i, where, sizeof where);
		SCENE_OK(store_open(where, &store, &scene_diag));
		SCENE_OK(store->driver->execute(store,
						"BEGIN READ WRITE; DROP SCHEMA public "
						"CASCADE; CREATE SCHEMA public; COMMIT",
						&scene_diag));
		store_close(store);
	}
}

void cluster_own(const char *path)
{
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;

	if (user != NULL)
		assert_int_equal(chown(path, user->pw_uid, user->pw_gid), 0);
}

static pid_t start_command(const char *sql)
{
	const char *arguments[] = {"psql",   "-X", "-h", cluster.folder, "-U",
				   "raquet", "-c", sql,  "postgres",     NULL};

	return start_program(arguments);
}

void cluster_command(const char *sql)
{
	pid_t child = start_command(sql);
	int status = -1;

	assert_true(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

void cluster_command_beside(const char *sql)
{
	assert_true(start_command(sql) > 0);
}

void cluster_crash(void)
{
	kill(cluster.server, SIGQUIT);
	waitpid(cluster.server, NULL, 0);
	assert_true(start_server());
}

void cluster_stop(void)
{
	if (cluster.server > 0) {
		kill(cluster.server, SIGINT);
		waitpid(cluster.server, NULL, 0);
	}
	if (cluster.folder[0] != 0)
		scene_remove(cluster.folder);
	memset(&cluster, 0, sizeof cluster);
}
