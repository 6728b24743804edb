#include "engine/module/pe_signatures.h"

/* An image without signatures: the reader of them comes with cms/. */

struct pe_signatures {
	char nothing;
};

enum rq_err pe_signatures_open(struct arena *arena, struct bytes whole_file,
			       size_t security_dir_offset, size_t security_dir_size,
			       const struct pe_image *pe,
			       struct pe_signatures **signatures_out)
{
	(void)whole_file, (void)security_dir_offset, (void)security_dir_size, (void)pe;
	*signatures_out = arena_make(arena, struct pe_signatures);
	return *signatures_out == NULL ? RQ_ERR_MEMORY : RQ_OK;
}

void pe_signatures_get(struct pe_signatures *signatures, uint16_t id,
		       const struct value *keys, struct value *value_out)
{
	(void)signatures, (void)keys;
	*value_out = id == PE_IS_SIGNED || id == PE_NUMBER_OF_SIGNATURES
			 ? value_int(0)
			 : value_undefined();
}

int64_t pe_signatures_count(struct pe_signatures *signatures, uint16_t id,
			    const struct value *keys)
{
	(void)signatures, (void)id, (void)keys;
	return 0;
}

void pe_signatures_call(struct pe_signatures *signatures, uint16_t id,
			const struct value *args, struct value *value_out)
{
	(void)signatures, (void)id, (void)args;
	*value_out = value_undefined();
}
