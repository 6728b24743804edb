#include "engine/module/pe_signatures.h"

#include "engine/module/pe_signature.h"
#include "format/authenticode.h"

struct pe_signatures {
	struct pe_signature_context context;
	struct pe_signature_list signatures;
};

enum rq_err pe_signatures_open(struct arena *arena, struct bytes whole_file,
			       size_t security_dir_offset, size_t security_dir_size,
			       const struct pe_image *pe, int64_t now,
			       struct pe_signatures **signatures_out)
{
	struct pe_signatures *s = arena_make(arena, struct pe_signatures);

	(void)whole_file;
	*signatures_out = s;
	if (s == NULL)
		return RQ_ERR_MEMORY;
	s->context = (struct pe_signature_context){
	    .arena = arena, .image = pe, .table_off = security_dir_offset, .now = now};
	if (security_dir_offset == 0 || security_dir_size < 8)
		return RQ_OK;
	return pe_signature_read(&s->context,
				 authenticode_first_entry(pe, security_dir_offset), 0,
				 &s->signatures);
}

/* ---- finding what the keys name ---- */

/* The signature that the first key names, complete; NULL: there is none. */
static struct pe_signature *signature_at(struct pe_signatures *s,
					 const struct value *keys)
{
	struct pe_signature *signature;

	if (keys[0].integer < 0 || (uint64_t)keys[0].integer >= s->signatures.n)
		return NULL;
	signature = s->signatures.list[keys[0].integer];
	return pe_signature_complete(&s->context, signature) == RQ_OK ? signature
								      : NULL;
}

static struct pe_countersignature *counter_at(struct pe_signatures *s,
					      const struct value *keys)
{
	struct pe_signature *signature = signature_at(s, keys);

	if (signature == NULL || keys[1].integer < 0 ||
	    (uint64_t)keys[1].integer >= signature->n_counters)
		return NULL;
	return &signature->counters[keys[1].integer];
}

static struct pe_certificate *certificate_at(const struct pe_certificates *row,
					     const struct value *key)
{
	if (key->integer < 0 || (uint64_t)key->integer >= row->n)
		return NULL;
	return row->list[key->integer];
}

static void get_certificate(struct pe_signatures *s, uint16_t id,
			    const struct value *keys, struct value *value_out)
{
	struct pe_signature *signature = signature_at(s, keys);
	struct pe_countersignature *counter;
	struct pe_certificate *certificate = NULL;

	if (signature == NULL)
		return;
	switch (id & 0xfff0) {
	case PE_CERTIFICATE_OF_SIGNATURE: certificate = signature->signed_by; break;
	case PE_CERTIFICATE_OF_LIST:
		certificate = certificate_at(&signature->listed, &keys[1]);
		break;
	case PE_CERTIFICATE_OF_SIGNER:
		certificate = certificate_at(&signature->chain, &keys[1]);
		break;
	case PE_CERTIFICATE_OF_COUNTER:
		counter = counter_at(s, keys);
		if (counter != NULL)
			certificate = certificate_at(&counter->chain, &keys[2]);
		break;
	}
	pe_certificate_get(s->context.arena, certificate, id & 15, value_out);
}

/* ---- the module's functions ---- */

static void get_counter(struct pe_signatures *s, uint16_t id, const struct value *keys,
			struct value *value_out)
{
	const struct pe_countersignature *counter = counter_at(s, keys);

	if (counter == NULL)
		return;
	switch (id) {
	case PE_COUNTER_VERIFIED: *value_out = counter->verified; break;
	case PE_COUNTER_SIGN_TIME: *value_out = counter->sign_time; break;
	case PE_COUNTER_DIGEST_ALG: *value_out = counter->digest_alg; break;
	case PE_COUNTER_DIGEST: *value_out = counter->digest; break;
	case PE_COUNTER_LENGTH_OF_CHAIN:
		*value_out = value_int((int64_t)counter->chain.n);
		break;
	}
}

