#include "endpoint/loaded_modules.h"

#include "artefact/module_list.h"
#include "bytes/cap.h"
#include "os/kernel_module.h"

enum { SCORE = 60 };

struct look {
	struct arena *arena;
	const struct artefact_set *set;
	enum language language;
	const struct module_sink *sink;
	struct module_names installed;
};

static void fill_finding(const struct look *look, const struct loaded_module *module,
			 struct bytes path, struct finding_meta metas[4],
			 struct finding *finding)
{
	static const char *const description[N_LANGUAGES] = {
	    "nhân hệ điều hành đã nạp một mô-đun không thuộc các mô-đun được cài đặt",
	    "the kernel runs a module that is none of those installed for it"};
	static const char *const advice[N_LANGUAGES] = {
	    "Không tắt máy. Báo cán bộ CNTT: mô-đun như vậy có toàn quyền trên máy và "
	    "có thể ẩn phần mềm độc hại.",
	    "Do not switch the machine off. Tell the IT officer: such a module may do "
	    "anything on this machine, and can hide malware."};
	static const char *const unsigned_[N_LANGUAGES] = {
	    "mô-đun không có chữ ký mà nhân tin cậy",
	    "it has no signature that the kernel trusts"};
	size_t n = 0;

	metas[n++] =
	    (struct finding_meta){.key = bytes_of("description"),
				  .kind = FINDING_META_TEXT,
				  .text = bytes_of(description[look->language])};
	metas[n++] = (struct finding_meta){.key = bytes_of("advice"),
					   .kind = FINDING_META_TEXT,
					   .text = bytes_of(advice[look->language])};
	metas[n++] = (struct finding_meta){
	    .key = bytes_of("score"), .kind = FINDING_META_INT, .integer = SCORE};
	if (module->is_unsigned)
		metas[n++] =
		    (struct finding_meta){.key = bytes_of("reason"),
					  .kind = FINDING_META_TEXT,
					  .text = bytes_of(unsigned_[look->language])};
	*finding = (struct finding){.kind = FINDING_ARTEFACT,
				    .path = path,
				    .rule = bytes_of("module_not_installed"),
				    .name_space = bytes_of("modules"),
				    .metas = metas,
				    .n_metas = n};
}

static enum rq_err look_at(const struct look *look, const struct loaded_module *module)
{
	const struct artefact_fact fact = {.kind = ARTEFACT_PERSISTENCE,
					   .name = BYTES_LITERAL("modules"),
					   .command = module->name,
					   .schedule = BYTES_LITERAL("loaded")};
	bool is_foreign =
	    look->installed.n > 0 && !module_names_have(&look->installed, module->name);
	struct artefact_hits hits = {0};
	struct finding_meta metas[4];
	struct finding own;
	const char *path;
	enum rq_err err = artefact_match_fact(look->set, &fact, look->arena, &hits);

	if (err != RQ_OK || (hits.n == 0 && !is_foreign))
		return err;
	path = arena_format(look->arena, "module:%.*s", (int)module->name.n,
			    (const char *)module->name.at);
	if (path == NULL)
		return RQ_ERR_MEMORY;
	fill_finding(look, module, bytes_of(path), metas, &own);
	look->sink->module(look->sink->listener, bytes_of(path), &hits,
			   is_foreign ? &own : NULL);
	return RQ_OK;
}

static void tell_gap(const struct look *look, const char *path, const char *detail)
{
	const struct sweep_gap gap = {
	    .path = bytes_of(path), .reason = GAP_UNREADABLE, .detail = detail};

	look->sink->gap(look->sink->listener, &gap);
}

static enum rq_err look_at_all(struct look *look, struct bytes loaded,
			       struct bytes installed)
{
	struct reader text = reader_over(loaded.at, loaded.n);
	struct loaded_module module;
	enum rq_err err = module_names_add(&look->installed, installed, look->arena);

	module_names_sort(&look->installed);
	if (err == RQ_OK && look->installed.n == 0 && loaded.n > 0)
		tell_gap(look, "/lib/modules",
			 "loaded modules cannot be compared with those installed");
	while (err == RQ_OK && loaded_module_next(&text, &module))
		err = look_at(look, &module);
	return err;
}

enum rq_err loaded_modules_look(const char *root, const struct artefact_set *set,
				enum language language, const struct module_sink *sink)
{
	struct look look = {.set = set, .language = language, .sink = sink};
	struct buffer loaded = {0}, installed = {0};
	enum rq_err err = arena_new(CAP_ARTEFACT_MEMORY, &look.arena);
	enum rq_err read = RQ_OK;

	if (err == RQ_OK)
		read = kernel_module_lists(root, &loaded, &installed);
	if (err == RQ_OK && read == RQ_OK)
		err =
		    look_at_all(&look, buffer_bytes(&loaded), buffer_bytes(&installed));
	else if (err == RQ_OK && read != RQ_ERR_NOT_FOUND && read != RQ_ERR_UNSUPPORTED)
		tell_gap(&look, "/proc/modules", rq_err_text(read));
	buffer_free(&loaded);
	buffer_free(&installed);
	arena_free(look.arena);
	return err;
}
