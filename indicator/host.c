#include "indicator/host.h"

#include <string.h>

enum { TEXT_MAX = 2048 }; /* of an address of a page; a host stands at its start */

struct text {
	char at[TEXT_MAX + 1];
	size_t n;
};

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a blank stands beside armour: example [dot] org. */
static bool is_beside_armour(struct bytes from, size_t i)
{
	size_t before = i, behind = i;

	while (before > 0 && from.at[before] == ' ')
		before--;
	while (behind + 1 < from.n && from.at[behind] == ' ')
		behind++;
	return memchr("])}", from.at[before], 3) != NULL ||
	       memchr("[({", from.at[behind], 3) != NULL;
}

/* Takes the armour off: [.], (dot) and their like are what they stand for. */
static bool disarm(struct bytes from, struct text *to)
{
	static const struct {
		const char *armour, *means;
	} armours[] = {
	    {"[.]", "."},   {"(.)", "."},   {"{.}", "."},     {"[dot]", "."},
	    {"(dot)", "."}, {"{dot}", "."}, {"[://]", "://"}, {"(://)", "://"},
	    {"[:]", ":"},   {"(:)", ":"},   {"[/]", "/"},     {"[//]", "//"},
	    {"[at]", "@"},  {"(at)", "@"},  {"{at}", "@"},    {"[@]", "@"},
	    {"[.", "."},    {".]", "."},    {"\\.", "."}};
	struct text plain = {.n = 0};

	while (from.n > 0 && from.at[from.n - 1] <= ' ')
		from.n--;
	for (size_t i = 0; i < from.n && plain.n < TEXT_MAX; i++)
		if (from.at[i] == ' ' ? plain.n > 0 && !is_beside_armour(from, i)
				      : plain.n > 0 || from.at[i] > ' ')
			plain.at[plain.n++] = lower(from.at[i]);
	if (from.n > TEXT_MAX)
		return false;
	to->n = 0;
	for (size_t i = 0; i < plain.n; i++) {
		bool is_armour = false;

		for (size_t k = 0; !is_armour && k < sizeof armours / sizeof *armours;
		     k++) {
			size_t n = strlen(armours[k].armour);

			is_armour = plain.n - i >= n &&
				    memcmp(&plain.at[i], armours[k].armour, n) == 0;
			if (is_armour) {
				for (const char *c = armours[k].means; *c != 0; c++)
					to->at[to->n++] = *c;
				i += n - 1;
			}
		}
		if (!is_armour)
			to->at[to->n++] = plain.at[i];
	}
	to->at[to->n] = '\0';
	return true;
}

static bool read_ipv4(const char *text, size_t n, uint8_t out[16])
{
	unsigned parts = 0, value = 0, digits = 0;

	memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && is_digit(text[i]) && digits < 3) {
			value = value * 10 + (unsigned)(text[i] - '0');
			digits++;
			continue;
		}
		if ((i < n && text[i] != '.') || digits == 0 || value > 255 ||
		    parts == 4)
			return false;
		out[12 + parts++] = (uint8_t)value;
		value = digits = 0;
	}
	return parts == 4;
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4291 2.2. */
static bool read_ipv6(const char *text, size_t n, uint8_t out[16])
{
	uint8_t groups[16] = {0};
	size_t n_done = 0, gap = SIZE_MAX, i = 0;

	if (n >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < n) {
		size_t start = i;
		unsigned value = 0;

		while (i < n && i - start < 4 && hex(text[i]) >= 0)
			value = value << 4 | (unsigned)hex(text[i++]);
		if (i < n && text[i] == '.') {
			uint8_t tail[16];

			if (n_done > 12 || !read_ipv4(&text[start], n - start, tail))
				return false;
			memcpy(&groups[n_done], &tail[12], 4);
			n_done += 4;
			break;
		}
		if (i == start || n_done > 14)
			return false;
		groups[n_done++] = (uint8_t)(value >> 8);
		groups[n_done++] = (uint8_t)value;
		if (i == n)
			break;
		if (text[i++] != ':' || i == n)
			return false;
		if (text[i] == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = n_done;
			i++;
		}
	}
	if (gap == SIZE_MAX ? n_done != 16 : n_done > 14)
		return false;
	memset(out, 0, 16);
	if (gap == SIZE_MAX)
		gap = n_done;
	memcpy(out, groups, gap);
	memcpy(&out[16 - (n_done - gap)], &groups[gap], n_done - gap);
	return true;
}

