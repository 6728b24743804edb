#include "endpoint/file_type.h"

#include <string.h>

/* The first group is what Loki tells apart; of two names for one start the later. */
static const struct {
	const char *name;
	const char *start;
	size_t n;
} types[] = {
#define STARTS(name, text)                                                             \
	{                                                                              \
		name, text, sizeof(text) - 1                                           \
	}
    STARTS("GZIP", "\x1f\x8b\x08"),
    STARTS("PDF", "%PDF"),
    STARTS("Office", "PK\x03\x04\x14\x00\x06\x00"),
    STARTS("JAR", "PK\x03\x04\x14\x00\x08\x00"),
    STARTS("PKSFX", "PKSpX"),
    STARTS("7Zip", "7z\xbc\xaf'\x1c"),
    STARTS("VBS", "Function"),
    STARTS("BZip2", "BZh"),
    STARTS("JAR", "_'\xa8\x89"),
    STARTS("JPEG", "\xff\xd8\xff"),
    STARTS("PKZIP", "PK\x05\x06"),
    STARTS("RAR", "Rar!\x1a\x07"),
    STARTS("WinZIP", "WinZip"),
    STARTS("Registry Hive", "regf"),
    STARTS("RTF", "{\\rtf1"),
    STARTS("TAR", "ustar"),
    STARTS("WINPCAP", "\xd4\xc3\xb2\xa1"),
    STARTS("LIBPCAP", "\xa1\xb2\xc3\xd4"),
    STARTS("LIBPCAP", "\xa1\xb2\xcd\x34"),
    STARTS("Class", "\xca\xfe\xba\xbe"),
    STARTS("SYS Keyboard Driver", "\xffKEYB   "),
    STARTS("Windows At Job", "\xff\xfe<\x00?\x00x\x00m\x00l"),
    STARTS("PHP", "<?php"),
    STARTS("DOC", "\rDOC"),
    STARTS("VMDK", "# Disk D"),
    STARTS("EVT", "0\x00\x00\x00LfLe"),
    STARTS("EVTX", "ElfFil"),
    STARTS("AESCrypt", "AES"),
    STARTS("VMDK", "COWD"),
    STARTS("XML", "<?xm"),
    STARTS("XML", "<?XM"),
    STARTS("GIF", "GIF"),
    STARTS("NTFS MFT", "FILE"),
    STARTS("JARCS", "JARCS\x00"),
    STARTS("VMDK", "KDM"),
    STARTS("LNK", "L\x00\x00\x00\x01\x14\x02\x00"),
    STARTS("CAB", "MSCF"),
    STARTS("ZIP", "PK\x03\x04"),
    STARTS("JSP", "\xff\xfe<\x00%\x00@"),
    STARTS("Encase File", "_CASE_"),
    STARTS("VHD", "conectix"),
    STARTS("OLE", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    STARTS("SYS", "\xff\xff\xff\xff"),
    STARTS("UNIX SCRIPT", "#!/"),
    STARTS("MDMP", "MDMP"),
    STARTS("CWS", "CWS"),
    STARTS("ZWS", "ZWS"),
    STARTS("FWS (Flash)", "FWS"),
    STARTS("ELF", "\x7f\x45"),
    STARTS("Script", "#!"),
    STARTS("ARJ", "`\xea"),
    STARTS("TARZ", "\x1f\x9d"),
    STARTS("TARZ", "\x1f\xa0"),
    STARTS("JSP", "<%"),
    STARTS("EXE", "MZ"),
    STARTS("Windows Registry File", "\xff\xfe"),
    STARTS("SYS", "\xe8"),
    STARTS("SYS", "\xe9"),
    STARTS("SYS", "\xeb"),
    /* rules ask for these as well, or they are frequent */
    STARTS("PHP", "<?="),
    STARTS("ASP", "<%@"),
    STARTS("Python", "#!/usr/bin/python"),
    STARTS("Python", "#!/usr/bin/env python"),
    STARTS("BATCH", "@echo off"),
    STARTS("BATCH", "@ECHO OFF"),
    STARTS("BATCH", "@Echo off"),
    STARTS("PNG", "\x89PNG\r\n\x1a\n"),
    STARTS("RTF", "{\\rt"),
    STARTS("SQLITE", "SQLite format 3"),
    STARTS("XZ", "\xfd\x37zXZ\x00"),
    STARTS("ZSTD", "(\xb5/\xfd"),
    STARTS("MACH-O", "\xcf\xfa\xed\xfe"),
    STARTS("MACH-O", "\xce\xfa\xed\xfe"),
    STARTS("MACH-O", "\xfe\xed\xfa\xcf"),
    STARTS("MACH-O", "\xfe\xed\xfa\xce"),
#undef STARTS
};

const char *file_type_name(struct bytes head)
{
	const char *name = "UNKNOWN";
	size_t longest = 0;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].n > longest && head.n >= types[i].n &&
		    memcmp(head.at, types[i].start, types[i].n) == 0) {
			name = types[i].name;
			longest = types[i].n;
		}
	return name;
}
