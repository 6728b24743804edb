#include "finding/scope.h"

#include "os/file.h"

bool scope_may_tolerate(enum gap_reason reason)
{
	switch (reason) {
	case GAP_STOPPED:
	case GAP_RULES_REFUSED:
	case GAP_INDICATORS_REFUSED:
	case GAP_ROOT_NOT_SWEPT:
	case GAP_PROCESSES_NOT_SWEPT:
	case GAP_PERSISTENCE_NOT_READ: return false;
	default: return true;
	}
}

static const struct {
	const char *ending;
	enum scope_kind kind;
} endings[] = {
    {"exe", SCOPE_PROGRAMS},  {"dll", SCOPE_PROGRAMS},   {"sys", SCOPE_PROGRAMS},
    {"scr", SCOPE_PROGRAMS},  {"com", SCOPE_PROGRAMS},   {"ocx", SCOPE_PROGRAMS},
    {"cpl", SCOPE_PROGRAMS},  {"so", SCOPE_PROGRAMS},    {"msi", SCOPE_PROGRAMS},
    {"doc", SCOPE_DOCUMENTS}, {"docx", SCOPE_DOCUMENTS}, {"docm", SCOPE_DOCUMENTS},
    {"xls", SCOPE_DOCUMENTS}, {"xlsx", SCOPE_DOCUMENTS}, {"xlsm", SCOPE_DOCUMENTS},
    {"ppt", SCOPE_DOCUMENTS}, {"pptx", SCOPE_DOCUMENTS}, {"pptm", SCOPE_DOCUMENTS},
    {"rtf", SCOPE_DOCUMENTS}, {"pdf", SCOPE_DOCUMENTS},  {"odt", SCOPE_DOCUMENTS},
    {"ods", SCOPE_DOCUMENTS}, {"odp", SCOPE_DOCUMENTS},  {"txt", SCOPE_DOCUMENTS},
    {"js", SCOPE_SCRIPTS},    {"jse", SCOPE_SCRIPTS},    {"vbs", SCOPE_SCRIPTS},
    {"vbe", SCOPE_SCRIPTS},   {"wsf", SCOPE_SCRIPTS},    {"hta", SCOPE_SCRIPTS},
    {"ps1", SCOPE_SCRIPTS},   {"psm1", SCOPE_SCRIPTS},   {"bat", SCOPE_SCRIPTS},
    {"cmd", SCOPE_SCRIPTS},   {"sh", SCOPE_SCRIPTS},     {"py", SCOPE_SCRIPTS},
    {"pl", SCOPE_SCRIPTS},    {"php", SCOPE_SCRIPTS},    {"zip", SCOPE_ARCHIVES},
    {"rar", SCOPE_ARCHIVES},  {"7z", SCOPE_ARCHIVES},    {"cab", SCOPE_ARCHIVES},
    {"iso", SCOPE_ARCHIVES},  {"gz", SCOPE_ARCHIVES},    {"tgz", SCOPE_ARCHIVES},
    {"bz2", SCOPE_ARCHIVES},  {"xz", SCOPE_ARCHIVES},    {"zst", SCOPE_ARCHIVES},
    {"tar", SCOPE_ARCHIVES},
};

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/* Whether path ends in "." and ending, in any case. */
static bool ends_in(struct bytes path, const char *ending)
{
	struct bytes want = bytes_of(ending);
	struct reader tail;

	if (path.n <= want.n)
		return false;
	tail = reader_over(path.at, path.n);
	reader_seek(&tail, path.n - want.n - 1);
	if (reader_u8(&tail) != '.')
		return false;
	for (size_t i = 0; i < want.n; i++)
		if (lower(reader_u8(&tail)) != want.at[i])
			return false;
	return true;
}

uint32_t scope_kinds_of(struct bytes path)
{
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (ends_in(path, endings[i].ending))
			return endings[i].kind;
	return SCOPE_ALL_KINDS;
}

enum scope_names scope_names_here(void)
{
	return file_separator == '\\' ? SCOPE_NAMES_WINDOWS : SCOPE_NAMES_POSIX;
}

static bool is_separator(char byte, enum scope_names names)
{
	return byte == '/' || (names == SCOPE_NAMES_WINDOWS && byte == '\\');
}

/* The same letter, or two separators. */
static bool is_same(char wanted, char byte, enum scope_names names)
{
	if (names == SCOPE_NAMES_POSIX)
		return wanted == byte;
	return lower((uint8_t)wanted) == lower((uint8_t)byte) ||
	       (is_separator(wanted, names) && is_separator(byte, names));
}

bool scope_lies_in(const char *path, const char *folder, enum scope_names names)
{
	char last = '\0';

	for (; *folder != '\0'; path++, folder++) {
		if (*path == '\0' || !is_same(*folder, *path, names))
			return false;
		last = *folder;
	}
	return *path == '\0' || is_separator(*path, names) || is_separator(last, names);
}

bool scope_pattern_fits(const char *pattern, struct bytes path, enum scope_names names)
{
	const char *star =
	    NULL; /* the last one met; it takes more when the rest fails */
	size_t i = 0, taken = 0;

	while (i < path.n) {
		if (*pattern == '*') {
			star = pattern++;
			taken = i;
		} else if (*pattern != 0 &&
			   (*pattern == '?' ||
			    is_same(*pattern, (char)path.at[i], names))) {
			pattern++;
			i++;
		} else if (star != NULL) {
			pattern = star + 1;
			i = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == 0;
}

/* A gap about one file of a kind that the scope does not ask for. */
static bool is_of_another_kind(const struct scope *scope, enum gap_reason reason,
			       struct bytes path)
{
	if (reason == GAP_LISTING || reason == GAP_NETWORK || reason == GAP_LOOP)
		return false;
	return (scope->kinds & scope_kinds_of(path)) == 0;
}

bool scope_tally_gap(struct scope_tally *tally, enum gap_reason reason,
		     struct bytes path)
{
	const struct scope *scope = tally->scope;

	if (scope == NULL || !scope_may_tolerate(reason))
		return false;
	if (is_of_another_kind(scope, reason, path)) {
		tally->n_other_kind[reason]++;
		return true;
	}
	for (size_t i = 0; i < scope->n_tolerances; i++) {
		const struct scope_tolerance *line = &scope->tolerances[i];

		if (line->reason == reason &&
		    (line->pattern == NULL ||
		     scope_pattern_fits(line->pattern, path, scope_names_here())))
			return ++tally->n_used[i] <= line->limit;
	}
	return false;
}

void scope_tally_close(const struct scope_tally *tally,
		       uint64_t n_tolerated_out[N_GAP_REASONS])
{
	const struct scope *scope = tally->scope;
	bool is_over[N_GAP_REASONS] = {false};

	for (size_t i = 0; i < N_GAP_REASONS; i++)
		n_tolerated_out[i] = tally->n_other_kind[i];
	for (size_t i = 0; scope != NULL && i < scope->n_tolerances; i++) {
		const struct scope_tolerance *line = &scope->tolerances[i];

		n_tolerated_out[line->reason] += tally->n_used[i];
		is_over[line->reason] |= tally->n_used[i] > line->limit;
	}
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		if (is_over[i])
			n_tolerated_out[i] = tally->n_other_kind[i];
}
