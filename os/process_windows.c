#include "os/process.h"

#include "bytes/alloc.h"
#include "os/frame_queue.h"
#include "os/wide_windows.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_CHUNK = 64 * 1024, PIPE_ROOM = 256 * 1024 };

struct process {
	HANDLE process, job, pipe, event;
	DWORD id;
	bool is_gone; /* the other end of the pipe */
	char end_text[64];
	OVERLAPPED reading, writing;
	bool is_reading, is_writing;
	uint8_t chunk[READ_CHUNK];
	struct frame_queue in;
	struct buffer out;
};

/* ---- starting ---- */

/* A token without privileges, administrators only to refuse, at low integrity. */
static HANDLE weak_token(void)
{
	BYTE admins[SECURITY_MAX_SID_SIZE];
	SID_AND_ATTRIBUTES refused = {.Sid = (PSID)admins};
	DWORD n = sizeof admins;
	HANDLE token = NULL, weak = NULL;
	TOKEN_MANDATORY_LABEL label = {{0}};
	PSID low = NULL;

	if (!OpenProcessToken(GetCurrentProcess(),
			      TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY |
				  TOKEN_ADJUST_DEFAULT,
			      &token))
		return NULL;
	if (CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, (PSID)admins, &n))
		CreateRestrictedToken(token, DISABLE_MAX_PRIVILEGE, 1, &refused, 0,
				      NULL, 0, NULL, &weak);
	CloseHandle(token);
	if (weak != NULL && ConvertStringSidToSidW(L"S-1-16-4096", &low)) {
		label.Label = (SID_AND_ATTRIBUTES){low, SE_GROUP_INTEGRITY};
		if (!SetTokenInformation(weak, TokenIntegrityLevel, &label,
					 sizeof label + GetLengthSid(low))) {
			CloseHandle(weak);
			weak = NULL;
		}
	}
	if (low != NULL)
		LocalFree(low);
	return weak;
}

/* A job that ends with us, and in which nothing can be started. */
static HANDLE small_job(void)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
	    .BasicLimitInformation = {.LimitFlags =
					  JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
					  JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
					  JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
				      .ActiveProcessLimit = 1}};
	JOBOBJECT_BASIC_UI_RESTRICTIONS screen = {
	    JOB_OBJECT_UILIMIT_HANDLES | JOB_OBJECT_UILIMIT_READCLIPBOARD |
	    JOB_OBJECT_UILIMIT_WRITECLIPBOARD | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS |
	    JOB_OBJECT_UILIMIT_DISPLAYSETTINGS | JOB_OBJECT_UILIMIT_GLOBALATOMS |
	    JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_EXITWINDOWS};
	HANDLE job = CreateJobObjectW(NULL, NULL);

	if (job == NULL)
		return NULL;
	(void)SetInformationJobObject(job, JobObjectBasicUIRestrictions, &screen,
				      sizeof screen);
	if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits,
				     sizeof limits)) {
		CloseHandle(job);
		return NULL;
	}
	return job;
}

/* Both ends of a pipe: ours overlapped, the worker's inheritable. */
static bool make_pipe(HANDLE *ours, HANDLE *theirs)
{
	static LONG n_made;
	SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
	wchar_t name[96];

	swprintf(name, 96, L"\\\\.\\pipe\\raquet-%lu-%ld-%lx", GetCurrentProcessId(),
		 InterlockedIncrement(&n_made), GetTickCount());
	*theirs = INVALID_HANDLE_VALUE;
	*ours = CreateNamedPipeW(
	    name,
	    PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
	    PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_ROOM,
	    PIPE_ROOM, 0, NULL);
	if (*ours != INVALID_HANDLE_VALUE)
		*theirs = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, &inherited,
				      OPEN_EXISTING, 0, NULL);
	return *theirs != INVALID_HANDLE_VALUE;
}

/* Starts the program so that it inherits this handle and no other. */
static bool create(struct process *process, HANDLE inherited)
{
	STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof start}};
	PROCESS_INFORMATION made = {0};
	wchar_t program[1024], line[1200];
	HANDLE token = weak_token();
	SIZE_T n = 0;
	bool done = false;

	process->job = small_job();
	InitializeProcThreadAttributeList(NULL, 1, 0, &n);
	start.lpAttributeList = alloc_array(n, 1);
	if (token == NULL || process->job == NULL || start.lpAttributeList == NULL ||
	    GetModuleFileNameW(NULL, program, 1024) - 1 >= 1022 ||
	    !InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &n))
		goto out;
	swprintf(line, 1200, L"\"%ls\" worker %llx", program,
		 (unsigned long long)(uintptr_t)inherited);
	if (UpdateProcThreadAttribute(start.lpAttributeList, 0,
				      PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &inherited,
				      sizeof inherited, NULL, NULL))
		done = CreateProcessAsUserW(token, program, line, NULL, NULL, TRUE,
					    CREATE_SUSPENDED | CREATE_NO_WINDOW |
						EXTENDED_STARTUPINFO_PRESENT,
					    NULL, NULL, &start.StartupInfo, &made);
	DeleteProcThreadAttributeList(start.lpAttributeList);
	/* before Windows 8 jobs do not nest: inside another one we watch over it alone */
	if (done && !AssignProcessToJobObject(process->job, made.hProcess)) {
		CloseHandle(process->job);
		process->job = NULL;
	}
	if (done) {
		ResumeThread(made.hThread);
		CloseHandle(made.hThread);
		process->process = made.hProcess;
		process->id = made.dwProcessId;
	}
