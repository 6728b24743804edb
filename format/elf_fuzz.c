/* Every entry of every table; indexes and addresses come from the input. */
#include "format/elf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was found must lie in the file: a pointer just outside would go unseen until
 * somebody reads there. */
static void check(const struct elf *elf, struct bytes found)
{
	volatile uint8_t sink = 0;

	if (found.n > elf->file.size)
		abort();
	if (found.n > 0)
		sink = (uint8_t)(found.at[0] ^ found.at[found.n - 1]);
	(void)sink;
}

static void read_section(const struct elf *elf, uint32_t i)
{
	struct elf_section section;
	struct elf_dynamic dynamic;
	struct elf_symbol symbol;
	struct bytes text;
	uint64_t offset;

	if (!elf_section(elf, i, &section))
		return;
	if (elf_text(elf, section.offset, section.size, section.name, &text))
		check(elf, text);
	elf_symbol(elf, section.offset, section.link, &symbol);
	elf_dynamic(elf, section.offset, section.link, &dynamic);
	elf_offset_of(elf, section.address, &offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes file = {data, size};
	struct elf_segment segment;
	struct elf elf;
	uint64_t place;

	elf_entry_offset(file, &place);
	elf_entry_address(file, 0x400000, &place);
	if (!elf_open(file, &elf))
		return 0;
	elf_has_all_sections(&elf);
	elf_has_all_segments(&elf);
	for (uint32_t i = 0; i < 300; i++)
		read_section(&elf, i);
	for (uint32_t i = 0; i < 300; i++)
		elf_segment(&elf, i, &segment);
	return 0;
}
