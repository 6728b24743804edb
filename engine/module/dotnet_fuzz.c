#include "engine/module/module_ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	module_ask("dotnet", (struct bytes){data, size});
	return 0;
}