out:
	alloc_free(start.lpAttributeList);
	if (token != NULL)
		CloseHandle(token);
	return done;
}

static void start_reading(struct process *process)
{
	DWORD number;

	if (process->is_reading || process->is_gone)
		return;
	process->reading = (OVERLAPPED){.hEvent = process->event};
	process->is_reading = true;
	if (ReadFile(process->pipe, process->chunk, READ_CHUNK, NULL,
		     &process->reading))
		return;
	number = GetLastError();
	if (number != ERROR_IO_PENDING) {
		process->is_reading = false;
		process->is_gone = true;
	}
}

enum rq_err process_start_worker(struct process **process_out, struct rq_diag *diag)
{
	struct process *process = alloc_array(1, sizeof *process);
	HANDLE inherited = INVALID_HANDLE_VALUE;
	enum rq_err err = RQ_ERR_MEMORY;

	*process_out = NULL;
	if (process == NULL)
		return rq_fail(diag, RQ_ERR_MEMORY, NULL, "out of memory");
	process->pipe = INVALID_HANDLE_VALUE;
	process->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (process->event == NULL || !make_pipe(&process->pipe, &inherited) ||
	    !create(process, inherited))
		err = wide_error(GetLastError(), NULL, diag);
	else
		err = RQ_OK;
	if (inherited != INVALID_HANDLE_VALUE)
		CloseHandle(inherited);
	if (err != RQ_OK) {
		process_free(process);
		return err;
	}
	start_reading(process);
	*process_out = process;
	return RQ_OK;
}

void process_free(struct process *process)
{
	DWORD n;

	if (process == NULL)
		return;
	process_kill(process);
	if (process->process != NULL)
		WaitForSingleObject(process->process, INFINITE);
	if (process->is_reading || process->is_writing) {
		/* they write into our memory until they have ended */
		CancelIoEx(process->pipe, NULL);
		if (process->is_reading)
			GetOverlappedResult(process->pipe, &process->reading, &n, TRUE);
		if (process->is_writing)
			GetOverlappedResult(process->pipe, &process->writing, &n, TRUE);
	}
	if (process->pipe != INVALID_HANDLE_VALUE)
		CloseHandle(process->pipe);
	if (process->event != NULL)
		CloseHandle(process->event);
	if (process->job != NULL)
		CloseHandle(process->job);
	if (process->process != NULL)
		CloseHandle(process->process);
	buffer_free(&process->in.bytes);
	buffer_free(&process->out);
	alloc_free(process);
}

/* ---- its life ---- */

void process_kill(struct process *process)
{
	if (process->process != NULL)
		TerminateProcess(process->process, 137);
}

/* By the name that every Windows has and no header declares. */
static void call_on(struct process *process, const char *name)
{
	LONG(WINAPI * call)
	(HANDLE) = (LONG(WINAPI *)(HANDLE))(void (*)(void))GetProcAddress(
	    GetModuleHandleW(L"ntdll.dll"), name);

	if (call != NULL)
		(void)call(process->process);
}

void process_pause(struct process *process)
{
	call_on(process, "NtSuspendProcess");
}

void process_resume(struct process *process)
{
	call_on(process, "NtResumeProcess");
}

bool process_ended(struct process *process)
{
	return WaitForSingleObject(process->process, 0) == WAIT_OBJECT_0;
}

const char *process_end_text(struct process *process)
{
	DWORD code = 0;

	if (WaitForSingleObject(process->process, 100) != WAIT_OBJECT_0)
		return "still runs";
	GetExitCodeProcess(process->process, &code);
	snprintf(process->end_text, sizeof process->end_text,
		 code >= 0xC0000000 ? "exception 0x%lx" : "exit code %lu", code);
	return process->end_text;
}

