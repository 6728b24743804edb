#include "endpoint/process_finding.h"

#include "bytes/cap.h"

#include <inttypes.h>
#include <string.h>

/* ---- where ---- */

static const struct memory_region *region_at(const struct process_note *process,
					     uint64_t address)
{
	for (size_t i = 0; i < process->n_regions; i++) {
		const struct memory_region *region = &process->regions[i];

		if (address >= region->address &&
		    address - region->address < region->size)
			return region;
	}
	return NULL;
}

static const char *name_of(const struct memory_region *region)
{
	switch (region->kind) {
	case MEMORY_HEAP: return "[heap]";
	case MEMORY_STACK: return "[stack]";
	case MEMORY_NAMELESS:
	case MEMORY_FILE: return (const char *)region->path.at;
	default: return "[anonymous]";
	}
}

static enum rq_err place(const struct process_note *process, uint64_t address,
			 struct arena *arena, struct bytes *text_out)
{
	const struct memory_region *region = region_at(process, address);
	const char *text;

	if (region == NULL)
		text = arena_format(arena, "0x%" PRIx64, address);
	else
		text = arena_format(
		    arena, "%s%s %c%c%c 0x%" PRIx64, name_of(region),
		    region->kind == MEMORY_FILE && region->is_deleted ? " (deleted)"
								      : "",
		    region->protection & MEMORY_READ ? 'r' : '-',
		    region->protection & MEMORY_WRITE ? 'w' : '-',
		    region->protection & MEMORY_EXECUTE ? 'x' : '-', address);
	if (text == NULL)
		return RQ_ERR_MEMORY;
	*text_out = bytes_of(text);
	return RQ_OK;
}

/* ---- metadata ---- */

enum { CONNECTIONS_TOLD = 64 }; /* in one finding; a server has thousands */

struct list {
	struct arena *arena;
	struct finding_meta *metas;
	size_t n, capacity;
	enum rq_err err;
};

static void add(struct list *list, struct finding_meta meta)
{
	if (list->err == RQ_OK &&
	    !arena_grow(list->arena, (void **)&list->metas, &list->capacity,
			list->n + 1, sizeof *list->metas))
		list->err = RQ_ERR_MEMORY;
	if (list->err == RQ_OK)
		list->metas[list->n++] = meta;
}

static void add_text(struct list *list, const char *key, struct bytes text)
{
	if (text.n > 0)
		add(list, (struct finding_meta){.key = bytes_of(key),
						.kind = FINDING_META_TEXT,
						.text = text});
}

static void add_process(struct list *list, const struct process_note *process)
{
	const struct memory_process *about = &process->about;
	const char *parent = arena_format(
	    list->arena, "%" PRIu64 " (%.*s)", about->parent,
	    (int)process->parent_name.n,
	    process->parent_name.n > 0 ? (const char *)process->parent_name.at : "");
	const char *program =
	    arena_format(list->arena, "%s%s",
			 about->program.n > 0 ? (const char *)about->program.at : "",
			 about->program_is_deleted ? " (deleted)" : "");

	if (parent == NULL || program == NULL) {
		list->err = RQ_ERR_MEMORY;
		return;
	}
	add_text(list, "program", bytes_of(program));
	add_text(list, "command_line", about->command);
	add_text(list, "parent", bytes_of(parent));
	for (size_t i = 0; i < process->n_connections && i < CONNECTIONS_TOLD; i++)
		add_text(list, "connection", process->connections[i].text);
}

enum rq_err process_finding_extend(const struct process_note *process,
				   const struct worker_rule *found, struct arena *arena,
				   struct finding *finding)
{
	struct list list = {.arena = arena};
	const struct worker_match *first = NULL;
	struct bytes *chain;
	enum rq_err err = RQ_OK;

	for (size_t i = 0; i < finding->n_metas; i++)
		add(&list, finding->metas[i]);
	add_process(&list, process);
	if (list.err != RQ_OK)
		return list.err;
	finding->metas = list.metas;
	finding->n_metas = list.n;
	for (size_t i = 0; found != NULL && i < found->n_strings && first == NULL; i++)
		if (found->strings[i].n_matches > 0)
			first = found->strings[i].matches;
	if (first == NULL)
		return RQ_OK;
	chain = arena_make(arena, struct bytes);
	if (chain == NULL)
		return RQ_ERR_MEMORY;
	err = place(process, first->offset, arena, chain);
	if (err == RQ_OK) {
		finding->chain = chain;
		finding->n_chain = 1;
	}
	return err;
}

