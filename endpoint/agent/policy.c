#include "endpoint/agent/policy.h"

#include "wire/both.h"

enum { POLICY_TYPE = 'P' };

static const char file_name[] = "policy";

const char *policy_refusal_name(enum policy_refusal refusal)
{
	static const char *const names[N_POLICY_REFUSALS] = {
	    "allowed", "none",      "expired",     "other-kit", "signer",
	    "old-kit", "option",    "path",        "scope",     "time",
	    "memory",  "file-size", "result-size", "processor"};

	return refusal < N_POLICY_REFUSALS ? names[refusal] : "unknown";
}

/* ---- the file ---- */

static void walk_keys(struct both *both, uint8_t (*keys)[SIGN_PUBLIC_SIZE], size_t *n)
{
	both_count(both, n, CAP_POLICY_SIGNERS);
	for (size_t i = 0; i < *n; i++)
		both_fixed(both, keys[i], SIGN_PUBLIC_SIZE);
}

static void walk_policy(struct both *both, struct policy *policy)
{
	both_u64(both, &policy->serial);
	both_u64(both, &policy->issued_ms);
	both_u64(both, &policy->expires_ms);
	both_u32(both, &policy->flags);
	if (policy->flags & ~(uint32_t)POLICY_FLAGS)
		both_refuse(both);
	both_u32(both, &policy->options);
	both_u64(both, &policy->least_kit_serial);
	both_u64(both, &policy->most.time_ms);
	both_u64(both, &policy->most.memory_bytes);
	both_u64(both, &policy->most.file_bytes);
	both_u64(both, &policy->most.result_bytes);
	both_u32(both, &policy->most.cpu_percent);
	walk_keys(both, policy->next, &policy->n_next);
	walk_keys(both, policy->kit_signers, &policy->n_kit_signers);
	both_count(both, &policy->n_roots, CAP_LEASE_PATHS);
	for (size_t i = 0; i < policy->n_roots; i++) {
		both_bytes(both, &policy->roots[i], CAP_LEASE_PATH);
		if (policy->roots[i].n == 0)
			both_refuse(both);
	}
	/* one that nobody may follow would be the last one for ever */
	if (policy->n_next == 0)
		both_refuse(both);
}
BOTH_WAYS_HERE(policy, walk_policy, POLICY_TYPE)

enum rq_err policy_write(const struct policy *policy, const uint8_t *secret,
			 struct buffer *out)
{
	struct buffer body = {0};
	enum rq_err err = RQ_ERR_USAGE;

	policy_encode(policy, &body);
	if (buffer_ok(&body))
		err = signed_write(SIGNED_POLICY, secret, buffer_bytes(&body), out);
	buffer_free(&body);
	return err;
}

/* Without asking who signed it. */
static enum rq_err read_signed(struct bytes file, struct policy *policy_out,
			       enum signed_refusal *refusal_out)
{
	const uint8_t *key;
	struct bytes body;
	enum rq_err err = signed_read(SIGNED_POLICY, file, &body, &key, refusal_out);

	if (err == RQ_OK && *refusal_out == SIGNED_GOOD &&
	    policy_decode(body, policy_out) != RQ_OK)
		*refusal_out = SIGNED_FIELD;
	if (err == RQ_OK && *refusal_out == SIGNED_GOOD)
		memcpy(policy_out->signer, key, SIGN_PUBLIC_SIZE);
	else
		*policy_out = (struct policy){0};
	return err;
}

static bool is_among(const uint8_t *key, const uint8_t (*keys)[SIGN_PUBLIC_SIZE],
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(key, keys[i], SIGN_PUBLIC_SIZE) == 0)
			return true;
	return false;
}

enum rq_err policy_read(struct bytes file, const struct policy *current,
			const uint8_t *installed, struct policy *policy_out,
			enum signed_refusal *refusal_out)
{
	enum rq_err err = read_signed(file, policy_out, refusal_out);
	const uint8_t *signer = policy_out->signer;

	if (err != RQ_OK || *refusal_out != SIGNED_GOOD)
		return err;
	if (current == NULL ? memcmp(signer, installed, SIGN_PUBLIC_SIZE) != 0
			    : !is_among(signer, current->next, current->n_next))
		*refusal_out = SIGNED_KEY;
	else if (current != NULL && policy_out->serial <= current->serial)
		*refusal_out = SIGNED_OLDER;
	if (*refusal_out != SIGNED_GOOD)
		*policy_out = (struct policy){0};
	return RQ_OK;
}

enum rq_err policy_keep(const struct disk *disk, struct bytes file)
{
	return disk->replace(disk->self, file_name, file);
}