static void get_signature(struct pe_signatures *s, uint16_t id,
			  const struct value *keys, struct value *value_out)
{
	const struct pe_signature *signature = signature_at(s, keys);

	if (signature == NULL)
		return;
	switch (id) {
	case PE_SIGNATURE_VERIFIED: *value_out = value_int(signature->verified); break;
	case PE_SIGNATURE_DIGEST_ALG:
		if (signature->digest_algorithm.at != NULL)
			*value_out = value_text(
			    bytes_of(pe_long_name(signature->digest_algorithm)));
		break;
	case PE_SIGNATURE_DIGEST: *value_out = signature->signed_digest; break;
	case PE_SIGNATURE_FILE_DIGEST: *value_out = signature->file_digest; break;
	case PE_SIGNATURE_NUMBER_OF_CERTIFICATES:
		*value_out = value_int((int64_t)signature->listed.n);
		break;
	case PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES:
		*value_out = value_int((int64_t)signature->n_counters);
		break;
	case PE_SIGNER_PROGRAM_NAME: *value_out = signature->program_name; break;
	case PE_SIGNER_DIGEST: *value_out = signature->signer_digest; break;
	case PE_SIGNER_DIGEST_ALG: *value_out = signature->signer_digest_alg; break;
	case PE_SIGNER_LENGTH_OF_CHAIN:
		if (signature->digest_algorithm.at != NULL)
			*value_out = value_int((int64_t)signature->chain.n);
		break;
	}
}

/* Whether any signature is good. */
static bool is_signed(struct pe_signatures *s)
{
	for (size_t i = 0; i < s->signatures.n; i++) {
		const struct value key = value_int((int64_t)i);
		const struct pe_signature *signature = signature_at(s, &key);

		if (signature != NULL && signature->verified)
			return true;
	}
	return false;
}

void pe_signatures_get(struct pe_signatures *signatures, uint16_t id,
		       const struct value *keys, struct value *value_out)
{
	*value_out = value_undefined();
	if (id == PE_IS_SIGNED)
		*value_out = value_int(is_signed(signatures));
	else if (id == PE_NUMBER_OF_SIGNATURES)
		*value_out = value_int((int64_t)signatures->signatures.n);
	else if (id >= PE_CERTIFICATE_OF_SIGNATURE)
		get_certificate(signatures, id, keys, value_out);
	else if (id >= PE_COUNTER_VERIFIED)
		get_counter(signatures, id, keys, value_out);
	else
		get_signature(signatures, id, keys, value_out);
}

int64_t pe_signatures_count(struct pe_signatures *signatures, uint16_t id,
			    const struct value *keys)
{
	const struct pe_countersignature *counter;
	const struct pe_signature *signature;

	if (id == PE_SIGNATURES)
		return (int64_t)signatures->signatures.n;
	if (id == PE_COUNTER_CHAIN) {
		counter = counter_at(signatures, keys);
		return counter == NULL ? -1 : (int64_t)counter->chain.n;
	}
	signature = signature_at(signatures, keys);
	if (signature == NULL)
		return -1;
	switch (id) {
	case PE_SIGNATURE_CERTIFICATES: return (int64_t)signature->listed.n;
	case PE_SIGNATURE_COUNTERSIGNATURES: return (int64_t)signature->n_counters;
	case PE_SIGNER_CHAIN: return (int64_t)signature->chain.n;
	default: return 0;
	}
}

void pe_signatures_call(struct pe_signatures *signatures, uint16_t id,
			const struct value *args, struct value *value_out)
{
	const struct pe_signature *signature = signature_at(signatures, args);
	const struct certificate *certificate;

	*value_out = value_undefined();
	if (id != PE_SIGNATURE_VALID_ON || signature == NULL ||
	    signature->signed_by == NULL)
		return;
	certificate = signature->signed_by->certificate;
	*value_out = value_int(args[1].integer >= certificate->not_before &&
			       args[1].integer <= certificate->not_after);
}
