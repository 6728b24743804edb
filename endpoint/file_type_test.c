#include "bytes/test.h"

#include "endpoint/file_type.h"

static const struct {
	const char *name;
	struct bytes head;
	const char *type;
} cases[] = {
    {"nothing", {NULL, 0}, "UNKNOWN"},
    {"a letter", BYTES_LITERAL("a"), "UNKNOWN"},
    {"half of a start", BYTES_LITERAL("M"), "UNKNOWN"},
    {"a start and no more", BYTES_LITERAL("MZ"), "EXE"},
    {"a program for Windows", BYTES_LITERAL("MZ\x90\0\3"), "EXE"},
    {"a program for Linux", BYTES_LITERAL("\177ELF\2\1\1"), "ELF"},
    {"a program for macOS", BYTES_LITERAL("\xcf\xfa\xed\xfe\7"), "MACH-O"},
    {"a document", BYTES_LITERAL("%PDF-1.7"), "PDF"},
    {"a memory dump", BYTES_LITERAL("MDMP\x93"), "MDMP"},
    {"a picture", BYTES_LITERAL("GIF89a"), "GIF"},
    {"rich text", BYTES_LITERAL("{\\rtf1\\ansi"), "RTF"},
    {"rich text as attacks write it", BYTES_LITERAL("{\\rt0"), "RTF"},
    /* of several starts the longest */
    {"an archive", BYTES_LITERAL("PK\3\4\x0a\0\0\0"), "ZIP"},
    {"an archive with a document", BYTES_LITERAL("PK\3\4\x14\0\6\0"), "Office"},
    {"a registry file", BYTES_LITERAL("\xff\xfe[\0"), "Windows Registry File"},
    {"a page in wide letters", BYTES_LITERAL("\xff\xfe<\0%\0@"), "JSP"},
    {"a task", BYTES_LITERAL("\xff\xfe<\0?\0x\0m\0l"), "Windows At Job"},
    {"a script", BYTES_LITERAL("#! /bin/sh"), "Script"},
    {"a script with a path", BYTES_LITERAL("#!/bin/sh"), "UNIX SCRIPT"},
    {"a script in Python", BYTES_LITERAL("#!/usr/bin/env python3"), "Python"},
    {"XML", BYTES_LITERAL("<?xml version"), "XML"},
    {"PHP", BYTES_LITERAL("<?php echo"), "PHP"},
    {"a page of a server", BYTES_LITERAL("<% out"), "JSP"},
    {"a page of another server", BYTES_LITERAL("<%@ Page"), "ASP"},
    {"a function", BYTES_LITERAL("Function a()"), "VBS"},
    {"a batch file", BYTES_LITERAL("@echo off\r\n"), "BATCH"},
};

static void a_start_has_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *type = file_type_name(cases[i].head);

		if (!bytes_equal_text(bytes_of(type), cases[i].type))
			fail_msg("%s: %s, not %s", cases[i].name, type, cases[i].type);
	}
}

TEST_MAIN(cmocka_unit_test(a_start_has_a_name))
