#include "endpoint/courier/settings.h"

#include <string.h>

static bool is_plain(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.at[i] <= ' ' || text.at[i] >= 127)
			return false;
	return text.n > 0;
}

static bool copy(struct bytes text, char *to, size_t max)
{
	if (text.n > max || !is_plain(text))
		return false;
	memcpy(to, text.at, text.n);
	to[text.n] = 0;
	return true;
}

/* Written as it is printed, however it was typed. */
static bool take_code(const char *text, struct paper_code *code, char *to)
{
	if (!paper_code_read(bytes_of(text), code))
		return false;
	paper_code_write(code, to);
	return true;
}

bool settings_code(const char *text, struct courier_settings *settings)
{
	return take_code(text, &settings->code, settings->unit_code);
}

bool settings_machine_code(const char *text, struct courier_settings *settings)
{
	struct paper_code code;

	return take_code(text, &code, settings->machine_code);
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

bool settings_centre(const char *text, struct courier_settings *settings)
{
	static const char scheme[] = "https://";
	char *to = settings->centres[settings->n_centres];
	const char *name = starts(text, scheme) ? text + sizeof scheme - 1 : text;

	/* a name and a port: no user, no path, no other scheme */
	if (settings->n_centres == COURIER_CENTRES || strpbrk(name, "/@?#\\") != NULL ||
	    strlen(name) + sizeof scheme > COURIER_ADDRESS || !is_plain(bytes_of(name)))
		return false;
	memcpy(to, scheme, sizeof scheme);
	memcpy(to + sizeof scheme - 1, name, strlen(name) + 1);
	settings->n_centres++;
	return true;
}

bool settings_proxy(const char *text, struct courier_settings *settings)
{
	bool is_address = (starts(text, "http://") || starts(text, "socks5h://")) &&
			  strchr(text, '@') == NULL; /* no password in a setting */

	return (is_address || strcmp(text, "system") == 0 ||
		strcmp(text, "none") == 0) &&
	       copy(bytes_of(text), settings->proxy, COURIER_ADDRESS);
}

void settings_write(const struct courier_settings *settings, struct buffer *to)
{
	for (size_t i = 0; i < settings->n_centres; i++)
		buffer_format(to, "centre = %s\n", settings->centres[i]);
	buffer_format(to, "unit-code = %s\n", settings->unit_code);
	if (settings->machine_code[0] != 0)
		buffer_format(to, "machine-code = %s\n", settings->machine_code);
	buffer_format(to, "proxy = %s\n", settings->proxy);
}

static bool read_line(struct bytes name, struct bytes value,
		      struct courier_settings *settings)
{
	char text[COURIER_ADDRESS + 1];

	if (!copy(value, text, COURIER_ADDRESS))
		return false;
	if (bytes_equal_text(name, "centre"))
		return settings_centre(text, settings);
	if (bytes_equal_text(name, "unit-code"))
		return settings_code(text, settings);
	if (bytes_equal_text(name, "machine-code"))
		return settings_machine_code(text, settings);
	return bytes_equal_text(name, "proxy") && settings_proxy(text, settings);
}

enum rq_err settings_read(struct bytes text, struct courier_settings *settings_out)
{
	const struct bytes blanks = BYTES_LITERAL(" \t\r");

	*settings_out = (struct courier_settings){.proxy = "system"};
	while (text.n > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.at) : text.n;
		struct bytes line = bytes_trim((struct bytes){text.at, n}, blanks);
		const uint8_t *equals =
		    line.n > 0 ? memchr(line.at, '=', line.n) : NULL;
		size_t n_name = equals != NULL ? (size_t)(equals - line.at) : 0;

		n += end != NULL;
		text = (struct bytes){text.at + n, text.n - n};
		if (line.n == 0 || line.at[0] == '#')
			continue;
		if (equals == NULL ||
		    !read_line(
			bytes_trim((struct bytes){line.at, n_name}, blanks),
			bytes_trim((struct bytes){equals + 1, line.n - n_name - 1},
				   blanks),
			settings_out))
			return RQ_ERR_FORMAT;
	}
	return settings_out->n_centres > 0 && settings_out->unit_code[0] != 0
		   ? RQ_OK
		   : RQ_ERR_FORMAT;
}
