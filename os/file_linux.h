/* Between file_linux.c and folder_linux.c. */
#ifndef RAQUET_OS_FILE_LINUX_H
#define RAQUET_OS_FILE_LINUX_H

#include "os/file.h"

enum rq_err file_open_at(int folder, const char *name, bool follow,
			 struct file *file_out, struct file_info *info_out,
			 struct rq_diag *diag);
enum rq_err file_stat_at(int folder, const char *name, bool follow,
			 struct file_info *info_out, struct rq_diag *diag);

#endif