/* ---- code without a file ---- */

enum code {
	CODE_NAMELESS_PROGRAM,
	CODE_TEMPORARY_PROGRAM,
	CODE_DELETED_PROGRAM,
	CODE_NAMELESS,
	CODE_DELETED,
	CODE_WRITABLE,
	CODE_ANONYMOUS,
	N_CODES,
};

static const struct {
	int score;
	const char *sentence[N_LANGUAGES];
} codes[N_CODES] = {
    [CODE_NAMELESS_PROGRAM] = {75,
			       {"chương trình chưa từng là một tệp trên đĩa",
				"the program never was a file on the disk"}},
    [CODE_TEMPORARY_PROGRAM] =
	{70,
	 {"chương trình chạy từ một tệp đã bị xóa trong thư mục tạm",
	  "the program runs from a file in a temporary folder that was deleted"}},
    [CODE_DELETED_PROGRAM] =
	{40,
	 {"chương trình chạy từ một tệp đã bị xóa (thường gặp sau khi cập nhật)",
	  "the program runs from a deleted file (usual after an update)"}},
    [CODE_NAMELESS] = {60,
		       {"mã thực thi trong bộ nhớ không có tên tệp (memfd)",
			"code in a file that never had a name (memfd)"}},
    [CODE_DELETED] = {40,
		      {"mã thực thi từ một tệp đã bị xóa (thường gặp sau khi cập nhật)",
		       "code from a deleted file (usual after an update)"}},
    [CODE_WRITABLE] = {50,
		       {"vùng nhớ vừa ghi được vừa thực thi được",
			"memory that may be written and run at once"}},
    [CODE_ANONYMOUS] = {45,
			{"mã thực thi trong bộ nhớ, không thuộc tệp nào",
			 "code in memory that belongs to no file"}},
};

enum { SCORE_OF_COMPILERS = 20 };

/* Programs that make code as they run; by the name of their file, which has to be
 * there.  A name that ends with '*' stands for all that begin so. */
static const char *const compilers[] = {
    "java",     "node",        "nodejs",       "deno",      "bun",         "dotnet",
    "mono*",    "pwsh",        "firefox*",     "chrome*",   "chromium*",   "msedge*",
    "brave*",   "opera*",      "thunderbird*", "electron*", "code",        "slack",
    "teams*",   "zalo*",       "WebKit*",      "gjs*",      "gnome-shell", "polkitd",
    "cinnamon", "plasmashell", "qemu-*",       "php*",      "luajit*",     "pypy*",
    "ruby*",    "julia",       "erl*",         "beam.smp",  "wine*",       "postgres",
    "Xorg",     "Xwayland",    "soffice.bin",
};

static bool is_named(struct bytes name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] != '*')
		return bytes_equal_text(name, pattern);
	return name.n >= n - 1 && memcmp(name.at, pattern, n - 1) == 0;
}

static bool is_compiler(const struct memory_process *about)
{
	size_t at = file_name_offset(about->program);
	struct bytes name = {about->program.at + at, about->program.n - at};

	if (about->program_is_deleted || name.n == 0)
		return false;
	for (size_t i = 0; i < sizeof compilers / sizeof *compilers; i++)
		if (is_named(name, compilers[i]))
			return true;
	return false;
}

static bool is_below(struct bytes path, const char *folder)
{
	size_t n = strlen(folder);

	return path.n > n && memcmp(path.at, folder, n) == 0;
}

static uint32_t codes_of_program(const struct memory_process *about)
{
	struct bytes path = about->program;

	if (!about->program_is_deleted)
		return 0;
	if (is_below(path, "/memfd:"))
		return 1u << CODE_NAMELESS_PROGRAM;
	if (is_below(path, "/tmp/") || is_below(path, "/var/tmp/") ||
	    is_below(path, "/dev/shm/") || is_below(path, "/run/user/"))
		return 1u << CODE_TEMPORARY_PROGRAM;
	return 1u << CODE_DELETED_PROGRAM;
}

