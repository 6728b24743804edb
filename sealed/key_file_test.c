#include "bytes/test.h"

#include "os/file.h"
#include "sealed/key_file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char folder[] = "/tmp/raquet-key-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void write_text(const char *path, const char *text)
{
	assert_int_equal(file_write_atomic(path, bytes_of(text), NULL), RQ_OK);
}

static const struct {
	const char *name, *text;
	enum rq_err wanted;
} cases[] = {
    {"as we write it", "raquet-copy-key-1 " HEX64 "\n", RQ_OK},
    {"without its line end", "raquet-copy-key-1 " HEX64, RQ_OK},
    {"with the line end of Windows", "raquet-copy-key-1 " HEX64 "\r\n", RQ_OK},
    {"a key of another kind", "raquet-centre-private-key-1 " HEX64 "\n", RQ_ERR_FORMAT},
    {"a digit too few", "raquet-copy-key-1 0" HEX64 "\n", RQ_ERR_FORMAT},
    {"a digit too many", "raquet-copy-key-1 " HEX64 "0\n", RQ_ERR_FORMAT},
    {"no hex digit",
     "raquet-copy-key-1 g0112233445566778899aabbccddeeff00112233445566"
     "778899aabbccddeeff\n",
     RQ_ERR_FORMAT},
    {"two lines", "raquet-copy-key-1 " HEX64 "\n\n", RQ_ERR_FORMAT},
    {"nothing", "", RQ_ERR_FORMAT},
};

static void only_a_key_of_that_kind_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path = in_folder("key");
		struct rq_diag diag;
		uint8_t key[32];

		write_text(path, cases[i].text);
		if (key_file_read(path, KEY_FILE_COPY, key, &diag) != cases[i].wanted)
			fail_msg("%s", cases[i].name);
		assert_true(cases[i].wanted != RQ_OK || key[1] == 0x11);
		assert_int_equal(unlink(path), 0);
	}
}

static void a_key_is_made_once_and_for_its_owner(void **state)
{
	const char *path = in_folder("made");
	const uint8_t key[32] = {1}, other[32] = {2};
	uint8_t got[32];
	struct stat st;

	(void)state;
	assert_int_equal(key_file_make(path, KEY_FILE_CENTRE_PRIVATE, key, NULL),
			 RQ_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(key_file_make(path, KEY_FILE_CENTRE_PRIVATE, other, NULL),
			 RQ_ERR_USAGE);
	assert_int_equal(key_file_read(path, KEY_FILE_CENTRE_PRIVATE, got, NULL),
			 RQ_OK);
	assert_memory_equal(got, key, 32);
	assert_int_equal(unlink(path), 0);
}

static void a_copy_keeps_its_key(void **state)
{
	uint8_t first[32], again[32];
	struct buffer path = {0};
	bool is_beside;

	(void)state;
	/* what a power cut at the first use leaves */
	write_text(in_folder("copy"), "");
	assert_int_equal(
	    copy_key_find(in_folder("copy"), first, &path, &is_beside, NULL), RQ_OK);
	buffer_clear(&path);
	assert_int_equal(
	    copy_key_find(in_folder("copy"), again, &path, &is_beside, NULL), RQ_OK);
	assert_memory_equal(first, again, 32);
	assert_string_equal((const char *)path.data, in_folder("copy"));
	buffer_clear(&path);
	write_text(in_folder("copy"), "raquet-copy-key-1 00");
	assert_int_equal(
	    copy_key_find(in_folder("copy"), again, &path, &is_beside, NULL),
	    RQ_ERR_FORMAT);
	assert_int_equal(unlink(in_folder("copy")), 0);
	/* and a link in its place is not followed to something new */
	assert_int_equal(symlink("elsewhere", in_folder("link")), 0);
	buffer_clear(&path);
	assert_int_not_equal(
	    copy_key_find(in_folder("link"), again, &path, &is_beside, NULL), RQ_OK);
	assert_int_equal(access(in_folder("elsewhere"), F_OK), -1);
	assert_int_equal(unlink(in_folder("link")), 0);
	buffer_free(&path);
}

static const struct {
	const char *name, *text;
	enum rq_err wanted;
	size_t n;
} codes[] = {
    {"a line", "correct horse\n", RQ_OK, 13},
    {"spaces belong to it", " correct horse \r\n", RQ_OK, 15},
    {"too short to keep", "short\n", RQ_ERR_FORMAT, 0},
    {"two lines", "correct horse\nbattery\n", RQ_ERR_FORMAT, 0},
    {"empty", "", RQ_ERR_FORMAT, 0},
};

static void a_code_is_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct buffer code;

		write_text(in_folder("code"), codes[i].text);
		if (unit_code_read(in_folder("code"), &code, NULL) != codes[i].wanted)
			fail_msg("%s", codes[i].name);
		if (codes[i].wanted == RQ_OK)
			assert_int_equal(code.size, codes[i].n);
		key_file_forget(&code);
		assert_int_equal(unlink(in_folder("code")), 0);
	}
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_a_key_of_that_kind_is_read),
	    cmocka_unit_test(a_key_is_made_once_and_for_its_owner),
	    cmocka_unit_test(a_copy_keeps_its_key),
	    cmocka_unit_test(a_code_is_one_line),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
