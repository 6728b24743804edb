#!/usr/bin/env python3
"""embed.py OUTPUT.c FILE...: rules and packs as masked C tables (content/shipped.c).

The date of the content is the newest `date = "YYYY-MM-DD"` of its rules and
`date: YYYY-MM-DD` of its packs (*.artefact).
"""
import os
import re
import sys


def main():
    output, files = sys.argv[1], sys.argv[2:]
    rows, packs, dates = [], [], ["1970-01-01"]
    with open(output, "w", encoding="ascii") as out:
        out.write('#include "content/shipped_table.h"\n\n')
        for i, path in enumerate(files):
            with open(path, "rb") as rules:
                text = rules.read()
            is_pack = path.endswith(".artefact")
            mark = r"(?m)^date: (\d{4}-\d\d-\d\d)" if is_pack else r'\bdate = "(\d{4}-\d\d-\d\d)"'
            dates += re.findall(mark, text.decode("utf-8"))
            masked = ",".join(str(b ^ (k * 7 + 0x5A) & 0xFF) for k, b in enumerate(text))
            out.write(f"static const uint8_t file_{i}[] = {{{masked}}};\n")
            (packs if is_pack else rows).append(f'    {{"{os.path.basename(path)}", file_{i}, {len(text)}}},\n')
        out.write("\nconst struct shipped_row shipped_table[] = {\n")
        out.write("".join(rows))
        out.write("};\n")
        out.write(f"const size_t shipped_table_n = {len(rows)};\n")
        out.write("\nconst struct shipped_row shipped_packs[] = {\n")
        out.write("".join(packs))
        out.write("};\n")
        out.write(f"const size_t shipped_packs_n = {len(packs)};\n")
        out.write(f'const char shipped_table_date[] = "{max(dates)}";\n')


main()
