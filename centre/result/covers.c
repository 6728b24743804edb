#include "centre/result/covers.h"

#include "finding/finding.h"
#include "wire/agent.h"

#include <ctype.h>
#include <string.h>

static bool is_separator(uint8_t c)
{
	return c == '/' || c == '\\';
}

static bool is_drive(struct bytes path)
{
	return path.n >= 2 && isalpha(path.at[0]) && path.at[1] == ':';
}

/* Windows takes no notice of case, nor of which separator it is. */
static bool same(uint8_t a, uint8_t b, bool on_windows)
{
	if (!on_windows)
		return a == b;
	return tolower(a) == tolower(b) || (is_separator(a) && is_separator(b));
}

static bool is_below(struct bytes folder, struct bytes path)
{
	bool on_windows = is_drive(folder);

	while (folder.n > 0 && is_separator(folder.at[folder.n - 1]))
		folder.n--;
	if (path.n < folder.n)
		return false;
	for (size_t i = 0; i < folder.n; i++)
		if (!same(folder.at[i], path.at[i], on_windows))
			return false;
	/* members of a container follow its name with a '!' */
	return path.n == folder.n || is_separator(path.at[folder.n]) ||
	       path.at[folder.n] == '!';
}

bool covers(const struct covered *covered, int64_t kind, struct bytes path)
{
	if (kind == FINDING_ARTEFACT)
		return (covered->options & LEASE_START) != 0;
	if (path.n >= 8 && memcmp(path.at, "process:", 8) == 0)
		return (covered->options & LEASE_PROCESSES) != 0;
	if (!is_drive(path) && (path.n == 0 || path.at[0] != '/'))
		return false;
	if (covered->options & LEASE_ALL)
		return true;
	for (size_t i = 0; i < covered->n; i++)
		if (covered->paths[i].n > 0 && is_below(covered->paths[i], path))
			return true;
	return false;
}

static bool begins_with_date(struct bytes text)
{
	static const char shape[] = "dddd-dd-dd";

	if (text.n < sizeof shape - 1)
		return false;
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] == 'd' ? !isdigit(text.at[i]) : text.at[i] != '-')
			return false;
	return true;
}

bool content_reaches(struct bytes later, struct bytes earlier)
{
	if (bytes_equal(later, earlier))
		return earlier.n > 0;
	return begins_with_date(later) && begins_with_date(earlier) &&
	       memcmp(later.at, earlier.at, 10) >= 0;
}
