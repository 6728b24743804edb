/* Scores are those of lists of lines. */
#include "indicator/subject.h"

#include "bytes/buffer.h"
#include "bytes/cap.h"
#include "indicator/lines.h"

#include <string.h>

enum { SCORE_OF_HASH = 100, SCORE_OF_HOST = 75, SCORE_OF_NAME = 60 };

/* ID TEXT */
static enum rq_err tell(struct indicator_list *list, const struct subject *subject,
			const char *reason, struct bytes text,
			enum rq_err (*how)(struct indicator_list *, uint64_t,
					   const char *, struct bytes))
{
	struct buffer both = {0};
	enum rq_err err = RQ_ERR_MEMORY;

	buffer_put(&both, subject->id.at, subject->id.n);
	buffer_text(&both, subject->id.n > 0 && text.n > 0 ? " " : "");
	buffer_put(&both, text.at, text.n);
	if (buffer_ok(&both))
		err = how(list, 0, reason, buffer_bytes(&both));
	buffer_free(&both);
	return err;
}

enum rq_err subject_refuse(struct indicator_list *list, const struct subject *subject,
			   const char *reason, struct bytes text)
{
	return tell(list, subject, reason, text, indicator_refuse);
}

enum rq_err subject_leave_out(struct indicator_list *list,
			      const struct subject *subject, const char *reason,
			      struct bytes text)
{
	return tell(list, subject, reason, text, indicator_leave_out);
}

static enum rq_err describe(struct indicator_list *list, const struct subject *subject,
			    int32_t score, uint32_t *detail_out)
{
	return indicator_list_detail(list, score, subject->description,
				     subject->reference, detail_out);
}

enum rq_err subject_digest(struct indicator_list *list, const struct subject *subject,
			   enum indicator_kind kind, struct bytes value)
{
	enum indicator_kind form;
	uint32_t detail;
	enum rq_err err;

	value = text_trim(value);
	if (!indicator_is_digest(value, &form) || form != kind)
		return subject_refuse(list, subject,
				      "no digest of the kind that it is said to be",
				      value);
	if (digest_is_of_nothing(value))
		return subject_refuse(list, subject, "the digest of an empty file",
				      value);
	err = describe(list, subject, SCORE_OF_HASH, &detail);
	return err == RQ_OK
		   ? indicator_add_digest(list, kind, value, subject->size, detail)
		   : err;
}

enum rq_err subject_place(struct indicator_list *list, const struct subject *subject,
			  struct bytes value)
{
	bool is_one;
	uint32_t detail;
	enum rq_err err = describe(list, subject, SCORE_OF_HOST, &detail);

	if (err == RQ_OK)
		err = indicator_add_place(list, value, detail, &is_one);
	if (err == RQ_OK && !is_one)
		err = subject_refuse(list, subject, "no host name, address or range",
				     value);
	return err;
}

/* ---- names ---- */

/* Whoever wrote C:\x\ means x on whatever drive it lies here. */
static struct bytes without_root(struct bytes path)
{
	struct reader r = reader_over(path.at, path.n);

	if (path.n > 1 && path.at[1] == ':')
		reader_skip(&r, 2);
	while (reader_left(&r) > 0 && (r.start[r.pos] == '\\' || r.start[r.pos] == '/'))
		reader_skip(&r, 1);
	path = reader_bytes(&r, reader_left(&r));
	while (path.n > 0 &&
	       (path.at[path.n - 1] == '\\' || path.at[path.n - 1] == '/'))
		path.n--;
	return path;
}

static void put_letter(struct buffer *to, uint8_t c)
{
	if (c == '\\' || c == '/')
		buffer_text(to, "[/\\\\]");
	else if (c < ' ' || c > '~')
		buffer_format(to, "\\x%02x", c);
	else if (strchr(".^$|()[]{}*+?", c) != NULL)
		buffer_format(to, "\\%c", c);
	else
		buffer_u8(to, c);
}

static void put_path(struct bytes path, struct buffer *to)
{
	struct reader r = reader_over(path.at, path.n);

	buffer_text(to, "(^|[/\\\\])");
	while (reader_left(&r) > 0) {
		struct reader armour = reader_at(&r, r.pos, 3);

		if (bytes_equal_text(reader_bytes(&armour, 3), "[.]")) {
			buffer_text(to, "(\\.|\\[\\.\\])");
			reader_skip(&r, 3);
			continue;
		}
		put_letter(to, reader_u8(&r));
	}
}

/* end: what stands behind the path in an expression. */
static enum rq_err add_path(struct indicator_list *list, const struct subject *subject,
			    struct bytes value, const char *end)
{
	struct indicator_name name = {.ignores_case = true};
	struct buffer body = {0};
	struct bytes path;
	enum rq_err err;

	value = text_trim(value);
	path = without_root(value);
	if (path.n > CAP_RULE_LITERAL / 8)
		return subject_refuse(list, subject, "a name that is too long", value);
	if (path.n == 0)
		return subject_refuse(list, subject, "an empty name", value);
	if (memchr(path.at, '%', path.n) != NULL ||
	    memchr(path.at, '*', path.n) != NULL ||
	    memchr(path.at, '?', path.n) != NULL)
		return subject_refuse(
		    list, subject, "a name with a variable or a wildcard in it", value);
	name.text = value;
	put_path(path, &body);
	buffer_text(&body, end);
	name.expression = buffer_bytes(&body);
	err = buffer_ok(&body) ? describe(list, subject, SCORE_OF_NAME, &name.detail)
			       : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = indicator_add_name(list, &name);
	buffer_free(&body);
	return err;
}

enum rq_err subject_file(struct indicator_list *list, const struct subject *subject,
			 struct bytes value)
{
	return add_path(list, subject, value, "$");
}

enum rq_err subject_folder(struct indicator_list *list, const struct subject *subject,
			   struct bytes value)
{
	return add_path(list, subject, value, "[/\\\\]");
}
