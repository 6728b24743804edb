#include "os/kernel_module.h"

enum rq_err kernel_module_lists(const char *root, struct buffer *loaded,
				struct buffer *installed)
{
	(void)root, (void)loaded, (void)installed;
	return RQ_ERR_UNSUPPORTED;
}
