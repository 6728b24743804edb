#include "bytes/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rq_err_text(enum rq_err err)
{
	switch (err) {
	case RQ_OK: return "no error";
	case RQ_ERR_MEMORY: return "out of memory";
	case RQ_ERR_SYSTEM: return "refused by the operating system";
	case RQ_ERR_NOT_FOUND: return "not found";
	case RQ_ERR_ACCESS: return "access denied";
	case RQ_ERR_LIMIT: return "limit reached";
	case RQ_ERR_FORMAT: return "damaged data";
	case RQ_ERR_RULE: return "rule refused";
	case RQ_ERR_USAGE: return "wrong use";
	case RQ_ERR_UNSUPPORTED: return "not supported here";
	case RQ_ERR_TIMEOUT: return "out of time";
	case RQ_ERR_STOPPED: return "stopped";
	case RQ_ERR_PEER: return "another process failed";
	case RQ_ERR_CONFLICT: return "not as the change expects";
	case RQ_ERR_RETRY: return "another was in the way";
	case RQ_ERR_FULL: return "no room left";
	}
	return "unknown error";
}

/* A multi-byte character that was cut in two would make the whole line invalid. */
static void cut_at_character(char *text)
{
	size_t n = strlen(text);
	size_t lead = n;

	while (lead > 0 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	unsigned char c = (unsigned char)text[lead - 1];
	size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
	if (n - (lead - 1) < want)
		text[lead - 1] = '\0';
}

enum rq_err rq_fail(struct rq_diag *diag, enum rq_err err, const char *where,
		    const char *format, ...)
{
	va_list args;

	if (diag == NULL)
		return err;
	snprintf(diag->where, sizeof diag->where, "%s", where != NULL ? where : "");
	cut_at_character(diag->where);
	diag->offset = RQ_NO_OFFSET;
	va_start(args, format);
	vsnprintf(diag->what, sizeof diag->what, format, args);
	va_end(args);
	cut_at_character(diag->what);
	return err;
}
