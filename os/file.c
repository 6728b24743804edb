#include "os/file.h"

const char *file_kind_text(enum file_kind kind)
{
	switch (kind) {
	case FILE_PIPE: return "pipe";
	case FILE_SOCKET: return "socket";
	case FILE_DEVICE: return "device";
	default: return "of an unknown kind";
	}
}
