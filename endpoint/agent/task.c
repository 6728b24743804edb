#include "endpoint/agent/task.h"

#include "bytes/alloc.h"
#include "endpoint/agent/kits.h"
#include "endpoint/scan_told.h"
#include "os/file.h"
#include "os/guard.h"
#include "os/host.h"
#include "os/posture.h"

#include <stdio.h>
#include <string.h>

enum { MAX_WORDS = 3 * CAP_KIT_FILES + CAP_LEASE_PATHS + 32 };

struct task {
	const struct agent_work *work;
	const char *folder;
	const struct disk *kits;
	struct link *link;
	uint64_t n_bytes; /* of findings */
	bool is_cut, has_failed, has_ended;
};

/* ---- frames ---- */

enum rq_err task_decode(struct bytes frame, struct task_told *told_out)
{
	struct reader r = reader_over(frame.at, frame.n);
	uint32_t n;
	enum rq_err err;

	*told_out = (struct task_told){.what = reader_u8(&r)};
	if (told_out->what == TASK_FINDING) {
		told_out->line = reader_bytes(&r, reader_left(&r));
		return told_out->line.n > 0 ? RQ_OK : RQ_ERR_FORMAT;
	}
	if (told_out->what == TASK_PAUSED)
		return reader_done(&r) ? RQ_OK : RQ_ERR_FORMAT;
	n = reader_u32le(&r);
	err = sweep_gaps_decode(reader_bytes(&r, n), &told_out->gaps);
	if (err == RQ_OK)
		err =
		    sweep_end_decode(reader_bytes(&r, reader_left(&r)), &told_out->end);
	return told_out->what == TASK_END ? err : RQ_ERR_FORMAT;
}

static void send_frame(struct task *task, struct buffer *frame)
{
	if (!buffer_ok(frame) || link_send(task->link, buffer_bytes(frame)) != RQ_OK ||
	    link_flush(task->link) != RQ_OK)
		task->has_failed = true;
	buffer_free(frame);
	if (task->has_failed)
		host_interrupt();
}

/* ---- what raquet scan tells ---- */

static void tell_finding(void *self, struct bytes line)
{
	struct task *task = self;
	uint64_t most = task->work->lease->budget.result_bytes;
	struct buffer frame = {0};

	task->n_bytes += line.n;
	/* what was found is told; the sweep ends there, and says so as a gap */
	if (most > 0 && task->n_bytes > most && !task->is_cut) {
		task->is_cut = true;
		host_interrupt();
	}
	buffer_u8(&frame, TASK_FINDING);
	buffer_put(&frame, line.at, line.n);
	send_frame(task, &frame);
}

static void tell_end(void *self, const struct summary *summary, struct bytes line)
{
	struct task *task = self;
	struct sweep_end end = {.campaign = task->work->lease->campaign,
				.verdict = (uint8_t)summary_verdict(summary),
				.started_ms = summary->started_ms,
				.ended_ms = summary->ended_ms,
				.n_seen = summary->n_seen,
				.n_scanned = summary->n_scanned,
				.n_found = summary->n_found,
				.n_findings = summary->n_findings,
				.bytes_scanned = summary->bytes_scanned,
				.summary = line};
	struct sweep_gaps gaps;
	struct buffer frame = {0}, gap_bytes = {0};

	if (host_interrupted() && !task->is_cut) {
		buffer_u8(&frame, TASK_PAUSED);
		send_frame(task, &frame);
		return;
	}
	for (size_t i = 0; i < N_GAP_REASONS; i++) {
		gaps.n[i] = summary->n_gaps[i];
		end.n_gaps += summary->n_gaps[i];
	}
	posture_usage(&end.peak_memory_bytes, &end.cpu_ms);
	sweep_gaps_encode(&gaps, &gap_bytes);
	buffer_u8(&frame, TASK_END);
	buffer_u32le(&frame, (uint32_t)gap_bytes.size);
	buffer_put(&frame, gap_bytes.data, gap_bytes.size);
	sweep_end_encode(&end, &frame);
	buffer_free(&gap_bytes);
	task->has_ended = true;
	send_frame(task, &frame);
}

