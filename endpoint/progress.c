#include "endpoint/progress.h"

#include "bytes/encoding.h"
#include "endpoint/language.h"
#include "os/terminal.h"

enum { BAR_CELLS = 20 };

void progress_init(struct progress *progress, enum language language, bool asked)
{
	*progress = (struct progress){
	    .language = language,
	    .enabled = asked || (terminal_is(TERMINAL_ERR) &&
				 terminal_has_escapes(TERMINAL_ERR)),
	};
}

static void bar(struct buffer *out, uint64_t done, uint64_t all, enum language language)
{
	size_t cells = (size_t)((double)done / (double)all * BAR_CELLS);

	for (size_t i = 0; i < BAR_CELLS; i++)
		buffer_text(out, i < cells ? "█" : "░");
	buffer_u8(out, ' ');
	write_percent(out, language, done, all);
	buffer_text(out, "  ");
}

/* As much of text as fits into columns, cut between characters. */
static void cut(struct buffer *out, struct bytes text, size_t columns)
{
	size_t n = 0, used = 0;

	while (n < text.n) {
		struct bytes rest = {text.at + n, text.n - n};
		size_t length = utf8_sequence(rest, NULL);
		size_t width = utf8_columns((struct bytes){rest.at, length});

		if (length == 0 || used + width > columns)
			break;
		used += width;
		n += length;
	}
	buffer_put(out, text.at, n);
}

void progress_line(struct buffer *out, const struct sweep_progress *now,
		   enum language language, unsigned width)
{
	struct buffer line = {0};

	/* nobody knows how large processes are before they are read */
	uint64_t done = now->of_processes ? now->n_files : now->n_bytes;
	uint64_t all = now->of_processes ? now->n_files_all : now->n_bytes_all;

	if (now->all_counted && all > 0)
		bar(&line, done < all ? done : all, all, language);
	write_count(&line, language, now->n_files);
	buffer_format(&line, " %s, ",
		      word(language, now->of_processes ? WORD_PROCESSES : WORD_FILES));
	write_size(&line, language, now->n_bytes);
	if (!now->of_processes) {
		double rate =
		    now->seconds > 0 ? (double)now->n_files / now->seconds : 0;

		buffer_text(&line, ", ");
		write_count(&line, language, (uint64_t)rate);
		buffer_format(&line, " %s", message(language, MESSAGE_PER_SECOND));
	}
	if (now->seconds_left >= 0 && now->all_counted) {
		buffer_format(&line, ", %s ", message(language, MESSAGE_LEFT));
		write_duration(&line, language, now->seconds_left);
	}
	if (now->yields)
		buffer_format(&line, "; %s", message(language, MESSAGE_YIELDING));
	if (now->n_found > 0) {
		buffer_format(&line, "; %s: ", message(language, MESSAGE_FOUND_SO_FAR));
		write_count(&line, language, now->n_found);
	}
	if (now->n_gaps > 0) {
		buffer_format(&line, "; %s: ", message(language, MESSAGE_GAPS_SO_FAR));
		write_count(&line, language, now->n_gaps);
	}
	buffer_text(&line, "  ");
	encode_visible(&line, now->path);
	if (buffer_ok(&line))
		cut(out, buffer_bytes(&line), width);
	buffer_free(&line);
}

void progress_show(struct progress *progress, const struct sweep_progress *now)
{
	struct buffer out = {0};
	unsigned width = terminal_width(TERMINAL_ERR);

	if (!progress->enabled)
		return;
	buffer_text(&out, "\r\x1b[K");
	/* a full last column would begin a new line on some terminals */
	progress_line(&out, now, progress->language, width > 1 ? width - 1 : 1);
	if (buffer_ok(&out))
		progress->shown = terminal_write(TERMINAL_ERR, buffer_bytes(&out));
	buffer_free(&out);
}

void progress_erase(struct progress *progress)
{
	if (progress->shown)
		terminal_write(TERMINAL_ERR, BYTES_LITERAL("\r\x1b[K"));
	progress->shown = false;
}
