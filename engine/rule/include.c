#include "engine/rule/include.h"

static bool is_slash(int c)
{
	return c == '/' || c == '\\';
}

static bool is_absolute(struct bytes name)
{
	return (name.n > 0 && is_slash(name.at[0])) ||
	       (name.n > 2 && name.at[1] == ':' && is_slash(name.at[2]));
}

const char *include_path(struct arena *arena, const char *file, struct bytes name)
{
	size_t folder = 0;

	if (!is_absolute(name))
		for (size_t i = 0; file[i] != '\0'; i++)
			if (is_slash(file[i]))
				folder = i + 1;
	return arena_format(arena, "%.*s%.*s", (int)folder, file, (int)name.n,
			    (const char *)name.at);
}