/* ---- the words of raquet scan ---- */

struct task_words {
	char *at[MAX_WORDS];
	size_t n;
	struct buffer texts[MAX_WORDS];
	bool failed;
};

static void put_words(struct task_words *words, const char *option, struct bytes value)
{
	struct buffer *text = &words->texts[words->n];

	if (words->n + 2 > MAX_WORDS) {
		words->failed = true;
		return;
	}
	if (option != NULL) {
		buffer_text(text, option);
		if (value.at != NULL)
			buffer_u8(text, '=');
	}
	buffer_put(text, value.at, value.n);
	buffer_u8(text, 0);
	words->failed |= !buffer_ok(text);
	words->at[words->n++] = (char *)text->data;
}

static void put_flag(struct task_words *words, const char *option, bool given)
{
	if (given)
		put_words(words, option, (struct bytes){NULL, 0});
}

static void put_number(struct task_words *words, const char *option, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	if (value > 0)
		put_words(words, option, bytes_of(text));
}

static void path_in(struct buffer *to, const char *folder, const char *what,
		    uint64_t job)
{
	buffer_clear(to);
	buffer_format(to, "%s/%s-%016llx", folder, what, (unsigned long long)job);
	buffer_u8(to, 0);
}

static enum rq_err write_in(const char *folder, struct bytes name, struct bytes data,
			    struct buffer *path)
{
	buffer_clear(path);
	buffer_format(path, "%s/", folder);
	buffer_put(path, name.at, name.n);
	buffer_u8(path, 0);
	return buffer_ok(path) ? file_write_atomic((const char *)path->data, data, NULL)
			       : RQ_ERR_MEMORY;
}

/* Read whole, compared, and laid down under its own name, where nobody else writes. */
static enum rq_err lay_down(struct task *task, const struct kit_file *row,
			    const char *folder, const char *option,
			    struct task_words *words)
{
	char name[KIT_NAME_ON_DISK];
	struct buffer data = {.max = CAP_KIT_BYTES}, path = {0};
	bool fits = false;
	enum rq_err err;

	kits_file_name(row->sha256, name);
	err = disk_read_whole(task->kits, name, &data);
	if (err == RQ_OK)
		err = kit_fits(row, buffer_bytes(&data), &fits);
	if (err == RQ_OK && !fits)
		err = RQ_ERR_FORMAT;
	if (err == RQ_OK)
		err = write_in(folder, row->name, buffer_bytes(&data), &path);
	if (err == RQ_OK)
		put_words(words, option, (struct bytes){path.data, path.size - 1});
	buffer_free(&data);
	buffer_free(&path);
	return err;
}

static enum rq_err put_kit(struct task *task, const char *folder,
			   struct task_words *words)
{
	static const char *const options[N_KIT_FILE_KINDS] = {
	    [KIT_RULES] = "--rules",
	    [KIT_INDICATORS] = "--ioc",
	    [KIT_ARTEFACTS] = "--artefacts",
	    [KIT_SCOPE] = "--scope",
	};
	const struct agent_work *work = task->work;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; err == RQ_OK && i < work->kit->n_files; i++) {
		const struct kit_file *row = &work->kit->files[i];

		if (options[row->kind] == NULL ||
		    (row->kind == KIT_SCOPE && work->lease->scope.n > 0))
			continue;
		err = lay_down(task, row, folder, options[row->kind], words);
	}
	return err;
}

static void put_budget(const struct lease *lease, struct task_words *words)
{
	uint32_t of_core = lease->budget.cpu_percent, n_cpus = host_n_cpus();

	put_words(words, "--polite", (struct bytes){NULL, 0});
	put_number(words, "--time-limit", (lease->budget.time_ms + 999) / 1000);
	if (of_core > 0) {
		put_number(words, "--threads", (of_core + 99) / 100);
		put_number(words, "--max-cpu",
			   of_core / n_cpus > 0 ? of_core / n_cpus : 1);
	}
}

