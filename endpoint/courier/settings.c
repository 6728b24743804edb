#include "endpoint/courier/settings.h"

#include "bytes/encoding.h"

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

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_pin(struct bytes text, struct courier_settings *settings)
{
	size_t n = 0;

	memset(settings->pin, 0, sizeof settings->pin);
	for (size_t i = 0; i < text.n; i++) {
		int value = digit(text.at[i]);

		if (text.at[i] == '-' || text.at[i] == ' ')
			continue;
		if (value < 0 || n == 2 * AGENT_DIGEST)
			return false;
		settings->pin[n / 2] |= (uint8_t)(value << (n % 2 == 0 ? 4 : 0));
		n++;
	}
	settings->n_pin = n / 2;
	return n % 2 == 0 && settings->n_pin >= COURIER_PIN_LEAST;
}

bool settings_code(const char *text, struct courier_settings *settings)
{
	const char *dot = strrchr(text, '.');

	return dot != NULL &&
	       copy((struct bytes){(const uint8_t *)text, (size_t)(dot - text)},
		    settings->unit_code, AGENT_CODE) &&
	       read_pin(bytes_of(dot + 1), settings);
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
	buffer_text(to, "authority = ");
	encode_hex(to, (struct bytes){settings->pin, settings->n_pin});
	buffer_format(to, "\nunit-code = %s\n", settings->unit_code);
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
	if (bytes_equal_text(name, "authority"))
		return read_pin(value, settings);
	if (bytes_equal_text(name, "unit-code"))
		return copy(value, settings->unit_code, AGENT_CODE);
	if (bytes_equal_text(name, "machine-code"))
		return copy(value, settings->machine_code, AGENT_CODE);
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
	return settings_out->n_centres > 0 && settings_out->n_pin > 0 &&
		       settings_out->unit_code[0] != 0
		   ? RQ_OK
		   : RQ_ERR_FORMAT;
}
