#!/usr/bin/env python3
"""embed_migration.py OUTPUT.c FILE...: the numbered steps NNNN_name.sql as one C table.

Refuses a number that is missing or there twice.
"""
import os
import re
import sys


def main():
    output, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    with open(output, "w", encoding="ascii") as out:
        out.write('#include "centre/store/migration.h"\n\n')
        out.write("static const struct migration steps[] = {\n")
        for number, path in enumerate(files, 1):
            name = os.path.basename(path).removesuffix(".sql")
            if not re.fullmatch(r"%04d_[a-z_]+" % number, name):
                sys.exit(f"{path}: step {number:04d} is wanted here")
            with open(path, encoding="ascii") as step:
                text = step.read()
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            lines = "".join(f'     "{line}\\n"\n' for line in quoted.splitlines())
            out.write(f'    {{"{name}",\n{lines}    }},\n')
        out.write("};\n\n")
        out.write("const struct migrations migration_all = {steps, sizeof steps / sizeof *steps};\n")


main()
