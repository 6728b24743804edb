#!/usr/bin/env python3
"""embed_scope.py OUTPUT.c SCOPE_FILE...: scopes as C texts (content/scope_text.h)."""
import os
import sys


def main():
    output, files = sys.argv[1], sys.argv[2:]
    with open(output, "w", encoding="ascii") as out:
        out.write('#include "content/scope_text.h"\n\n')
        out.write("const struct scope_text scope_texts[] = {\n")
        for path in files:
            name = os.path.splitext(os.path.basename(path))[0]
            with open(path, "rb") as scope:
                text = "".join(f"\\{byte:03o}" for byte in scope.read())
            out.write(f'    {{"{name}", "{text}"}},\n')
        out.write("};\n")
        out.write(f"const size_t scope_texts_n = {len(files)};\n")


main()
