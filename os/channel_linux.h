/* Numbers of the descriptors that a worker inherits. */
#ifndef RAQUET_OS_CHANNEL_LINUX_H
#define RAQUET_OS_CHANNEL_LINUX_H

enum { CHANNEL_SOCKET = 3, CHANNEL_SEALED = 4, CHANNEL_FIRST_OTHER = 5 };

#endif
