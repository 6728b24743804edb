/* Whoever owns the server chooses among what the policy allows, and nothing else. */
#include "endpoint/agent/policy.h"

#include "bytes/test.h"
#include "world/virtual.h"

#include <string.h>

static const uint8_t installed_secret[SIGN_SECRET_SIZE] = {1},
		     next_secret[SIGN_SECRET_SIZE] = {2},
		     kit_secret[SIGN_SECRET_SIZE] = {3},
		     other_secret[SIGN_SECRET_SIZE] = {4};
static uint8_t installed[SIGN_PUBLIC_SIZE];
static const uint64_t now = 1609459200000;

static struct policy sample(void)
{
	struct policy policy = {
	    .serial = 10,
	    .issued_ms = now - 1000,
	    .expires_ms = now + 1000,
	    .options = LEASE_ALL | LEASE_HASH_ALL,
	    .least_kit_serial = 5,
	    .most = {.time_ms = 1000, .memory_bytes = 1 << 20, .cpu_percent = 50},
	    .n_next = 1,
	    .n_kit_signers = 1,
	    .roots = {BYTES_LITERAL("/home"), BYTES_LITERAL("C:\\")},
	    .n_roots = 2,
	};

	assert_int_equal(sign_public(installed_secret, installed), RQ_OK);
	assert_int_equal(sign_public(next_secret, policy.next[0]), RQ_OK);
	assert_int_equal(sign_public(kit_secret, policy.kit_signers[0]), RQ_OK);
	return policy;
}

static struct kit kit_of(const uint8_t *secret, uint64_t serial)
{
	struct kit kit = {.serial = serial, .digest = {9}};

	assert_int_equal(sign_public(secret, kit.signer), RQ_OK);
	return kit;
}

static struct lease lease_of(const char *path)
{
	return (struct lease){
	    .kit = {9},
	    .options = LEASE_ALL,
	    .budget = {.time_ms = 1000, .memory_bytes = 1000, .cpu_percent = 50},
	    .paths = {bytes_of(path)},
	    .n_paths = 1};
}

static enum policy_refusal judge(const struct policy *policy, const struct lease *lease,
				 const struct kit *kit)
{
	const struct policy_case asked = {lease, kit, false, now};
	enum policy_refusal refusal;

	assert_int_equal(policy_judge(policy, &asked, &refusal), RQ_OK);
	return refusal;
}

static void what_is_inside_runs_and_what_is_not_is_refused_by_name(void **state)
{
	const struct policy policy = sample();
	const struct kit kit = kit_of(kit_secret, 5), foreign = kit_of(other_secret, 5),
			 old = kit_of(kit_secret, 4);
	struct lease lease = lease_of("/home/an");

	(void)state;
	assert_int_equal(judge(&policy, &lease, &kit), POLICY_ALLOWS);
	assert_int_equal(judge(NULL, &lease, &kit), POLICY_NONE);
	assert_int_equal(judge(&policy, &lease, &foreign), POLICY_SIGNER);
	assert_int_equal(judge(&policy, &lease, &old), POLICY_OLD_KIT);
	lease.kit[0]++;
	assert_int_equal(judge(&policy, &lease, &kit), POLICY_OTHER_KIT);
#define CHANGED(field, value, refusal)                                                 \
	lease = lease_of("/home/an");                                                  \
	lease.field = value;                                                           \
	assert_int_equal(judge(&policy, &lease, &kit), refusal)
	CHANGED(options, LEASE_ALL | LEASE_STRINGS, POLICY_OPTION);
	CHANGED(options, UINT32_C(1) << 31, POLICY_OPTION); /* of a later program */
	CHANGED(budget.time_ms, 1001, POLICY_TIME);
	CHANGED(budget.time_ms, 0, POLICY_TIME); /* without bound is above each */
	CHANGED(budget.memory_bytes, 2 << 20, POLICY_MEMORY);
	CHANGED(budget.cpu_percent, 51, POLICY_CPU);
	CHANGED(budget.file_bytes, UINT64_MAX, POLICY_ALLOWS); /* it bounds no file */
	CHANGED(scope, BYTES_LITERAL("everything\n"), POLICY_SCOPE);
#undef CHANGED
	for (int i = 0; i < N_POLICY_REFUSALS; i++)
		assert_string_not_equal(policy_refusal_name((enum policy_refusal)i),
					"unknown");
}

static void paths_are_bounded_by_roots(void **state)
{
	static const struct {
		const char *path;
		bool allowed;
	} cases[] = {
	    {"/home", true},
	    {"/home/", true},
	    {"/home/an/b", true},
	    {"C:\\", true},
	    {"C:\\Users\\an", true},
	    {"C:", true},
	    {"/homestead", false},
	    {"/", false},
	    {"", false},
	    {"home", false},
	    {"D:\\", false},
	    {"C:Users", false},
	    {"/home/../etc", false},
	    {"/home/..", false},
	    {"C:\\..\\x", false},
	    {"/home/..x", true},
	};
	const struct kit kit = kit_of(kit_secret, 5);
	struct policy policy = sample();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct lease lease = lease_of(cases[i].path);

		if ((judge(&policy, &lease, &kit) == POLICY_ALLOWS) != cases[i].allowed)
			fail_msg("%s", cases[i].path);
	}
	policy.roots[0] = bytes_of("/");
	const struct lease etc = lease_of("/etc"), drive = lease_of("D:\\");
	assert_int_equal(judge(&policy, &etc, &kit), POLICY_ALLOWS);
	assert_int_equal(judge(&policy, &drive, &kit), POLICY_PATH);
	policy.roots[0] = bytes_of("*");
	assert_int_equal(judge(&policy, &drive, &kit), POLICY_ALLOWS);
}

