#include "os/host.h"

#include "bytes/alloc.h"
#include "os/wide_windows.h"

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>

unsigned host_n_cpus(void)
{
	DWORD n = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);

	return n > 0 ? (unsigned)n : 1;
}

static void copy_narrow(char *to, size_t size, const wchar_t *from,
			const char *otherwise)
{
	struct buffer text = {0};

	wide_append(&text, from);
	snprintf(to, size, "%s",
		 buffer_ok(&text) && text.size > 0 ? (const char *)text.data
						   : otherwise);
	buffer_free(&text);
}

void host_name(char *name_out, size_t size)
{
	wchar_t name[256] = L"";
	DWORD n = 256;

	if (!GetComputerNameExW(ComputerNameDnsHostname, name, &n))
		name[0] = 0;
	copy_narrow(name_out, size, name, "localhost");
}

void host_language(char language_out[3])
{
	wchar_t name[16] = L"";
	const wchar_t *set = _wgetenv(L"LANG");

	if (set != NULL && set[0] >= L'a' && set[0] <= L'z' && set[1] >= L'a' &&
	    set[1] <= L'z')
		swprintf(name, 16, L"%.2ls", set);
	else if (GetLocaleInfoW(MAKELCID(GetUserDefaultUILanguage(), SORT_DEFAULT),
				LOCALE_SISO639LANGNAME, name, 16) != 3)
		name[0] = 0;
	copy_narrow(language_out, 3, name, "en");
}

enum rq_err host_program_path(struct buffer *path_out)
{
	wchar_t path[32768 / 8];
	DWORD n = GetModuleFileNameW(NULL, path, sizeof path / sizeof *path);

	if (n == 0 || n == sizeof path / sizeof *path)
		return RQ_ERR_SYSTEM;
	wide_append(path_out, path);
	buffer_u8(path_out, 0);
	return buffer_ok(path_out) ? RQ_OK : RQ_ERR_MEMORY;
}

char **host_arguments(int argc, char **argv, int *argc_out)
{
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), argc_out);
	char **narrow =
	    wide == NULL ? NULL : alloc_array((size_t)*argc_out + 1, sizeof *narrow);

	/* bytes, not lines: what we write is what arrives */
	_setmode(_fileno(stdin), _O_BINARY);
	_setmode(_fileno(stdout), _O_BINARY);
	_setmode(_fileno(stderr), _O_BINARY);
	for (int i = 0; narrow != NULL && i < *argc_out; i++) {
		struct buffer text = {0};

		wide_append(&text, wide[i]);
		if (!buffer_ok(&text))
			narrow = NULL;
		else
			narrow[i] = (char *)text.data;
	}
	if (wide != NULL)
		LocalFree(wide);
	if (narrow != NULL)
		return narrow;
	*argc_out = argc;
	return argv;
}

void host_boot_id(char *id_out, size_t size)
{
	/* the moment of the start, to the minute: clocks are corrected by seconds */
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	uint64_t ms = ((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000 -
		      GetTickCount64();
	snprintf(id_out, size, "%llu", (unsigned long long)(ms / 60000));
}

static volatile LONG n_interrupts;

static BOOL WINAPI on_interrupt(DWORD kind)
{
	(void)kind;
	if (InterlockedIncrement(&n_interrupts) >= 3)
		ExitProcess(130);
	return TRUE;
}

void host_keep_streams(void)
{
} /* handles are no small numbers */

void host_survive_limits(void)
{
} /* there are none */

void host_catch_interrupt(void)
{
	SetConsoleCtrlHandler(on_interrupt, TRUE);
}

void host_interrupt(void)
{
	InterlockedCompareExchange(&n_interrupts, 1, 0);
}

bool host_interrupted(void)
{
	return n_interrupts > 0;
}
