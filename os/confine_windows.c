#include "os/confine.h"

#include "os/wide_windows.h"

#include <stdio.h>

/*
 * The parent has made the token and the job (process_windows.c); here is only checked
 * that they are in force, and no worker runs when they are not.
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

static bool has_no_privileges(void)
{
	union {
		TOKEN_PRIVILEGES list;
		BYTE room[2048];
	} held;
	HANDLE token;
	DWORD n;
	bool has_none = false;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	/* one remains that everybody has: to pass through folders */
	if (GetTokenInformation(token, TokenPrivileges, &held, sizeof held, &n))
		has_none = held.list.PrivilegeCount <= 1;
	CloseHandle(token);
	return has_none;
}

enum rq_err confine_self(const struct confine_options *options, char *names_out,
			 size_t size, struct rq_diag *diag)
{
	BOOL in_job = FALSE;

	(void)options;
	if (!has_no_privileges())
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL,
			       "the token is not restricted");
	if (!has_low_integrity())
		return rq_fail(diag, RQ_ERR_SYSTEM, NULL, "the integrity is not low");
	(void)IsProcessInJob(GetCurrentProcess(), NULL, &in_job);
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
	snprintf(names_out, size, "restricted-token,low-integrity%s",
		 in_job ? ",job" : "");
	return RQ_OK;
}
