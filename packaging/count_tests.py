"""Adds up the test cases of a meson test log: prints `passed failed skipped`.

meson writes one JSON object a line, a program each, with its TAP output.  Cases are
counted from the TAP lines; a program that died, timed out or planned more cases than
it ran counts as one failure more.
"""
import json
import re
import sys

passed = failed = skipped = 0
for line in open(sys.argv[1], encoding="utf-8", errors="replace"):
    program = json.loads(line)
    cases = re.findall(r"^\s*(not )?ok\b(.*)$", program.get("stdout") or "", re.M)
    bad = 0
    for negated, rest in cases:
        if re.search(r"#\s*skip", rest, re.I):
            skipped += 1
            print(f"skipped: {program['name']}:{rest}", file=sys.stderr)
        elif negated:
            bad += 1
        else:
            passed += 1
    result = program.get("result")
    if result not in ("OK", "SKIP") and bad == 0:
        bad = 1
    if result == "SKIP" and not cases:
        skipped += 1
    failed += bad
print(passed, failed, skipped)
