#include "bytes/test.h"

#include "format/zip.h"
#include "format/zip_sample.h"

static struct zip_sample_member plain[] = {{.name = "a.txt", .data = "first"},
					   {.name = "b/c.txt", .data = "second"}};
static struct zip_sample_member locked[] = {
    {.name = "a.txt", .data = "first"},
    {.name = "b.txt", .data = "second", .local_flags = 1, .flags = 1}};

/* All names, each with a comma, "!" before one that needs a password; "damaged" at the
 * end when it is. */
static void lists(struct bytes file, const char *want)
{
	struct buffer names = {0};
	struct zip_member member;
	struct zip zip;
	enum rq_err err;

	assert_true(zip_open(file, &zip));
	while ((err = zip_next(&zip, &member)) == RQ_OK) {
		buffer_text(&names, member.is_encrypted ? "!" : "");
		buffer_put(&names, member.name.at, member.name.n);
		buffer_text(&names, ",");
	}
	buffer_text(&names, err == RQ_ERR_FORMAT ? "damaged" : "");
	buffer_u8(&names, 0);
	assert_string_equal(names.data, want);
	buffer_free(&names);
}

static void an_archive_lists_its_members(void **state)
{
	struct buffer file = {0};

	(void)state;
	zip_sample(&file, plain, 2, "");
	lists(buffer_bytes(&file), "a.txt,b/c.txt,");
	assert_false(zip_is_encrypted(buffer_bytes(&file)));
	buffer_clear(&file);
	zip_sample(&file, plain, 0, "");
	lists(buffer_bytes(&file), "");
	buffer_clear(&file);
	zip_sample(&file, locked, 2, "with a comment");
	lists(buffer_bytes(&file), "a.txt,!b.txt,");
	assert_true(zip_is_encrypted(buffer_bytes(&file)));
	buffer_free(&file);
}

static void an_archive_may_stand_behind_a_program(void **state)
{
	struct buffer file = {0};

	(void)state;
	buffer_text(&file, "MZ and more of a program");
	zip_sample(&file, locked, 2, "");
	lists(buffer_bytes(&file), "a.txt,!b.txt,");
	assert_true(zip_is_encrypted(buffer_bytes(&file)));
	buffer_free(&file);
}

/* Who hides the flag in one of the two places is found by the other. */
static void either_header_may_tell_the_password(void **state)
{
	static const struct {
		const char *name;
		struct zip_sample_member member;
	} cases[] = {
	    {"the directory", {.name = "a", .data = "x", .flags = 1}},
	    {"the member", {.name = "a", .data = "x", .local_flags = 1}},
	    {"the method", {.name = "a", .data = "x", .method = 99}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct zip_sample_member member = cases[i].member;
		struct buffer file = {0};

		zip_sample(&file, &member, 1, "");
		if (!zip_is_encrypted(buffer_bytes(&file)))
			fail_msg("%s", cases[i].name);
		buffer_free(&file);
	}
}

/* One member, of which the end record tells n, size and offset off by that much. */
static const struct {
	const char *name;
	int n, size, offset;
	bool opens;
} wrong[] = {
    {"more entries than it says", -1, 0, 0, true},
    {"fewer entries than it says", 1, 0, 0, true},
    {"a directory that begins too early", 0, 4, -4, true},
    {"a directory behind its end", 0, 0, 1, false},
    {"a directory larger than the file", 0, 1000, 0, false},
};

static void a_directory_that_does_not_fit_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct zip_sample_member member = {
		    .name = "a", .data = "x", .local_flags = 1, .flags = 1};
		struct zip_member got;
		struct buffer file = {0};
		struct zip zip;
		enum rq_err err = RQ_OK;
		size_t start;

		zip_sample_member(&file, &member);
		start = file.size;
		zip_sample_entry(&file, &member, 0);
		zip_sample_end(&file, (uint16_t)(1 + wrong[i].n),
			       (uint32_t)((int)(file.size - start) + wrong[i].size),
			       (uint32_t)((int)start + wrong[i].offset), "");
		if (zip_open(buffer_bytes(&file), &zip) != wrong[i].opens)
			fail_msg("%s", wrong[i].name);
		while (wrong[i].opens && err == RQ_OK)
			err = zip_next(&zip, &got);
		if (wrong[i].opens && err != RQ_ERR_FORMAT)
			fail_msg("%s", wrong[i].name);
		/* what its first member needs is told all the same */
		assert_true(zip_is_encrypted(buffer_bytes(&file)));
		buffer_free(&file);
	}
}

static void an_archive_of_64_bits(void **state)
{
	struct zip_sample_member member = {.name = "a", .data = "x", .flags = 1};
	struct buffer file = {0};
	size_t start, end;

	(void)state;
	zip_sample_member(&file, &member);
	start = file.size;
	zip_sample_entry(&file, &member, 0);
	end = file.size;
	buffer_u32le(&file, 0x06064b50);
	buffer_u64le(&file, 44);
	buffer_u32le(&file, 0); /* versions */
	buffer_u64le(&file, 0); /* disks */
	buffer_u64le(&file, 1);
	buffer_u64le(&file, 1);
	buffer_u64le(&file, end - start);
	buffer_u64le(&file, start);
	buffer_u32le(&file, 0x07064b50);
	buffer_u32le(&file, 0);
	buffer_u64le(&file, end);
	buffer_u32le(&file, 1);
	zip_sample_end(&file, 0xffff, 0xffffffff, 0xffffffff, "");
	lists(buffer_bytes(&file), "!a,");
	buffer_free(&file);
}

static void what_is_no_archive_has_no_password(void **state)
{
	static const char *const files[] = {"", "PK", "PK\3\4", "hello",
					    "PK\5\6 and a lot of text behind it, more"};
	struct zip zip;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_false(zip_open(bytes_of(files[i]), &zip));
		assert_false(zip_is_encrypted(bytes_of(files[i])));
	}
}

TEST_MAIN(cmocka_unit_test(an_archive_lists_its_members),
	  cmocka_unit_test(an_archive_may_stand_behind_a_program),
	  cmocka_unit_test(either_header_may_tell_the_password),
	  cmocka_unit_test(a_directory_that_does_not_fit_is_damaged),
	  cmocka_unit_test(an_archive_of_64_bits),
	  cmocka_unit_test(what_is_no_archive_has_no_password))