static enum rq_err put_all(struct task *task, const char *folder,
			   struct task_words *words)
{
	const struct lease *lease = task->work->lease;
	struct buffer path = {0};
	bool all = lease->options & LEASE_ALL,
	     memory = lease->options & LEASE_PROCESSES;
	enum rq_err err = put_kit(task, folder, words);

	put_budget(lease, words);
	put_flag(words, "--all", all);
	put_flag(words, "--processes", memory);
	put_flag(words, "--persistence", lease->options & LEASE_START);
	put_flag(words, "--hash-all", lease->options & LEASE_HASH_ALL);
	put_flag(words, "--strings", lease->options & LEASE_STRINGS);
	put_words(words, "--lang", BYTES_LITERAL("en"));
	if (err == RQ_OK && lease->scope.n > 0) {
		err = write_in(folder, BYTES_LITERAL(".scope"), lease->scope, &path);
		put_words(words, "--scope", (struct bytes){path.data, path.size - 1});
	}
	if (all ||
	    !memory) { /* which files memory has mapped is another matter each time */
		path_in(&path, task->folder, "journal", lease->job);
		put_words(words, "--resume", (struct bytes){path.data, path.size - 1});
	}
	put_words(words, "--", (struct bytes){NULL, 0});
	for (size_t i = 0; !all && i < lease->n_paths; i++)
		put_words(words, NULL, lease->paths[i]);
	buffer_free(&path);
	return words->failed ? RQ_ERR_MEMORY : err;
}

/* ---- the process ---- */

static int run(void *context, struct link *link)
{
	struct task *task = context;
	struct task_words *words = alloc_array(1, sizeof *words);
	const struct report_listener listener = {task, tell_finding, tell_end};
	const struct scan_told told = {&listener, task->work->lease->budget.file_bytes};
	struct buffer folder = {0};
	enum rq_err err;

	task->link = link;
	if (words == NULL)
		return EXIT_OURS;
	path_in(&folder, task->folder, "run", task->work->lease->job);
	err = buffer_ok(&folder)
		  ? guard_give((const char *)folder.data, true, 0, 0, NULL)
		  : RQ_ERR_MEMORY;
	if (err == RQ_OK)
		err = put_all(task, (const char *)folder.data, words);
	if (err != RQ_OK)
		return EXIT_OURS;
	(void)scan_run_told(&(struct words){words->n, words->at}, &told);
	return task->has_failed ? EXIT_OURS : EXIT_CLEAN;
}

enum rq_err task_start(const struct agent_work *work, const char *folder,
		       const struct disk *kits, struct link **link_out,
		       struct rq_diag *diag)
{
	struct task task = {.work = work, .folder = folder, .kits = kits};

	return link_fork(run, &task, link_out, diag);
}

void task_clean(const char *folder, uint64_t job)
{
	struct buffer path = {0}, inside = {0};
	struct folder *run = NULL;
	struct folder_entry entry;

	/* what stays is a few kilobytes that the next job of that number overwrites */
	path_in(&path, folder, "journal", job);
	if (buffer_ok(&path))
		(void)!file_remove((const char *)path.data);
	path_in(&path, folder, "run", job);
	if (buffer_ok(&path) &&
	    folder_open((const char *)path.data, &run, NULL, NULL) == RQ_OK)
		while (folder_next(run, &entry) == RQ_OK) {
			buffer_clear(&inside);
			buffer_format(&inside, "%s/%s", (const char *)path.data,
				      entry.name);
			buffer_u8(&inside, 0);
			if (buffer_ok(&inside))
				(void)!file_remove((const char *)inside.data);
		}
	folder_close(run);
	if (buffer_ok(&path))
		(void)!guard_remove_folder((const char *)path.data);
	buffer_free(&path);
	buffer_free(&inside);
}
