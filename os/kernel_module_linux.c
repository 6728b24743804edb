#include "os/kernel_module.h"

#include "os/memory_linux.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

enum { MAX_TEXT = 64 << 20 };

static enum rq_err read_list(const char *root, const char *release, const char *name,
			     struct buffer *to)
{
	char path[512];

	snprintf(path, sizeof path, "%s/lib/modules/%s/%s", root, release, name);
	return memory_read_text(AT_FDCWD, path, MAX_TEXT, to);
}

enum rq_err kernel_module_lists(const char *root, struct buffer *loaded,
				struct buffer *installed)
{
	struct utsname kernel;
	char path[256];
	enum rq_err err;

	snprintf(path, sizeof path, "%s/proc/modules", root);
	err = memory_read_text(AT_FDCWD, path, MAX_TEXT, loaded);
	if (err != RQ_OK || loaded->size == 0)
		return err;
	if (uname(&kernel) != 0)
		return RQ_ERR_SYSTEM;
	err = read_list(root, kernel.release, "modules.dep", installed);
	/* a list that is not whole is none: what it lacks would look foreign */
	if (err == RQ_OK)
		err = read_list(root, kernel.release, "modules.builtin", installed);
	if (err != RQ_OK)
		buffer_clear(installed);
	return err == RQ_ERR_MEMORY ? err : RQ_OK;
}
