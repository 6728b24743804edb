#include "endpoint/hashed.h"

#include "endpoint/file_type.h"
#include "os/file.h"

#include <string.h>

enum { LARGEST = 64 << 20 };

/* Kinds that are neither program, script, document nor archive. */
static bool is_other_kind(const char *type)
{
	static const char *const others[] = {
	    "UNKNOWN", "JPEG",     "GIF",
	    "PNG",     "SQLITE",   "Registry Hive",
	    "WINPCAP", "LIBPCAP",  "EVT",
	    "EVTX",    "NTFS MFT", "VMDK",
	    "VHD",     "AESCrypt", "Encase File",
	    "SYS",     "MDMP",     "Windows Registry File"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(type, others[i]) == 0)
			return true;
	return false;
}

static bool has_ending(struct bytes path)
{
	static const char endings[] =
	    " exe dll sys scr cpl ocx drv com pif efi mui so ko elf bin dat tmp "
	    "ps1 psm1 psd1 bat cmd vbs vbe js jse wsf wsh wsc hta sct inf reg "
	    "php phtml asp aspx ashx asmx jsp jspx jar class war py pyc pl rb sh lua "
	    "doc docx docm dot dotm dotx xls xlsx xlsm xlsb xlam xll ppt pptx pptm pps "
	    "ppsm rtf pdf chm hlp lnk url swf one mht mhtml html htm xml iqy slk "
	    "msi msp msix appx cab zip rar 7z gz tgz bz2 xz tar iso img vhd arj ace "
	    "apk deb rpm eml msg ";
	size_t start = path.n, n;
	char word[8] = " ";

	while (start > 0 && path.at[start - 1] != '.')
		start--;
	n = path.n - start;
	if (start == 0 || start <= file_name_offset(path) || n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = path.at[start + i];

		if (c == ' ')
			return false;
		word[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	}
	word[n + 1] = ' ';
	return strstr(endings, word) != NULL;
}

bool hashed_by_kind(struct bytes data, struct bytes path)
{
	if (data.n == 0 || data.n > LARGEST)
		return false;
	return !is_other_kind(file_type_name(data)) || has_ending(path);
}