static bool read_address(const char *text, size_t n, struct host_form *form)
{
	unsigned prefix = 0, most;
	size_t slash = 0;

	while (slash < n && text[slash] != '/')
		slash++;
	if (read_ipv4(text, slash, form->first))
		most = 32;
	else if (read_ipv6(text, slash, form->first))
		most = 128;
	else
		return false;
	memcpy(form->last, form->first, 16);
	if (slash == n)
		return true;
	if (slash + 1 == n || n - slash > 4)
		return false;
	for (size_t i = slash + 1; i < n; i++) {
		if (!is_digit(text[i]))
			return false;
		prefix = prefix * 10 + (unsigned)(text[i] - '0');
	}
	if (prefix > most)
		return false;
	for (unsigned bit = prefix + 128 - most; bit < 128; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		form->first[bit / 8] &= (uint8_t)~mask;
		form->last[bit / 8] |= mask;
	}
	return true;
}

/* An address and digits behind a slash: a range, and no page of that host. */
static bool is_range(const char *text, size_t n)
{
	uint8_t address[16];
	size_t end = n;

	while (end > 0 && is_digit(text[end - 1]))
		end--;
	return end > 0 && end < n && text[end - 1] == '/' &&
	       (read_ipv4(text, end - 1, address) || read_ipv6(text, end - 1, address));
}

static bool read_name(const char *text, size_t n, struct host_form *form)
{
	bool has_letter = false;

	while (n > 0 && text[n - 1] == '.')
		n--;
	while (n > 0 && (*text == '.' || *text == '*')) { /* *.example.org */
		text++;
		n--;
	}
	if (n == 0 || n > HOST_MAX_NAME)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];
		bool is_letter = (c >= 'a' && c <= 'z') || c >= 0x80;

		if (!is_letter && !is_digit((char)c) && c != '-' && c != '_' &&
		    (c != '.' || text[i - 1] == '.'))
			return false;
		has_letter |= is_letter;
		form->name[i] = (char)c;
	}
	form->name[n] = '\0';
	form->n_name = n;
	return has_letter;
}

/* The digits of a port, or none behind a lone colon. */
static bool is_port(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_digit(text[i]))
			return false;
	return n <= 5;
}

/* Cuts scheme, user, path and port off. */
static void strip(const char **text, size_t *n)
{
	const char *scheme = strstr(*text, "://"), *user;
	size_t end = 0, colon;

	if (scheme != NULL && scheme < *text + *n) {
		*n -= (size_t)(scheme + 3 - *text);
		*text = scheme + 3;
	}
	while (end < *n && strchr("/?#", (*text)[end]) == NULL)
		end++;
	*n = end;
	user = memchr(*text, '@', *n);
	if (user != NULL) {
		*n -= (size_t)(user + 1 - *text);
		*text = user + 1;
	}
	if (*n > 0 && **text == '[') { /* RFC 3986 3.2.2 */
		const char *close = memchr(*text, ']', *n);

		if (close != NULL) {
			*text += 1;
			*n = (size_t)(close - *text);
			return;
		}
	}
	for (colon = 0; colon < *n && (*text)[colon] != ':';)
		colon++;
	/* sha256:12ab... is no host of that name */
	if (colon < *n && is_port(*text + colon + 1, *n - colon - 1))
		*n = colon;
}

bool host_read(struct bytes raw, struct host_form *form_out)
{
	const char *at;
	struct text text;
	size_t n;

	*form_out = (struct host_form){0};
	if (!disarm(raw, &text) || memchr(text.at, '\0', text.n) != NULL)
		return false;
	at = text.at;
	n = text.n;
	form_out->is_address = read_address(at, n, form_out);
	if (form_out->is_address || is_range(at, n))
		return form_out->is_address;
	strip(&at, &n);
	form_out->is_address = read_address(at, n, form_out);
	return form_out->is_address || read_name(at, n, form_out);
}
