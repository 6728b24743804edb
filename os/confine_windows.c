#include "os/confine.h"

#include "os/wide_windows.h"

#include <stdio.h>

/*
 * The parent has made the token and the job (process_windows.c); here is checked that
 * they are in force, and no worker runs when they are not.
 */
static bool has_low_integrity(void)
{
	union {
		TOKEN_MANDATORY_LABEL label;
		BYTE room[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
	} level;
	HANDLE token;
	DWORD n;
	bool is_low = false;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	if (GetTokenInformation(token, TokenIntegrityLevel, &level, sizeof level, &n))
		is_low =
		    *GetSidSubAuthority(
			level.label.Label.Sid,
			(DWORD)(*GetSidSubAuthorityCount(level.label.Label.Sid) - 1)) <=
		    SECURITY_MANDATORY_LOW_RID;
	CloseHandle(token);
	return is_low;
}

/*
 * Wine has no integrity levels: it takes the request and reports another.  There a
 * worker runs with the restricted token and the job alone, and the result says so.
 * No Windows has this function.
 */
static bool is_wine(void)
{
	HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");

	return ntdll != NULL && GetProcAddress(ntdll, "wine_get_version") != NULL;
}

/* Gives up every privilege for good; one that cannot be given up is a refusal. */
static bool drop_privileges(void)
{
	union {
		TOKEN_PRIVILEGES list;
		BYTE room[2048];
	} held;
	HANDLE token;
	DWORD n;
	bool is_done = false;

	if (!OpenProcessToken(GetCurrentProcess(),
			      TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token))
		return false;
	if (GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &n)) {
		for (DWORD i = 0; i < held.list.PrivilegeCount; i++)
			held.list.Privileges[i].Attributes = SE_PRIVILEGE_REMOVED;
		(void)AdjustTokenPrivileges(token, FALSE, &held.list, 0, NULL, NULL);
		is_done = GetTokenInformation(token, TokenPrivileges, &held,
					      sizeof held, &n) &&
			  held.list.PrivilegeCount == 0;
	}
	CloseHandle(token);
	return is_done;
}

enum rq_err confine_self(const struct confine_options *options, char *names_out,
			 size_t size, struct rq_diag *diag)
{
	const char *integrity = is_wine() ? "no-integrity-under-wine" : "low-integrity";
	BOOL in_job = FALSE;

	if (options->log != NULL)
		return rq_fail(diag, RQ_ERR_UNSUPPORTED, NULL,
			       "a confined process writes no file here");
	if (!drop_privileges())
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL,
			       "the token is not restricted");
	if (!is_wine() && !has_low_integrity())
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "the integrity is not low");
	(void)IsProcessInJob(GetCurrentProcess(), NULL, &in_job);
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
	snprintf(names_out, size, "restricted-token,%s%s", integrity,
		 in_job ? ",job" : "");
	return RQ_OK;
}
