/*
 * pe.signatures: what a rule may ask of the Authenticode signatures of an image.
 *
 * The table of module "pe" declares these fields; their values are given here, with
 * the keys and the rules of struct module (engine/module/module.h): get for values,
 * count for arrays, call for valid_on.  Opened when a rule first asks, once.
 */
#ifndef RAQUET_ENGINE_MODULE_PE_SIGNATURES_H
#define RAQUET_ENGINE_MODULE_PE_SIGNATURES_H

#include "bytes/arena.h"
#include "bytes/error.h"
#include "engine/module/value.h"
#include "format/pe.h"

struct pe_signatures;

/* Ids of fields, apart from those of the rest of the module. */
enum pe_signature_field {
	PE_SIGNATURES = 0x100,   /* signatures[i]: count */
	PE_IS_SIGNED,            /* int; 0 without signatures */
	PE_NUMBER_OF_SIGNATURES, /* int; 0 without signatures */

	/* keys {i} */
	PE_SIGNATURE_VERIFIED,                    /* int */
	PE_SIGNATURE_DIGEST_ALG,                  /* text */
	PE_SIGNATURE_DIGEST,                      /* text */
	PE_SIGNATURE_FILE_DIGEST,                 /* text */
	PE_SIGNATURE_NUMBER_OF_CERTIFICATES,      /* int */
	PE_SIGNATURE_CERTIFICATES,                /* certificates[j]: count */
	PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES, /* int */
	PE_SIGNATURE_COUNTERSIGNATURES,           /* countersignatures[j]: count */
	PE_SIGNATURE_VALID_ON,                    /* call, args {i, time} */

	/* keys {i} */
	PE_SIGNER_PROGRAM_NAME,    /* text */
	PE_SIGNER_DIGEST,          /* text */
	PE_SIGNER_DIGEST_ALG,      /* text */
	PE_SIGNER_LENGTH_OF_CHAIN, /* int */
	PE_SIGNER_CHAIN,           /* chain[j]: count */

	/* keys {i, j} */
	PE_COUNTER_VERIFIED,        /* int */
	PE_COUNTER_SIGN_TIME,       /* int */
	PE_COUNTER_DIGEST_ALG,      /* text */
	PE_COUNTER_DIGEST,          /* text */
	PE_COUNTER_LENGTH_OF_CHAIN, /* int */
	PE_COUNTER_CHAIN,           /* chain[k]: count */

	/* Certificates stand in four places; add an enum pe_certificate_field. */
	PE_CERTIFICATE_OF_SIGNATURE = 0x140, /* keys {i}: signatures[i].subject ... */
	PE_CERTIFICATE_OF_LIST = 0x150,      /* keys {i, j}: .certificates[j] */
	PE_CERTIFICATE_OF_SIGNER = 0x160,    /* keys {i, j}: .signer_info.chain[j] */
	PE_CERTIFICATE_OF_COUNTER = 0x170,   /* keys {i, j, k}:
						.countersignatures[j].chain[k] */
	PE_SIGNATURE_FIELDS_END = 0x180,
};

enum pe_certificate_field {
	PE_CERTIFICATE_THUMBPRINT,    /* text */
	PE_CERTIFICATE_ISSUER,        /* text */
	PE_CERTIFICATE_SUBJECT,       /* text */
	PE_CERTIFICATE_VERSION,       /* int */
	PE_CERTIFICATE_ALGORITHM,     /* text */
	PE_CERTIFICATE_ALGORITHM_OID, /* text */
	PE_CERTIFICATE_SERIAL,        /* text */
	PE_CERTIFICATE_NOT_BEFORE,    /* int */
	PE_CERTIFICATE_NOT_AFTER,     /* int */
};

/*
 * Reads the signatures of whole_file, which pe was opened over and which both stay as
 * long as the arena.  The security directory lies at security_dir_offset, and
 * security_dir_size bytes of it lie in the file; both are 0 when the image has none, or
 * one that is not in the file.  now (seconds since 1970) only decides between two
 * certificates that may both have issued a third.  Bytes that are no signature are not an error; the only
 * failure is RQ_ERR_MEMORY.
 */
RQ_MUST_USE enum rq_err pe_signatures_open(struct arena *arena, struct bytes whole_file,
					   size_t security_dir_offset,
					   size_t security_dir_size,
					   const struct pe_image *pe, int64_t now,
					   struct pe_signatures **signatures_out);

void pe_signatures_get(struct pe_signatures *signatures, uint16_t id,
		       const struct value *keys, struct value *value_out);
int64_t pe_signatures_count(struct pe_signatures *signatures, uint16_t id,
			    const struct value *keys);
void pe_signatures_call(struct pe_signatures *signatures, uint16_t id,
			const struct value *args, struct value *value_out);

#endif
