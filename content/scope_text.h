/* The scopes that are part of the program, as docs/scope-format.md describes them;
 * content/embed_scope.py writes the table at build time. */
#ifndef RAQUET_CONTENT_SCOPE_TEXT_H
#define RAQUET_CONTENT_SCOPE_TEXT_H

#include <stddef.h>

struct scope_text {
	const char *name; /* "default" */
	const char *text;
};

extern const struct scope_text scope_texts[];
extern const size_t scope_texts_n;

#endif