static uint32_t codes_of_region(const struct process_note *process,
				const struct memory_region *region)
{
	if (!(region->protection & MEMORY_EXECUTE))
		return 0;
	/* the program itself was told already */
	if (process->about.program_is_deleted &&
	    bytes_equal(region->path, process->about.program))
		return 0;
	switch (region->kind) {
	case MEMORY_NAMELESS: return 1u << CODE_NAMELESS;
	case MEMORY_FILE: return region->is_deleted ? 1u << CODE_DELETED : 0;
	default:
		return region->protection & MEMORY_WRITE ? 1u << CODE_WRITABLE
							 : 1u << CODE_ANONYMOUS;
	}
}

/* The first region of each sort of code, as evidence. */
static enum rq_err add_reasons(struct list *list, const struct process_note *process,
			       uint32_t set, enum language language)
{
	enum rq_err err = RQ_OK;

	for (uint32_t code = 0; code < N_CODES && err == RQ_OK; code++) {
		struct bytes where = {NULL, 0};
		const char *text;

		if ((set >> code & 1) == 0)
			continue;
		for (size_t i = 0; i < process->n_regions && where.n == 0; i++)
			if (codes_of_region(process, &process->regions[i]) ==
			    1u << code)
				err = place(process, process->regions[i].address,
					    list->arena, &where);
		text = arena_format(
		    list->arena, "%s%s%s", codes[code].sentence[language],
		    where.n > 0 ? ": " : "", where.n > 0 ? (const char *)where.at : "");
		if (text == NULL)
			return RQ_ERR_MEMORY;
		add_text(list, "reason", bytes_of(text));
	}
	return err == RQ_OK ? list->err : err;
}

static struct bytes description_of(uint32_t set, bool is_known, enum language language)
{
	static const char *const known[N_LANGUAGES] = {
	    "chỉ để tham khảo: chương trình tạo mã trong bộ nhớ khi chạy, và chương "
	    "trình này vốn làm như vậy",
	    "only a hint: the program makes code in memory as it runs, which this one "
	    "is known to do"};
	uint32_t code = 0;

	while ((set >> code & 1) == 0)
		code++;
	return bytes_of(is_known ? known[language] : codes[code].sentence[language]);
}

static struct bytes advice_of(bool is_known, enum language language)
{
	static const char *const advice[][N_LANGUAGES] = {
	    {"Không tắt máy. Báo cán bộ CNTT xem chương trình này có được cài đặt hợp "
	     "lệ không.",
	     "Do not switch the machine off. Ask the IT officer whether this program "
	     "was installed rightfully."},
	    {"Không cần làm gì nếu chương trình này được cài đặt hợp lệ.",
	     "Nothing needs to be done when this program was installed rightfully."},
	};

	return bytes_of(advice[is_known][language]);
}

enum rq_err process_finding_code(const struct process_note *process,
				 enum language language, struct arena *arena,
				 struct finding *finding_out)
{
	const uint32_t by_compilers = 1u << CODE_WRITABLE | 1u << CODE_ANONYMOUS;
	uint32_t set = codes_of_program(&process->about);
	struct list list = {.arena = arena};
	bool is_known;
	int score = 0;
	enum rq_err err;

	*finding_out = (struct finding){
	    .kind = FINDING_ARTEFACT,
	    .path = process->path,
	    .rule = bytes_of("process_code_without_file"),
	    .name_space = bytes_of("processes"),
	};
	for (size_t i = 0; i < process->n_regions; i++)
		set |= codes_of_region(process, &process->regions[i]);
	if (set == 0)
		return RQ_ERR_NOT_FOUND;
	is_known = (set & ~by_compilers) == 0 && is_compiler(&process->about);
	for (uint32_t code = 0; code < N_CODES; code++)
		if ((set >> code & 1) != 0 && codes[code].score > score)
			score = codes[code].score;
	add_text(&list, "description", description_of(set, is_known, language));
	add(&list,
	    (struct finding_meta){.key = bytes_of("score"),
				  .kind = FINDING_META_INT,
				  .integer = is_known ? SCORE_OF_COMPILERS : score});
	err = add_reasons(&list, process, set, language);
	if (err == RQ_OK)
		add_text(&list, "advice", advice_of(is_known, language));
	if (err == RQ_OK)
		add_process(&list, process);
	finding_out->metas = list.metas;
	finding_out->n_metas = list.n;
	return err == RQ_OK ? list.err : err;
}
