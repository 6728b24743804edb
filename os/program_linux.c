#include "os/program.h"

#include "os/host.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 16 };

static void become(const struct buffer *folder, const char *between, const char *name,
		   char *const *words)
{
	struct buffer path = {0};

	buffer_put(&path, folder->data, folder->size);
	buffer_text(&path, between);
	buffer_text(&path, name);
	buffer_u8(&path, 0);
	if (buffer_ok(&path))
		execv((const char *)path.data, words);
	buffer_free(&path);
}

void program_become(const char *name, const char *const *words)
{
	char *all[MAX_WORDS + 2] = {(char *)name};
	struct buffer folder = {0};

	for (size_t i = 0; words[i] != NULL && i < MAX_WORDS; i++)
		all[i + 1] = (char *)words[i];
	if (host_program_path(&folder) == RQ_OK) {
		while (folder.size > 0 && folder.data[folder.size - 1] != '/')
			folder.size--;
		become(&folder, "", name, all);
		become(&folder, "../libexec/raquet/", name, all);
	}
	buffer_free(&folder);
}

int program_run(const char *name, const char *const *words)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		program_become(name, words);
		_exit(255);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		return 128;
	return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}
