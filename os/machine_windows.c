#include "os/machine.h"

/* before <windows.h>, which would bring the first version of it */
#include <winsock2.h>

#include "bytes/alloc.h"
#include "bytes/reader.h"
#include "os/host.h"
#include "os/wide_windows.h"

#include <iphlpapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the firmware says (SMBIOS 3, 6.1 and 7) ---- */

/* The n-th string behind a structure, counted from 1; 0: it has none. */
static void copy_string(struct reader strings, uint8_t n, char *to)
{
	struct bytes text = {NULL, 0};

	for (uint8_t i = 0; i < n; i++)
		text = reader_zero_ended(&strings, 255);
	if (reader_ok(&strings) && text.n > 0)
		snprintf(to, MACHINE_TEXT, "%.*s", (int)text.n, (const char *)text.at);
}

static uint8_t number_at(const struct reader *structure, uint64_t off)
{
	struct reader field = reader_at(structure, off, 1);

	return reader_u8(&field);
}

static void read_structure(const struct reader *structure, uint8_t type,
			   struct reader strings, struct machine *machine)
{
	if (type == 1) {
		copy_string(strings, number_at(structure, 4), machine->maker);
		copy_string(strings, number_at(structure, 5), machine->model);
		copy_string(strings, number_at(structure, 7), machine->serial);
	} else if (type == 2) {
		copy_string(strings, number_at(structure, 7), machine->board_serial);
	}
}

static void read_firmware(struct machine *machine)
{
	const DWORD provider = 0x52534D42; /* RSMB */
	UINT n = GetSystemFirmwareTable(provider, 0, NULL, 0);
	uint8_t *table = n > 8 && n < 1 << 20 ? alloc_array(n, 1) : NULL;
	struct reader r;

	if (table == NULL || GetSystemFirmwareTable(provider, 0, table, n) != n) {
		alloc_free(table);
		return;
	}
	r = reader_over(table, n);
	reader_skip(&r, 8);
	while (reader_ok(&r) && reader_left(&r) > 4) {
		size_t start = r.pos;
		uint8_t type = reader_u8(&r), length = reader_u8(&r);
		struct reader structure = reader_at(&r, start, length), strings;

		reader_seek(&r, start + length);
		strings = reader_from(&r, r.pos);
		if (length < 4)
			break;
		read_structure(&structure, type, strings, machine);
		/* an empty string ends them; none at all are two zeros */
		if (reader_zero_ended(&r, 255).n == 0)
			reader_skip(&r, 1);
		else
			while (reader_ok(&r) && reader_zero_ended(&r, 255).n > 0)
				;
	}
	alloc_free(table);
}

/* ---- the rest ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void read_addresses(struct machine *machine)
{
	ULONG size = 64 * 1024;
	IP_ADAPTER_ADDRESSES *list = alloc_array(size, 1);
	const ULONG flags = GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_ANYCAST |
			    GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;

	if (list == NULL || GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &size) !=
				ERROR_SUCCESS) {
		alloc_free(list);
		return;
	}
	for (IP_ADAPTER_ADDRESSES *at = list;
	     at != NULL && machine->n_addresses < MACHINE_ADDRESSES; at = at->Next) {
		const BYTE *a = at->PhysicalAddress;

		if (at->PhysicalAddressLength == 6 &&
		    at->IfType != IF_TYPE_SOFTWARE_LOOPBACK)
			snprintf(machine->addresses[machine->n_addresses++],
				 sizeof *machine->addresses,
				 "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2],
				 a[3], a[4], a[5]);
	}
	alloc_free(list);
	qsort(machine->addresses, machine->n_addresses, sizeof *machine->addresses,
	      by_text);
}

static void read_installed(struct machine *machine)
{
	DWORD seconds = 0, size = sizeof seconds;
	HKEY key;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE,
			  L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", 0,
			  KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return;
	if (RegQueryValueExW(key, L"InstallDate", NULL, NULL, (BYTE *)&seconds,
			     &size) == ERROR_SUCCESS &&
	    seconds != 0) {
		const uint64_t ticks = ((uint64_t)seconds + 11644473600u) * 10000000u;
		FILETIME time = {(DWORD)ticks, (DWORD)(ticks >> 32)};
		SYSTEMTIME day;

		if (FileTimeToSystemTime(&time, &day))
			snprintf(machine->installed, sizeof machine->installed,
				 "%04u-%02u-%02u", day.wYear % 10000u,
				 day.wMonth % 100u, day.wDay % 100u);
	}
	RegCloseKey(key);
}

void machine_read(struct machine *machine)
{
	memset(machine, 0, sizeof *machine);
	host_name(machine->name, sizeof machine->name);
	read_firmware(machine);
	read_addresses(machine);
	read_installed(machine);
}
