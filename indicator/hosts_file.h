/* The hosts file of a system: an address and its names a line, # begins a comment. */
#ifndef RAQUET_INDICATOR_HOSTS_FILE_H
#define RAQUET_INDICATOR_HOSTS_FILE_H

#include "bytes/reader.h"

/* Whether path names one: .../etc/hosts, of this system or of another that is mounted. */
bool is_hosts_file(struct bytes path);

struct hosts_line {
	struct reader rest;
	struct bytes text; /* without comment */
};
struct hosts_line hosts_file_start(struct bytes data);
/* The next line that names something. */
bool hosts_file_next(struct hosts_line *line);

/* The next word of *rest, which moves behind it. */
bool hosts_line_word(struct bytes *rest, struct bytes *word_out);

#endif
