#include "bytes/test.h"

#include "artefact/module_list.h"

static void a_line_is_a_loaded_module(void **state)
{
	static const char text[] =
	    "ext4 1015808 1 - Live 0x0000000000000000\n"
	    "nf_tables 303104 120 nft_ct,nft_chain_nat, Live 0x0000000000000000\n"
	    "\n"
	    "EVE 16384 0 - Live 0x0000000000000000 (OE)\n"
	    "mine 16384 0 - Live 0x0000000000000000 (O)\n"
	    "torn";
	static const struct {
		const char *name;
		bool is_unsigned;
	} wanted[] = {{"ext4", false},
		      {"nf_tables", false},
		      {"EVE", true},
		      {"mine", false},
		      {"torn", false}};
	struct reader r = reader_over(text, sizeof text - 1);
	struct loaded_module module;

	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_true(loaded_module_next(&r, &module));
		assert_true(bytes_equal_text(module.name, wanted[i].name));
		assert_int_equal(module.is_unsigned, wanted[i].is_unsigned);
	}
	assert_false(loaded_module_next(&r, &module));
}

static void installed_modules_are_known_by_their_files(void **state)
{
	static const char dep[] =
	    "kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz kernel/a/jbd2.ko.xz\n"
	    "updates/dkms/v4l2-loopback.ko:\n"
	    "kernel/lib/crc16.ko.xz:\n";
	static const char builtin[] = "kernel/drivers/char/tpm/tpm.ko\n";
	static const char *const known[] = {"ext4", "v4l2_loopback", "crc16", "tpm"};
	static const char *const unknown[] = {"ext", "ext44", "jbd2", "", "evil"};
	struct module_names names = {0};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(1 << 20, &arena), RQ_OK);
	assert_false(module_names_have(&names, BYTES_LITERAL("ext4")));
	assert_int_equal(module_names_add(&names, bytes_of(dep), arena), RQ_OK);
	assert_int_equal(module_names_add(&names, bytes_of(builtin), arena), RQ_OK);
	module_names_sort(&names);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_true(module_names_have(&names, bytes_of(known[i])));
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_false(module_names_have(&names, bytes_of(unknown[i])));
	arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(a_line_is_a_loaded_module),
	  cmocka_unit_test(installed_modules_are_known_by_their_files))
