/* Kits and policies: as they come, and whatever a key that may sign has signed. */
#include "endpoint/agent/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[SIGN_SECRET_SIZE] = {1};

/* What was read can be written again, to the byte. */
static void try_kit(struct bytes file)
{
	struct buffer again = {0};
	enum signed_refusal refusal;
	struct kit kit;

	if (kit_read(file, &kit, &refusal) == RQ_OK && refusal == SIGNED_GOOD &&
	    kit_write(&kit, secret, &again) == RQ_OK &&
	    !bytes_equal(buffer_bytes(&again), file))
		__builtin_trap();
	buffer_free(&again);
}

static void try_policy(struct bytes file)
{
	static struct lease lease = {.paths = {BYTES_LITERAL("/home/a")}, .n_paths = 1};
	static const struct kit kit;
	const struct policy_case asked = {&lease, &kit, false, 1};
	struct policy *policy = NULL, read;
	uint8_t key[SIGN_PUBLIC_SIZE];
	struct buffer again = {0};
	enum signed_refusal refusal;
	enum policy_refusal answer;

	if (sign_public(secret, key) != RQ_OK ||
	    policy_read(file, NULL, key, &read, &refusal) != RQ_OK)
		return;
	if (refusal == SIGNED_GOOD)
		policy = &read;
	if (policy != NULL && policy_write(policy, secret, &again) == RQ_OK &&
	    !bytes_equal(buffer_bytes(&again), file))
		__builtin_trap();
	if (policy_judge(policy, &asked, &answer) == RQ_OK &&
	    (answer == POLICY_NONE) != (policy == NULL))
		__builtin_trap();
	buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes body = {data, size};
	struct buffer file = {0};

	try_kit(body);
	try_policy(body);
	if (signed_write(SIGNED_KIT, secret, body, &file) == RQ_OK)
		try_kit(buffer_bytes(&file));
	buffer_clear(&file);
	if (signed_write(SIGNED_POLICY, secret, body, &file) == RQ_OK)
		try_policy(buffer_bytes(&file));
	buffer_free(&file);
	return 0;
}
