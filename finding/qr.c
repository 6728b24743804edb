#include "finding/qr.h"

#include "bytes/encoding.h"
#include "finding/words.h"

#include <ctype.h>

enum { MAX_NAME = 63, DIGEST_PREFIX = 6 };

/* A name that came from outside: what is no part of a host name becomes '?'. */
static void name(struct buffer *out, const char *text)
{
	for (size_t i = 0; text[i] != 0 && i < MAX_NAME; i++) {
		bool is_plain = isascii((unsigned char)text[i]) &&
				(isalnum((unsigned char)text[i]) || text[i] == '-' ||
				 text[i] == '.' || text[i] == '_');

		buffer_u8(out, is_plain ? (uint8_t)text[i] : '?');
	}
}

void qr_text(struct buffer *out, const struct summary *summary)
{
	static const char *const verdicts[] = {[VERDICT_FOUND] = "found",
					       [VERDICT_CLEAN] = "clean",
					       [VERDICT_UNKNOWN] = "unknown"};

	buffer_format(out, "RAQUET1 verdict=%s ", verdicts[summary_verdict(summary)]);
	if (summary->unit != NULL) {
		buffer_text(out, "unit=");
		name(out, summary->unit);
		buffer_u8(out, ' ');
	}
	buffer_text(out, "host=");
	name(out, summary->host_name != NULL ? summary->host_name : "");
	buffer_text(out, " date=");
	write_time_iso(out, summary->ended_ms);
	buffer_text(out, " content=");
	encode_hex(out, (struct bytes){summary->content_sha256, DIGEST_PREFIX});
	if (summary->content_date != NULL) {
		buffer_text(out, " version=");
		name(out, summary->content_date);
	}
	buffer_format(out,
		      " objects=%llu findings=%llu gaps=%llu seen=%llu scanned=%llu",
		      (unsigned long long)summary->n_found,
		      (unsigned long long)summary->n_findings,
		      (unsigned long long)summary_gaps(summary),
		      (unsigned long long)summary->n_seen,
		      (unsigned long long)summary->n_scanned);
	if (summary->n_look > 0)
		buffer_format(out, " look=%llu", (unsigned long long)summary->n_look);
	if (summary->sweep_id != NULL) {
		buffer_text(out, " sweep=");
		name(out, summary->sweep_id);
	}
}