uint64_t process_cpu_ns(struct process *process)
{
	FILETIME made, ended, kernel, user;

	if (!GetProcessTimes(process->process, &made, &ended, &kernel, &user))
		return 0;
	return (((uint64_t)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime) +
		((uint64_t)user.dwHighDateTime << 32 | user.dwLowDateTime)) *
	       100;
}

uint64_t process_id(const struct process *process)
{
	return process->id;
}

/* ---- frames ---- */

/* What a worker may do with a file, or with memory that was sealed: only of the latter
 * can a view be had, and Wine calls both a file on disk. */
static DWORD rights_of(HANDLE handle)
{
	void *view = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 1);

	if (view == NULL)
		return FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
	UnmapViewOfFile(view);
	return FILE_MAP_READ;
}

enum rq_err process_pass(struct process *process, const struct file *files,
			 size_t n_files, uint64_t *handles_out)
{
	if (!process_sent(process) || n_files > PROCESS_MAX_FILES)
		return RQ_ERR_USAGE;
	for (size_t i = 0; i < n_files; i++) {
		HANDLE passed = NULL;

		/* a worker that has ended takes none: the batch comes back anyway */
		DuplicateHandle(GetCurrentProcess(), (HANDLE)files[i].handle,
				process->process, &passed,
				rights_of((HANDLE)files[i].handle), FALSE, 0);
		handles_out[i] = (uint64_t)(uintptr_t)passed;
	}
	return RQ_OK;
}

bool process_sent(const struct process *process)
{
	return !process->is_writing;
}

enum rq_err process_send(struct process *process, struct bytes frame)
{
	if (!process_sent(process))
		return RQ_ERR_USAGE;
	buffer_clear(&process->out);
	frame_put(&process->out, frame);
	if (!buffer_ok(&process->out))
		return RQ_ERR_MEMORY;
	process->writing = (OVERLAPPED){.hEvent = process->event};
	process->is_writing = true;
	if (!WriteFile(process->pipe, process->out.data, (DWORD)process->out.size, NULL,
		       &process->writing) &&
	    GetLastError() != ERROR_IO_PENDING)
		process->is_writing = false; /* it has gone: reading will show */
	return RQ_OK;
}

/* Whether anything moved. */
static bool look_at(struct process *process)
{
	bool moved = false;
	DWORD n = 0;

	if (process->is_writing && HasOverlappedIoCompleted(&process->writing)) {
		process->is_writing = false;
		moved = true;
	}
	if (process->is_reading && HasOverlappedIoCompleted(&process->reading)) {
		process->is_reading = false;
		moved = true;
		if (GetOverlappedResult(process->pipe, &process->reading, &n, FALSE))
			buffer_put(&process->in.bytes, process->chunk, n);
		else
			process->is_gone = true;
		if (!buffer_ok(&process->in.bytes))
			process->is_gone = true;
		start_reading(process);
	}
	return moved || process->is_gone;
}

void process_wait(struct process *const *processes, size_t n, uint32_t timeout_ms)
{
	HANDLE events[MAXIMUM_WAIT_OBJECTS];
	size_t n_events = n < MAXIMUM_WAIT_OBJECTS ? n : MAXIMUM_WAIT_OBJECTS;
	bool moved = false;

	for (size_t i = 0; i < n; i++)
		moved = look_at(processes[i]) || moved;
	if (moved || n == 0)
		return;
	for (size_t i = 0; i < n_events; i++)
		events[i] = processes[i]->event;
	/* more than one call can wait for: the others are looked at often enough */
	if (n > n_events && timeout_ms > 5)
		timeout_ms = 5;
	WaitForMultipleObjects((DWORD)n_events, events, FALSE, timeout_ms);
	for (size_t i = 0; i < n; i++) {
		if (!look_at(processes[i]) &&
		    WaitForSingleObject(processes[i]->event, 0) == WAIT_OBJECT_0)
			ResetEvent(processes[i]->event);
	}
}

enum rq_err process_receive(struct process *process, size_t max_frame,
			    struct bytes *frame_out)
{
	enum rq_err err = frame_take(&process->in, max_frame, frame_out);

	return err == RQ_ERR_NOT_FOUND && process->is_gone ? RQ_ERR_PEER : err;
}

/* ---- this process ---- */

size_t process_allow_files(size_t n)
{
	return n; /* handles are bound by memory alone */
}

void process_be_idle(void)
{
	/* also puts our disk requests behind all others */
	(void)SetPriorityClass(GetCurrentProcess(), IDLE_PRIORITY_CLASS);
	(void)SetPriorityClass(GetCurrentProcess(), PROCESS_MODE_BACKGROUND_BEGIN);
}

_Noreturn void process_leave(int code)
{
	TerminateProcess(GetCurrentProcess(), (UINT)code);
	abort();
}

uint64_t process_self(void)
{
	return GetCurrentProcessId();
}
