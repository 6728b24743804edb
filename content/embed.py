#!/usr/bin/env python3
"""embed.py OUTPUT.c RULE_FILE...: rule files as masked C tables (content/shipped.c).

The date of the content is the newest `date = "YYYY-MM-DD"` of its rules.
"""
import os
import re
import sys


def main():
    output, files = sys.argv[1], sys.argv[2:]
    rows, dates = [], ["1970-01-01"]
    with open(output, "w", encoding="ascii") as out:
        out.write('#include "content/shipped_table.h"\n\n')
        for i, path in enumerate(files):
            with open(path, "rb") as rules:
                text = rules.read()
            dates += re.findall(r'\bdate = "(\d{4}-\d\d-\d\d)"', text.decode("utf-8"))
            masked = ",".join(str(b ^ (k * 7 + 0x5A) & 0xFF) for k, b in enumerate(text))
            out.write(f"static const uint8_t file_{i}[] = {{{masked}}};\n")
            rows.append(f'    {{"{os.path.basename(path)}", file_{i}, {len(text)}}},\n')
        out.write("\nconst struct shipped_row shipped_table[] = {\n")
        out.write("".join(rows))
        out.write("};\n")
        out.write(f"const size_t shipped_table_n = {len(rows)};\n")
        out.write(f'const char shipped_table_date[] = "{max(dates)}";\n')


main()
