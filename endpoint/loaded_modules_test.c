/* Modules of a system that lies in a folder. */
#include "bytes/test.h"

#include "endpoint/loaded_modules.h"
#include "endpoint/sweep_scene.h"

#include <string.h>
#include <sys/utsname.h>

static void hear_module(void *listener, struct bytes path,
			const struct artefact_hits *hits, struct finding *own)
{
	struct buffer *told = listener;

	buffer_put(told, path.at, path.n);
	for (size_t i = 0; i < hits->n; i++)
		buffer_format(told, " entry %u", hits->items[i].entry);
	if (own != NULL) {
		assert_true(bytes_equal_text(own->rule, "module_not_installed"));
		assert_non_null(finding_meta(own, "advice"));
		assert_int_equal(finding_meta(own, "score")->integer, 60);
		buffer_text(told, finding_meta(own, "reason") != NULL ? " unsigned"
								      : " foreign");
	}
	buffer_u8(told, '\n');
}

static void hear_gap(void *listener, const struct sweep_gap *gap)
{
	struct buffer *told = listener;

	buffer_text(told, "gap ");
	buffer_put(told, gap->path.at, gap->path.n);
	buffer_u8(told, '\n');
}

static const char pack[] =
    "pack: own\ndate: 2026-01-01\n[listed]\npersistence: modules\n"
    "command: diamond*\nseverity: high\ndescription.vi: a\ndescription.en: b\n"
    "advice.vi: c\nadvice.en: d\n";

static void expect(const char *wanted)
{
	struct buffer told = {0};
	const struct module_sink sink = {&told, hear_module, hear_gap};
	struct artefact_set set = {0};
	struct artefact_fault fault;
	struct arena *arena;

	assert_int_equal(arena_new(1 << 22, &arena), RQ_OK);
	assert_int_equal(artefact_pack_read(arena, bytes_of(pack), &set, &fault),
			 RQ_OK);
	assert_int_equal(loaded_modules_look(scene_top, &set, LANGUAGE_EN, &sink),
			 RQ_OK);
	buffer_u8(&told, 0);
	assert_string_equal((const char *)told.data, wanted);
	buffer_free(&told);
	arena_free(arena);
}

static void put_lists(const char *dep, const char *builtin)
{
	char folder[128], path[200];
	struct utsname kernel;

	assert_int_equal(uname(&kernel), 0);
	scene_folder("lib");
	scene_folder("lib/modules");
	snprintf(folder, sizeof folder, "lib/modules/%s", kernel.release);
	scene_folder(folder);
	snprintf(path, sizeof path, "%s/modules.dep", folder);
	scene_put(path, dep);
	snprintf(path, sizeof path, "%s/modules.builtin", folder);
	if (builtin != NULL)
		scene_put(path, builtin);
}

static void put_loaded(void)
{
	scene_folder("proc");
	scene_put("proc/modules", "ext4 1 1 - Live 0x0\nsnd_seq 1 1 - Live 0x0\n"
				  "tpm 1 1 - Live 0x0\nevil 1 0 - Live 0x0 (OE)\n"
				  "mine 1 0 - Live 0x0 (O)\n"
				  "diamond_x 1 0 - Live 0x0\n");
}

static void what_no_installer_put_there_is_told(void **state)
{
	(void)state;
	put_loaded();
	put_lists("kernel/fs/ext4.ko.xz: a/crc16.ko\nkernel/snd-seq.ko:\n",
		  "kernel/tpm.ko\n");
	expect("module:evil unsigned\nmodule:mine foreign\n"
	       "module:diamond_x entry 0 foreign\n");
}

static void without_a_list_only_packs_speak(void **state)
{
	(void)state;
	put_loaded();
	expect("gap /lib/modules\nmodule:diamond_x entry 0\n");
	/* half of it would make strangers of the other half */
	put_lists("kernel/fs/ext4.ko.xz:\n", NULL);
	expect("gap /lib/modules\nmodule:diamond_x entry 0\n");
}

static void a_kernel_without_modules_has_nothing_to_tell(void **state)
{
	(void)state;
	expect("");
	scene_folder("proc");
	scene_put("proc/modules", "");
	expect("");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scene_make, scene_remove)

TEST_MAIN(CASE(what_no_installer_put_there_is_told),
	  CASE(without_a_list_only_packs_speak),
	  CASE(a_kernel_without_modules_has_nothing_to_tell))