enum rq_err policy_load(const struct disk *disk, struct buffer *room,
			struct policy *policy_out)
{
	enum signed_refusal refusal = SIGNED_SIZE;
	enum rq_err err;

	*policy_out = (struct policy){0};
	buffer_clear(room);
	room->max = CAP_SIGNED;
	err = disk_read_whole(disk, file_name, room);
	if (err == RQ_OK)
		err = read_signed(buffer_bytes(room), policy_out, &refusal);
	if (err == RQ_ERR_LIMIT || (err == RQ_OK && refusal != SIGNED_GOOD))
		return RQ_ERR_NOT_FOUND;
	return err;
}

/* ---- judging ---- */

static bool is_separator(uint8_t c)
{
	return c == '/' || c == '\\';
}

/* Whether path names a place by going up, which no root can bound. */
static bool goes_up(struct bytes path)
{
	size_t start = 0;

	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && !is_separator(path.at[i]))
			continue;
		if (i - start == 2 && path.at[start] == '.' &&
		    path.at[start + 1] == '.')
			return true;
		start = i + 1;
	}
	return false;
}

/* Whether path is root or lies below it, byte for byte: "/home" has "/home/a" and not
 * "/homestead". */
static bool is_below(struct bytes path, struct bytes root)
{
	if (bytes_equal_text(root, "*"))
		return true;
	while (root.n > 0 && is_separator(root.at[root.n - 1]))
		root.n--;
	if (path.n < root.n || !bytes_equal((struct bytes){path.at, root.n}, root))
		return false;
	return path.n == root.n ? root.n > 0 : is_separator(path.at[root.n]);
}

static bool path_is_allowed(const struct policy *policy, struct bytes path)
{
	if (path.n == 0 || goes_up(path))
		return false;
	for (size_t i = 0; i < policy->n_roots; i++)
		if (is_below(path, policy->roots[i]))
			return true;
	return false;
}

/* 0 is without bound on both sides. */
static bool is_above(uint64_t asked, uint64_t most)
{
	return most > 0 && (asked == 0 || asked > most);
}

static enum policy_refusal judge_budget(const struct lease_budget *most,
					const struct lease_budget *asked)
{
	if (is_above(asked->time_ms, most->time_ms))
		return POLICY_TIME;
	if (is_above(asked->memory_bytes, most->memory_bytes))
		return POLICY_MEMORY;
	if (is_above(asked->file_bytes, most->file_bytes))
		return POLICY_FILE_SIZE;
	if (is_above(asked->result_bytes, most->result_bytes))
		return POLICY_RESULT_SIZE;
	return is_above(asked->cpu_percent, most->cpu_percent) ? POLICY_CPU
							       : POLICY_ALLOWS;
}

static enum policy_refusal judge_kit(const struct policy *policy,
				     const struct policy_case *asked)
{
	const struct kit *kit = asked->kit;

	if (memcmp(kit->digest, asked->lease->kit, AGENT_DIGEST) != 0)
		return POLICY_OTHER_KIT;
	if (!is_among(kit->signer, policy->kit_signers, policy->n_kit_signers))
		return POLICY_SIGNER;
	if (kit->serial < policy->least_kit_serial)
		return POLICY_OLD_KIT;
	if (policy->expires_ms > 0 && asked->now_ms >= policy->expires_ms &&
	    !asked->kit_is_here)
		return POLICY_EXPIRED;
	return POLICY_ALLOWS;
}

static enum policy_refusal judge_places(const struct policy *policy,
					const struct policy_case *asked,
					bool scope_is_in_kit)
{
	const struct lease *lease = asked->lease;

	if (lease->options & ~policy->options)
		return POLICY_OPTION;
	for (size_t i = 0; i < lease->n_paths; i++)
		if (!path_is_allowed(policy, lease->paths[i]))
			return POLICY_PATH;
	if (lease->scope.n > 0 && !scope_is_in_kit &&
	    !(policy->flags & POLICY_ANY_SCOPE))
		return POLICY_SCOPE;
	return judge_budget(&policy->most, &lease->budget);
}

enum rq_err policy_judge(const struct policy *policy, const struct policy_case *asked,
			 enum policy_refusal *refusal_out)
{
	bool scope_is_in_kit;
	enum rq_err err;

	*refusal_out = POLICY_NONE;
	if (policy == NULL)
		return RQ_OK;
	*refusal_out = judge_kit(policy, asked);
	if (*refusal_out != POLICY_ALLOWS)
		return RQ_OK;
	err = kit_has(asked->kit, KIT_SCOPE, asked->lease->scope, &scope_is_in_kit);
	*refusal_out = judge_places(policy, asked, scope_is_in_kit);
	return err;
}
