#include "endpoint/asset_ask.h"

#include "bytes/cap.h"
#include "bytes/encoding.h"
#include "endpoint/asset_list.h"
#include "endpoint/command.h"
#include "os/file.h"
#include "os/host.h"
#include "os/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20 /* rows at a time */ };

enum line {
	LINE_WHICH,
	LINE_FITS,
	LINE_SERIAL,
	LINE_ADDRESS,
	LINE_NAME,
	LINE_MORE,
	LINE_CHOOSE,
	LINE_ENTER,
	LINE_NONE_FITS,
	LINE_TYPE,
	N_LINES,
};

static const char *const lines[N_LINES][N_LANGUAGES] = {
    [LINE_WHICH] = {"Đây là máy nào?", "Which machine is this?"},
    [LINE_FITS] = {"khớp", "fits"},
    [LINE_SERIAL] = {"số sê-ri", "serial number"},
    [LINE_ADDRESS] = {"địa chỉ mạng", "network address"},
    [LINE_NAME] = {"tên máy", "name"},
    [LINE_MORE] = {"còn nữa; gõ một phần của mã, tên hoặc đơn vị để tìm",
		   "there are more; type a part of the tag, name or unit to search"},
    [LINE_CHOOSE] =
	{"Số thứ tự, mã tài sản hoặc một phần để tìm; 0: không có trong "
	 "danh sách",
	 "Number, asset tag, or a part of it to search; 0: not on the list"},
    [LINE_ENTER] = {"; Enter: 1", "; Enter: 1"},
    [LINE_NONE_FITS] = {"Trong danh sách không có máy nào như vậy.",
			"No machine on the list is like that."},
    [LINE_TYPE] =
	{"Mã tài sản ghi trên máy (sẽ ghi rõ là không có trong danh sách; bỏ "
	 "trống nếu không có)",
	 "Asset tag on the machine (it will be marked as not on the list; leave "
	 "empty for none)"},
};

/* What one question works with. */
struct asking {
	const struct asset_question *question;
	const struct asset_guess *guesses;
	size_t n;
	const struct asset *shown[SHOWN];
	size_t n_shown;
};

static const char *line(const struct asking *asking, enum line which)
{
	return lines[which][asking->question->language];
}

/* ---- the list ---- */

/* raquet.assets.csv beside the program; empty when it is not there. */
static enum rq_err find_list(struct buffer *path)
{
	struct file_info info;
	enum rq_err err = host_program_path(path);

	if (err != RQ_OK)
		return err;
	path->size--; /* the 0 */
	path->size = file_name_offset(buffer_bytes(path));
	buffer_text(path, "raquet.assets.csv");
	buffer_u8(path, 0);
	if (!buffer_ok(path))
		return RQ_ERR_MEMORY;
	if (file_stat_path((const char *)path->data, true, &info, NULL) ==
	    RQ_ERR_NOT_FOUND)
		buffer_clear(path);
	return RQ_OK;
}

/* EXIT_CLEAN; complains. */
static int read_list(const char *path, enum language language, struct arena *arena,
		     struct asset_list *list)
{
	struct buffer text = {.max = CAP_ASSET_LIST};
	char detail[600];
	size_t n_line = 0;
	enum rq_err err = file_read_whole(path, &text, NULL);

	snprintf(detail, sizeof detail, "%s", path);
	if (err == RQ_OK) {
		err = asset_list_read(buffer_bytes(&text), arena, list, &n_line);
		if (err == RQ_ERR_FORMAT)
			snprintf(detail, sizeof detail, "%s:%zu", path, n_line);
	}
	buffer_free(&text);
	if (err == RQ_OK)
		return EXIT_CLEAN;
	complain(language,
		 err == RQ_ERR_MEMORY ? MESSAGE_OUT_OF_MEMORY
				      : MESSAGE_CANNOT_READ_ASSETS,
		 detail);
	return err == RQ_ERR_MEMORY ? EXIT_OURS : EXIT_USAGE;
}

/* ---- the question ---- */

static void put_fits(struct buffer *out, const struct asking *asking, unsigned fits)
{
	static const struct {
		enum asset_fit fit;
		enum line word;
	} rows[] = {{ASSET_FITS_SERIAL, LINE_SERIAL},
		    {ASSET_FITS_ADDRESS, LINE_ADDRESS},
		    {ASSET_FITS_NAME, LINE_NAME}};
	const char *between = "  (";

	if (fits == 0)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if ((fits & rows[i].fit) == 0)
			continue;
		buffer_text(out, between);
		if (between[0] == ' ')
			buffer_format(out, "%s: ", line(asking, LINE_FITS));
		buffer_text(out, line(asking, rows[i].word));
		between = ", ";
	}
	buffer_u8(out, ')');
}

static void put_field(struct buffer *out, const char *text)
{
	if (*text == 0)
		return;
	buffer_text(out, " | ");
	encode_visible(out, bytes_of(text));
}

