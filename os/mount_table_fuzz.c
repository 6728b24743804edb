/* The kernel's table of mounts, with names that anybody may have chosen. */
#include "os/mount_linux.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount_list *list;

	if (mount_list_parse((struct bytes){data, size}, &list) != RQ_OK)
		return 0;
	for (size_t i = 0; i < mount_list_count(list); i++) {
		const struct mount *mount = mount_list_at(list, i);
		const struct mount *found = mount_list_find(list, mount->path);

		if (found == NULL || strcmp(found->path, mount->path) != 0)
			abort();
		mount_is_start(mount);
	}
	mount_list_free(list);
	return 0;
}
