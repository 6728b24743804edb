#include "endpoint/scan_processes.h"

#include "bytes/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decimal, above 0, without anything else. */
static bool read_number(const char *text, uint64_t *number_out)
{
	*number_out = 0;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at < '0' || *at > '9' || *number_out > UINT32_MAX)
			return false;
		*number_out = *number_out * 10 + (uint64_t)(*at - '0');
	}
	return *number_out > 0 && *number_out <= UINT32_MAX;
}

const char *scan_processes_read(struct scan_processes *processes,
				const char *const *pids, size_t n_pids, bool all)
{
	processes->all = all;
	processes->ids = alloc_array(n_pids, sizeof *processes->ids);
	if (n_pids > 0 && processes->ids == NULL)
		return rq_err_text(RQ_ERR_MEMORY);
	for (size_t i = 0; i < n_pids; i++)
		if (!read_number(pids[i], &processes->ids[processes->n_ids++]))
			return pids[i];
	return NULL;
}

void scan_processes_free(struct scan_processes *processes)
{
	for (size_t i = 0; i < processes->n_files; i++)
		alloc_free(processes->files[i]);
	for (size_t i = 0; i < processes->n_scope; i++)
		alloc_free(processes->scope[i]);
	alloc_free(processes->files);
	alloc_free(processes->paths);
	alloc_free(processes->scope);
	alloc_free(processes->ids);
	*processes = (struct scan_processes){0};
}

bool scan_processes_asked(const struct scan_processes *processes)
{
	return processes->all || processes->n_ids > 0;
}

static char *copy_of(struct bytes text)
{
	char *copy = alloc_array(text.n + 1, 1);

	if (copy != NULL)
		snprintf(copy, text.n + 1, "%s", (const char *)text.at);
	return copy;
}

/* Sorted, so that the hundred processes that map a library add it once. */
bool scan_processes_add_file(struct scan_processes *processes, struct bytes path)
{
	size_t low = 0, high = processes->n_files;
	char *copy;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(processes->files[middle], (const char *)path.at);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	copy = copy_of(path);
	if (copy == NULL ||
	    !alloc_grow((void **)&processes->files, &processes->files_capacity,
			processes->n_files + 1, sizeof copy)) {
		alloc_free(copy);
		return false;
	}
	memmove(&processes->files[low + 1], &processes->files[low],
		(processes->n_files - low) * sizeof copy);
	processes->files[low] = copy;
	processes->n_files++;
	return true;
}

static bool is_swept(const struct sweep_options *sweep, const char *file)
{
	for (size_t i = 0; i < sweep->n_paths; i++) {
		size_t n = strlen(sweep->paths[i]);

		if (n > 0 && strncmp(file, sweep->paths[i], n) == 0 &&
		    (file[n] == '\0' || file[n] == '/' || file[n - 1] == '/'))
			return true;
	}
	return false;
}

enum rq_err scan_processes_extend(struct scan_processes *processes,
				  struct sweep_options *sweep)
{
	size_t n = sweep->n_paths;

	if (processes->n_files == 0)
		return RQ_OK;
	processes->paths =
	    alloc_array(n + processes->n_files, sizeof *processes->paths);
	if (processes->paths == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		processes->paths[i] = sweep->paths[i];
	for (size_t i = 0; i < processes->n_files; i++)
		if (!is_swept(sweep, processes->files[i]))
			processes->paths[n++] = processes->files[i];
	sweep->paths = processes->paths;
	sweep->n_paths = n;
	return RQ_OK;
}

static bool add_word(struct scan_processes *processes, const char *word)
{
	char *copy = copy_of(bytes_of(word));

	if (copy != NULL)
		processes->scope[processes->n_scope++] = copy;
	return copy != NULL;
}

static void add_counts(const struct scan_processes *processes, struct summary *summary)
{
	const struct sweep_outcome *outcome = &processes->outcome;

	if (!scan_processes_asked(processes))
		return;
	summary->has_processes = true;
	summary->n_processes_seen = outcome->n_seen;
	summary->n_processes_scanned = outcome->n_scanned;
	summary->process_bytes = outcome->bytes_scanned;
	summary->n_found += outcome->n_found + processes->n_only_beside;
	summary->n_findings += outcome->n_findings + processes->n_beside;
	for (size_t i = 0; i < N_GAP_REASONS; i++)
		summary->n_gaps[i] += outcome->n_gaps[i];
	summary->seconds += outcome->seconds;
	summary->stopped |= outcome->stopped;
	if (summary->n_workers == 0) {
		summary->n_workers = outcome->n_workers;
		summary->confinement = outcome->confinement;
	}
}

enum rq_err scan_processes_summarise(struct scan_processes *processes,
				     const char *const *words, size_t n_words,
				     struct summary *summary)
{
	bool all_there = true;
	char text[40];

	add_counts(processes, summary);
	processes->scope =
	    alloc_array(n_words + processes->n_ids + 1, sizeof *processes->scope);
	if (processes->scope == NULL)
		return RQ_ERR_MEMORY;
	for (size_t i = 0; i < n_words; i++)
		all_there = add_word(processes, words[i]) && all_there;
	for (size_t i = 0; i < processes->n_ids; i++) {
		snprintf(text, sizeof text, "--pid %" PRIu64, processes->ids[i]);
		all_there = add_word(processes, text) && all_there;
	}
	if (processes->all)
		all_there = add_word(processes, "--processes") && all_there;
	summary->scope = (const char *const *)processes->scope;
	summary->n_scope = processes->n_scope;
	return all_there ? RQ_OK : RQ_ERR_MEMORY;
}

uint64_t scan_processes_time_left(const struct scan_processes *processes,
				  uint64_t limit_ms)
{
	uint64_t used_ms = (uint64_t)(processes->outcome.seconds * 1000);

	return used_ms < limit_ms ? limit_ms - used_ms : 1;
}
