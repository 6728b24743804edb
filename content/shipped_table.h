/* What content/embed.py writes at build time. */
#ifndef RAQUET_CONTENT_SHIPPED_TABLE_H
#define RAQUET_CONTENT_SHIPPED_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct shipped_row {
	const char *name;
	const uint8_t *masked;
	size_t n;
};

extern const struct shipped_row shipped_table[];
extern const size_t shipped_table_n;
extern const struct shipped_row shipped_packs[];
extern const size_t shipped_packs_n;
extern const char shipped_table_date[];

#endif
