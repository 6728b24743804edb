#include "sealed/key_file.h"

#include "bytes/alloc.h"
#include "bytes/encoding.h"
#include "crypto/secret.h"
#include "os/file.h"
#include "os/host.h"

#include <ctype.h>
#include <string.h>

static const char *const titles[] = {
    [KEY_FILE_COPY] = "raquet-copy-key-1 ",
    [KEY_FILE_CENTRE_PRIVATE] = "raquet-centre-private-key-1 ",
    [KEY_FILE_CENTRE_PUBLIC] = "raquet-centre-public-key-1 ",
};

enum { MAX_FILE = 1024 };

void key_file_forget(struct buffer *secret)
{
	if (secret->data != NULL)
		secret_wipe(secret->data, secret->capacity);
	buffer_free(secret);
}

/* With room from the start: a buffer that grew would leave its old memory behind. */
static enum rq_err read_secret(const char *path, struct buffer *text,
			       struct rq_diag *diag)
{
	*text = (struct buffer){.max = MAX_FILE};
	if (buffer_zeros(text, MAX_FILE) == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	buffer_clear(text);
	return file_read_whole(path, text, diag);
}

static void drop_line_end(struct bytes *line)
{
	if (line->n > 0 && line->at[line->n - 1] == '\n')
		line->n--;
	if (line->n > 0 && line->at[line->n - 1] == '\r')
		line->n--;
}

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static bool read_line(struct bytes line, const char *title, uint8_t *key)
{
	struct reader r = reader_over(line.at, line.n);

	if (!bytes_equal_text(reader_bytes(&r, strlen(title)), title) ||
	    reader_left(&r) != 2 * KEY_FILE_SIZE)
		return false;
	for (size_t i = 0; i < KEY_FILE_SIZE; i++) {
		int high = digit(reader_u8(&r)), low = digit(reader_u8(&r));

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return reader_done(&r);
}

enum rq_err key_file_read(const char *path, enum key_file_kind kind, uint8_t *key_out,
			  struct rq_diag *diag)
{
	struct buffer text;
	enum rq_err err = read_secret(path, &text, diag);
	struct bytes line = buffer_bytes(&text);

	drop_line_end(&line);
	if (err == RQ_ERR_LIMIT ||
	    (err == RQ_OK && !read_line(line, titles[kind], key_out)))
		err = rq_fail(diag, RQ_ERR_FORMAT, path, "no line \"%s...\"",
			      titles[kind]);
	key_file_forget(&text);
	return err;
}

static enum rq_err write_key(const char *path, enum key_file_kind kind,
			     const uint8_t *key, struct file file, struct rq_diag *diag)
{
	struct buffer line = {0};
	enum rq_err err;

	if (buffer_zeros(&line, MAX_FILE) == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, path, "out of memory");
	buffer_clear(&line);
	buffer_text(&line, titles[kind]);
	encode_hex(&line, (struct bytes){key, KEY_FILE_SIZE});
	buffer_u8(&line, '\n');
	err = file_append(file, buffer_bytes(&line));
	if (err == RQ_OK)
		err = file_flush(file);
	if (err != RQ_OK) {
		/* half a key would stand in the way of the next attempt */
		(void)!file_truncate(file, 0);
		err = rq_fail(diag, err, path, "the key cannot be written");
	}
	key_file_forget(&line);
	return err;
}

enum rq_err key_file_make(const char *path, enum key_file_kind kind, const uint8_t *key,
			  struct rq_diag *diag)
{
	struct file_info info;
	struct file file;
	enum rq_err err = file_open_append(path, &file, NULL, diag);

	if (err != RQ_OK)
		return err;
	err = file_lock(file);
	if (err == RQ_OK)
		err = file_stat(file, &info);
	if (err == RQ_OK && (info.kind != FILE_REGULAR || info.size != 0))
		err = rq_fail(diag, RQ_ERR_USAGE, path, "something is there already");
	if (err == RQ_OK)
		err = write_key(path, kind, key, file, diag);
	file_close(&file);
	return err;
}

enum rq_err unit_code_read(const char *path, struct buffer *code_out,
			   struct rq_diag *diag)
{
	enum rq_err err = read_secret(path, code_out, diag);
	struct bytes line = buffer_bytes(code_out);

	if (err == RQ_ERR_LIMIT)
		err = RQ_ERR_FORMAT;
	if (err != RQ_OK)
		return err;
	drop_line_end(&line);
	code_out->size = line.n;
	for (size_t i = 0; i < line.n; i++)
		if (line.at[i] == '\n' || line.at[i] == 0)
			err = RQ_ERR_FORMAT;
	if (err != RQ_OK || line.n < UNIT_CODE_LEAST || line.n > UNIT_CODE_MOST)
		return rq_fail(diag, RQ_ERR_FORMAT, path,
			       "a code is one line of %d to %d bytes", UNIT_CODE_LEAST,
			       UNIT_CODE_MOST);
	return RQ_OK;
}

/* ---- the key of this copy ---- */

static enum rq_err read_or_make(const char *path, uint8_t *secret, struct rq_diag *diag)
{
	enum rq_err err = key_file_read(path, KEY_FILE_COPY, secret, diag);
	struct file_info info;

	/* an empty file: somebody lost power between making and writing it */
	if (err == RQ_ERR_FORMAT && file_stat_path(path, false, &info, NULL) == RQ_OK &&
	    info.size == 0)
		err = RQ_ERR_NOT_FOUND;
	if (err != RQ_ERR_NOT_FOUND)
		return err;
	err = secret_fill(secret, KEY_FILE_SIZE);
	if (err == RQ_OK)
		err = key_file_make(path, KEY_FILE_COPY, secret, diag);
	/* another process of this copy was quicker: its key is ours */
	if (err == RQ_ERR_USAGE ||
	    (err == RQ_ERR_ACCESS && file_stat_path(path, false, &info, NULL) == RQ_OK))
		err = key_file_read(path, KEY_FILE_COPY, secret, diag);
	return err;
}

static bool starts_with(const char *text, const char *with)
{
	while (*with != 0 && tolower((unsigned char)*text) == *with) {
		text++;
		with++;
	}
	return *with == 0;
}

/* Whether a program there was installed: its folder is no place for keys. */
static bool belongs_to_system(const char *path)
{
	static const char *const folders[] = {"/usr/", "/bin/", "/sbin/",
					      "/opt/", "/nix/", "/snap/"};
	static const char *const names[] = {"\\program files", "\\windows\\"};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (starts_with(path, folders[i]))
			return true;
	for (const char *at = strchr(path, '\\'); at != NULL; at = strchr(at + 1, '\\'))
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (starts_with(at, names[i]))
				return true;
	return false;
}

static enum rq_err beside_program(struct buffer *path_out)
{
	enum rq_err err = host_program_path(path_out);
	struct bytes path = buffer_bytes(path_out);

	if (err != RQ_OK)
		return err;
	path.n--; /* the 0 */
	path_out->size = file_name_offset(path);
	buffer_text(path_out, "raquet.key");
	buffer_u8(path_out, 0);
	return buffer_ok(path_out) ? RQ_OK : RQ_ERR_MEMORY;
}

static enum rq_err in_own_folder(struct buffer *path_out, struct rq_diag *diag)
{
	enum rq_err err;

	buffer_clear(path_out);
	err = file_keep_folder(path_out, diag);
	if (err != RQ_OK)
		return err;
	path_out->size--; /* the 0 */
	buffer_u8(path_out, (uint8_t)file_separator);
	buffer_text(path_out, "raquet.key");
	buffer_u8(path_out, 0);
	return buffer_ok(path_out) ? RQ_OK : RQ_ERR_MEMORY;
}

enum rq_err copy_key_find(const char *named, uint8_t *secret_out,
			  struct buffer *path_out, bool *beside_out,
			  struct rq_diag *diag)
{
	enum rq_err err;

	*beside_out = false;
	if (named != NULL) {
		buffer_put(path_out, named, strlen(named) + 1);
		return buffer_ok(path_out) ? read_or_make(named, secret_out, diag)
					   : RQ_ERR_MEMORY;
	}
	err = beside_program(path_out);
	if (err == RQ_OK && !belongs_to_system((const char *)path_out->data)) {
		const char *path = (const char *)path_out->data;
		struct file_info info;

		err = read_or_make(path, secret_out, diag);
		/* a key that is there and cannot be used is no reason to become
		 * another copy without a word */
		*beside_out = err == RQ_OK ||
			      (file_stat_path(path, false, &info, NULL) == RQ_OK &&
			       info.size > 0);
		if (*beside_out)
			return err;
	}
	err = in_own_folder(path_out, diag);
	return err == RQ_OK
		   ? read_or_make((const char *)path_out->data, secret_out, diag)
		   : err;
}
