/* A kit is whole and as it was signed, or it is not here. */
#include "endpoint/agent/kits.h"

#include "bytes/buffer.h"
#include "bytes/test.h"
#include "crypto/digest.h"
#include "world/virtual.h"

#include <string.h>

static const uint8_t secret[SIGN_SECRET_SIZE] = {3};
static const char text[] = "rule a { condition: true }";

static struct disk_virtual *made;
static struct disk disk;
static struct buffer manifest, room;
static struct kit kit;

static int begin(void **state)
{
	struct kit signing = {.name = BYTES_LITERAL("trial"),
			      .version = BYTES_LITERAL("2020-12-20"),
			      .serial = 1,
			      .n_files = 1};
	enum signed_refusal refusal;

	(void)state;
	signing.files[0] = (struct kit_file){
	    .kind = KIT_RULES, .name = BYTES_LITERAL("a.yar"), .size = sizeof text - 1};
	assert_int_equal(
	    digest_of(DIGEST_SHA256, bytes_of(text), signing.files[0].sha256), RQ_OK);
	assert_int_equal(kit_write(&signing, secret, &manifest), RQ_OK);
	assert_int_equal(kit_read(buffer_bytes(&manifest), &kit, &refusal), RQ_OK);
	return disk_virtual_new(1, &made, &disk) == RQ_OK ? 0 : 1;
}

static int end(void **state)
{
	(void)state;
	disk_virtual_free(made);
	buffer_free(&manifest);
	buffer_free(&room);
	return 0;
}

static bool is_missing(struct agent_fetch *fetch_out)
{
	bool missing;

	assert_int_equal(kits_missing(&disk, &kit, fetch_out, &missing), RQ_OK);
	return missing;
}

/* n bytes of from, as the centre sends them. */
static bool add(const struct agent_fetch *fetch, const char *from, size_t n)
{
	const struct agent_part part = {
	    sizeof text - 1, fetch->off, {(const uint8_t *)from + fetch->off, n}};
	bool bad;

	assert_int_equal(kits_add(&disk, &kit, fetch, &part, &bad), RQ_OK);
	return !bad;
}

static void a_file_comes_in_pieces(void **state)
{
	struct agent_fetch fetch;

	(void)state;
	assert_true(is_missing(&fetch));
	assert_int_equal(fetch.off, 0);
	assert_true(add(&fetch, text, 10));
	assert_true(is_missing(&fetch));
	assert_int_equal(fetch.off, 10); /* goes on where it was */
	assert_true(add(&fetch, text, sizeof text - 1 - 10));
	assert_false(is_missing(&fetch));
}

static void another_file_is_removed(void **state)
{
	struct agent_fetch fetch;

	(void)state;
	assert_true(is_missing(&fetch));
	assert_false(add(&fetch, "rule b { condition: true }", sizeof text - 1));
	assert_true(is_missing(&fetch));
	assert_int_equal(fetch.off, 0);
	assert_int_equal(disk_virtual_used(made), 0);
}

static void a_manifest_is_known_by_its_digest(void **state)
{
	struct kit read;

	(void)state;
	assert_int_equal(kits_load(&disk, kit.digest, &room, &read), RQ_ERR_NOT_FOUND);
	assert_int_equal(kits_keep(&disk, kit.digest, buffer_bytes(&manifest)), RQ_OK);
	assert_int_equal(kits_load(&disk, kit.digest, &room, &read), RQ_OK);
	assert_int_equal(read.n_files, 1);
	/* not one that lies under its name */
	assert_int_equal(kits_keep(&disk, kit.digest, bytes_of(text)), RQ_OK);
	assert_int_equal(kits_load(&disk, kit.digest, &room, &read), RQ_ERR_NOT_FOUND);
}

static void what_no_kit_needs_goes(void **state)
{
	struct agent_fetch fetch;

	(void)state;
	assert_int_equal(kits_keep(&disk, kit.digest, buffer_bytes(&manifest)), RQ_OK);
	assert_true(is_missing(&fetch));
	assert_true(add(&fetch, text, sizeof text - 1));
	assert_int_equal(
	    kits_tidy(&disk, (const uint8_t(*)[AGENT_DIGEST])kit.digest, 1), RQ_OK);
	assert_false(is_missing(&fetch));
	assert_int_equal(kits_tidy(&disk, NULL, 0), RQ_OK);
	assert_true(is_missing(&fetch));
	assert_int_equal(disk_virtual_used(made), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_file_comes_in_pieces, begin, end),
	    cmocka_unit_test_setup_teardown(another_file_is_removed, begin, end),
	    cmocka_unit_test_setup_teardown(a_manifest_is_known_by_its_digest, begin,
					    end),
	    cmocka_unit_test_setup_teardown(what_no_kit_needs_goes, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