/* The rows that mention text, best first; all with "". */
static void show(struct asking *asking, const char *text)
{
	struct buffer out = {0};
	size_t n_left = 0;

	asking->n_shown = 0;
	buffer_format(&out, "%s\n", line(asking, LINE_WHICH));
	for (size_t i = 0; i < asking->n; i++) {
		const struct asset_guess *guess = &asking->guesses[i];

		if (!asset_mentions(guess->asset, text))
			continue;
		if (asking->n_shown == SHOWN) {
			n_left++;
			continue;
		}
		asking->shown[asking->n_shown++] = guess->asset;
		buffer_format(&out, "%4zu) ", asking->n_shown);
		encode_visible(&out, bytes_of(guess->asset->tag));
		put_field(&out, guess->asset->unit);
		put_field(&out, guess->asset->names);
		put_field(&out, guess->asset->serials);
		put_fits(&out, asking, guess->fits);
		buffer_u8(&out, '\n');
	}
	if (asking->n_shown == 0)
		buffer_format(&out, "  %s\n", line(asking, LINE_NONE_FITS));
	if (n_left > 0)
		buffer_format(&out, "  %zu %s\n", n_left, line(asking, LINE_MORE));
	(void)terminal_put(TERMINAL_ERR, &out);
}

static bool hear(const struct asking *asking, enum line prompt, const char *behind,
		 char *answer, size_t size)
{
	struct buffer out = {0};

	buffer_format(&out, "%s%s: ", line(asking, prompt), behind);
	return terminal_put(TERMINAL_ERR, &out) && terminal_read_line(answer, size);
}

static const struct asset *by_tag(const struct asking *asking, const char *tag)
{
	/* best first: where a tag stands twice, the one that fits this machine */
	for (size_t i = 0; i < asking->n; i++)
		if (strcmp(asking->guesses[i].asset->tag, tag) == 0)
			return asking->guesses[i].asset;
	return NULL;
}

/* The row that an answer names, or NULL. */
static const struct asset *chosen(const struct asking *asking, const char *text)
{
	bool has_best = asking->n > 0 && asking->guesses[0].fits > 0 &&
			asking->n_shown > 0 &&
			asking->shown[0] == asking->guesses[0].asset;
	size_t n_digits = strspn(text, "0123456789");

	if (*text == 0)
		return has_best ? asking->shown[0] : NULL;
	if (text[n_digits] == 0 && n_digits < 4) {
		size_t number = strtoul(text, NULL, 10);

		if (number >= 1 && number <= asking->n_shown)
			return asking->shown[number - 1];
	}
	return by_tag(asking, text);
}

static void take(const struct asset *asset, struct asset_answer *answer)
{
	answer->tag = asset->tag;
	answer->unit = *asset->unit != 0 ? asset->unit : NULL;
	answer->is_listed = true;
}

static int take_typed(const char *text, struct arena *arena, enum language language,
		      struct asset_answer *answer)
{
	if (*text == 0)
		return EXIT_CLEAN;
	answer->tag = arena_copy(arena, text, strlen(text));
	if (answer->tag != NULL)
		return EXIT_CLEAN;
	complain(language, MESSAGE_OUT_OF_MEMORY, NULL);
	return EXIT_OURS;
}

static int ask(struct asking *asking, struct arena *arena, struct asset_answer *answer)
{
	bool has_best = asking->n > 0 && asking->guesses[0].fits > 0;
	char text[CAP_ASSET_FIELD + 1];

	show(asking, "");
	while (hear(asking, LINE_CHOOSE, has_best ? line(asking, LINE_ENTER) : "", text,
		    sizeof text)) {
		const struct asset *asset = chosen(asking, text);

		if (asset != NULL) {
			take(asset, answer);
			return EXIT_CLEAN;
		}
		if (strcmp(text, "0") == 0) {
			if (!hear(asking, LINE_TYPE, "", text, sizeof text))
				return EXIT_CLEAN;
			return take_typed(text, arena, asking->question->language,
					  answer);
		}
		show(asking, text);
		has_best = asking->n_shown > 0 && asking->guesses[0].fits > 0 &&
			   asking->shown[0] == asking->guesses[0].asset;
	}
	return EXIT_CLEAN; /* nobody answers: no tag */
}

int asset_ask(const struct asset_question *question, struct arena *arena,
	      struct asset_answer *answer)
{
	struct asking asking = {.question = question};
	struct asset_list list = {0};
	struct asset_guess *guesses;
	struct buffer path = {0};
	struct machine machine;
	const struct asset *asset;
	int code = EXIT_CLEAN;

	*answer = (struct asset_answer){0};
	if (question->list != NULL)
		code = read_list(question->list, question->language, arena, &list);
	else if (find_list(&path) == RQ_OK && path.size > 0)
		code = read_list((const char *)path.data, question->language, arena,
				 &list);
	buffer_free(&path);
	if (code != EXIT_CLEAN)
		return code;
	machine_read(&machine);
	if (asset_list_rank(&list, &machine, arena, &guesses) != RQ_OK) {
		complain(question->language, MESSAGE_OUT_OF_MEMORY, NULL);
		return EXIT_OURS;
	}
	asking.guesses = guesses;
	asking.n = list.n;
	if (question->tag == NULL)
		return list.n > 0 && terminal_can_ask() ? ask(&asking, arena, answer)
							: EXIT_CLEAN;
	asset = by_tag(&asking, question->tag);
	if (asset == NULL)
		return take_typed(question->tag, arena, question->language, answer);
	take(asset, answer);
	return EXIT_CLEAN;
}
