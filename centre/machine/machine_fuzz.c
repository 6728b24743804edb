/* What people type and what machines say of themselves. */
#include "centre/machine/enrol_code.h"
#include "centre/machine/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t fingerprint[AGENT_DIGEST] = {1, 2, 3};
	struct agent_fact facts[CAP_SEALED_FACTS];
	uint8_t hash[CODE_HASH];
	struct bytes text = {data, size};
	struct buffer again = {0};
	enum code_refusal refusal;
	size_t n;

	if (code_read(text, fingerprint, hash, &refusal) == RQ_OK &&
	    refusal != CODE_MISTYPED && size < CODE_SYMBOLS)
		__builtin_trap();
	if (identity_facts_read(text, facts, &n) == RQ_OK) {
		identity_facts_write(facts, n, &again);
		if (buffer_ok(&again) && !bytes_equal(buffer_bytes(&again), text))
			__builtin_trap();
	}
	buffer_free(&again);
	return 0;
}