static void an_expired_policy_stops_what_is_new_never_the_agent(void **state)
{
	const struct policy policy = sample();
	const struct kit kit = kit_of(kit_secret, 5);
	const struct lease lease = lease_of("/home");
	struct policy_case asked = {&lease, &kit, false, now + 1000};
	enum policy_refusal refusal;

	(void)state;
	assert_int_equal(policy_judge(&policy, &asked, &refusal), RQ_OK);
	assert_int_equal(refusal, POLICY_EXPIRED);
	asked.kit_is_here = true;
	asked.now_ms = now + UINT64_C(12) * 366 * 86400 * 1000;
	assert_int_equal(policy_judge(&policy, &asked, &refusal), RQ_OK);
	assert_int_equal(refusal, POLICY_ALLOWS);
	asked.kit_is_here = false;
	asked.now_ms = 0; /* nobody told us the time: a calendar of 2040 says nothing */
	assert_int_equal(policy_judge(&policy, &asked, &refusal), RQ_OK);
	assert_int_equal(refusal, POLICY_ALLOWS);
}

static enum signed_refusal offer(const struct policy *policy, const uint8_t *secret,
				 const struct policy *current)
{
	struct buffer file = {0};
	enum signed_refusal refusal;
	struct policy read;

	assert_int_equal(policy_write(policy, secret, &file), RQ_OK);
	assert_int_equal(
	    policy_read(buffer_bytes(&file), current, installed, &read, &refusal),
	    RQ_OK);
	assert_int_equal(read.serial, refusal == SIGNED_GOOD ? policy->serial : 0);
	buffer_free(&file);
	return refusal;
}

static void the_next_policy_is_signed_by_whom_this_one_names(void **state)
{
	const struct policy current = sample();
	struct policy newer = sample();

	(void)state;
	assert_int_equal(offer(&current, installed_secret, NULL), SIGNED_GOOD);
	assert_int_equal(offer(&current, next_secret, NULL), SIGNED_KEY);
	newer.serial++;
	assert_int_equal(offer(&newer, next_secret, &current), SIGNED_GOOD);
	assert_int_equal(offer(&newer, installed_secret, &current), SIGNED_KEY);
	assert_int_equal(offer(&newer, kit_secret, &current), SIGNED_KEY);
	/* a server restored from a backup does not take the machine back */
	newer.serial = current.serial;
	assert_int_equal(offer(&newer, next_secret, &current), SIGNED_OLDER);
	newer.serial--;
	assert_int_equal(offer(&newer, next_secret, &current), SIGNED_OLDER);
}

static void a_policy_that_nobody_may_follow_is_never_signed(void **state)
{
	struct policy policy = sample();
	struct buffer file = {0};

	(void)state;
	policy.n_next = 0;
	assert_int_equal(policy_write(&policy, installed_secret, &file), RQ_ERR_USAGE);
	policy = sample();
	policy.flags = POLICY_FLAGS + 1;
	assert_int_equal(policy_write(&policy, installed_secret, &file), RQ_ERR_USAGE);
	policy = sample();
	policy.roots[1] = bytes_of("");
	assert_int_equal(policy_write(&policy, installed_secret, &file), RQ_ERR_USAGE);
	buffer_free(&file);
}

static void it_is_kept_whole_or_not_at_all(void **state)
{
	const struct policy policy = sample();
	struct disk_virtual *virtual_disk;
	struct buffer file = {0}, room = {0};
	struct policy loaded;
	struct disk disk;

	(void)state;
	assert_int_equal(disk_virtual_new(1, &virtual_disk, &disk), RQ_OK);
	assert_int_equal(policy_load(&disk, &room, &loaded), RQ_ERR_NOT_FOUND);
	assert_int_equal(policy_write(&policy, installed_secret, &file), RQ_OK);
	assert_int_equal(policy_keep(&disk, buffer_bytes(&file)), RQ_OK);
	disk_virtual_restart(virtual_disk, true);
	assert_int_equal(policy_load(&disk, &room, &loaded), RQ_OK);
	assert_int_equal(loaded.serial, 10);
	assert_int_equal(loaded.n_roots, 2);
	assert_memory_equal(loaded.signer, installed, SIGN_PUBLIC_SIZE);
	assert_int_equal(disk.append(disk.self, "policy", bytes_of("x")), RQ_OK);
	assert_int_equal(policy_load(&disk, &room, &loaded), RQ_ERR_NOT_FOUND);
	buffer_free(&file);
	buffer_free(&room);
	disk_virtual_free(virtual_disk);
}

TEST_MAIN(cmocka_unit_test(what_is_inside_runs_and_what_is_not_is_refused_by_name),
	  cmocka_unit_test(paths_are_bounded_by_roots),
	  cmocka_unit_test(an_expired_policy_stops_what_is_new_never_the_agent),
	  cmocka_unit_test(the_next_policy_is_signed_by_whom_this_one_names),
	  cmocka_unit_test(a_policy_that_nobody_may_follow_is_never_signed),
	  cmocka_unit_test(it_is_kept_whole_or_not_at_all))
