/* What the digest of the content says: every text that took part. */
#include "bytes/test.h"

#include "crypto/digest.h"
#include "endpoint/rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64], cache[80], outer[80], inner[80], deep[80];

static void put_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static int make(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/raquet-rules-XXXXXX");
	if (mkdtemp(top) == NULL)
		return 1;
	snprintf(cache, sizeof cache, "%s/cache", top);
	snprintf(outer, sizeof outer, "%s/outer.yar", top);
	snprintf(inner, sizeof inner, "%s/inner.yar", top);
	snprintf(deep, sizeof deep, "%s/deep.yar", top);
	return mkdir(cache, 0700);
}

static int clear(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static bool digest_content(const char *text, uint8_t digest_out[32])
{
	const struct rules_options how = {.keep_going = true, .cache_folder = cache};
	const struct rules_source source = {"default", outer, bytes_of(text)};
	struct rules rules;
	bool from_cache;

	rules_init(&rules);
	assert_int_equal(rules_compile(&rules, &how, &source, 1, NULL), RQ_OK);
	memcpy(digest_out, rules.content_sha256, 32);
	from_cache = rules.from_cache;
	rules_free(&rules);
	return from_cache;
}

static void without_includes_anybody_can_compute_it(void **state)
{
	static const char text[] = "rule a { condition: true }";
	uint8_t digest[32], wanted[DIGEST_MAX_SIZE];

	(void)state;
	digest_content(text, digest);
	assert_int_equal(digest_of(DIGEST_SHA256, bytes_of(text), wanted), RQ_OK);
	assert_memory_equal(digest, wanted, 32);
}

static void an_included_file_counts_however_deep(void **state)
{
	static const char text[] = "include \"inner.yar\" rule a { condition: true }";
	uint8_t first[32], again[32], changed[32], shallow[32];

	(void)state;
	put_file(inner, "include \"deep.yar\" rule b { condition: true }");
	put_file(deep, "rule c { condition: true }");
	assert_false(digest_content(text, first));
	assert_true(digest_content(text, again));
	assert_memory_equal(first, again, 32);
	put_file(deep, "rule c { condition: false }");
	assert_false(digest_content(text, changed));
	assert_memory_not_equal(first, changed, 32);
	put_file(inner, "rule b { condition: true }");
	assert_false(digest_content(text, shallow));
	assert_memory_not_equal(first, shallow, 32);
	assert_memory_not_equal(changed, shallow, 32);
}

static void the_digest_can_be_computed_from_theirs(void **state)
{
	static const char text[] = "include \"inner.yar\" include \"gone.yar\" "
				   "rule a { condition: true }";
	static const char included[] = "rule b { condition: true }";
	uint8_t digest[32], wanted[DIGEST_MAX_SIZE],
	    parts[3 * 32 + DIGEST_MAX_SIZE] = {0};

	(void)state;
	put_file(inner, included);
	digest_content(text, digest);
	assert_int_equal(digest_of(DIGEST_SHA256, bytes_of(text), parts), RQ_OK);
	assert_int_equal(digest_of(DIGEST_SHA256, bytes_of(included), parts + 32),
			 RQ_OK);
	memset(parts + 64, 0, 32); /* the one that is not there */
	assert_int_equal(digest_of(DIGEST_SHA256, (struct bytes){parts, 96}, wanted),
			 RQ_OK);
	assert_memory_equal(digest, wanted, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_includes_anybody_can_compute_it),
	    cmocka_unit_test(an_included_file_counts_however_deep),
	    cmocka_unit_test(the_digest_can_be_computed_from_theirs),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
