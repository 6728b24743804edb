/* The descriptor that a worker inherits beside its standard streams. */
#ifndef RAQUET_OS_CHANNEL_LINUX_H
#define RAQUET_OS_CHANNEL_LINUX_H

enum { CHANNEL_SOCKET = 3, CHANNEL_FIRST_OTHER = 4 };

#endif
