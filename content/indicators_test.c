/* The lists that come with the program are read without a refusal, in either case. */
#include "bytes/test.h"

#include "bytes/cap.h"
#include "indicator/read.h"
#include "os/file.h"

static struct buffer read_list(const char *path)
{
	struct buffer text = {0};

	assert_int_equal(file_read_whole(path, &text, NULL), RQ_OK);
	return text;
}

static void expect(const char *name, struct bytes text, size_t n_md5, size_t n_sha1,
		   size_t n_sha256)
{
	struct indicator_read_options options = {
	    .format = indicator_format_of(bytes_of(name), text)};
	struct indicator_list *list;

	assert_int_equal(options.format, INDICATOR_HASHES);
	assert_int_equal(indicator_list_new(&list), RQ_OK);
	assert_int_equal(indicator_read(list, bytes_of(name), text, &options), RQ_OK);
	assert_int_equal(list->refused.n_all, 0);
	assert_int_equal(list->digests[INDICATOR_MD5].n, n_md5);
	assert_int_equal(list->digests[INDICATOR_SHA1].n, n_sha1);
	assert_int_equal(list->digests[INDICATOR_SHA256].n, n_sha256);
	indicator_list_free(list);
}

static void signsight_has_five_files_in_three_digests_each(void **state)
{
	struct buffer text = read_list("content/indicators/signsight.txt");

	(void)state;
	expect("signsight.txt", buffer_bytes(&text), 5, 5, 5);
	for (size_t i = 0; i < text.size; i++)
		text.data[i] = (uint8_t)toupper(text.data[i]);
	expect("signsight.txt", buffer_bytes(&text), 5, 5, 5);
	buffer_free(&text);
}

static void relatives_stand_apart(void **state)
{
	struct buffer text = read_list("content/indicators/signsight-family.txt");
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < text.size; i++)
		n += text.data[i] == '\n';
	expect("signsight-family.txt", buffer_bytes(&text), 0, 0, n - 1);
	buffer_free(&text);
}

TEST_MAIN(cmocka_unit_test(signsight_has_five_files_in_three_digests_each),
	  cmocka_unit_test(relatives_stand_apart))
