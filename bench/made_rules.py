"""Rules in the shapes that public rule sets have: code with unknown operands, names of
functions and files, paths, short expressions.  The same seed makes the same rules; what
they look for is nowhere but in files planted for them.

    made_rules.py FOLDER [SEED] [RULES]
"""
import pathlib
import random
import sys

# what code is mostly made of, so that some runs of known bytes are common and some rare
COMMON = bytes.fromhex("00 00 00 ff ff 0f 48 48 8b 8b 85 89 e8 e9 83 c7 45 4c 8d 24 55 53 c3 cc 90 75 74 20 01 02 04 08 10 40 80")
WORDS = ("Create Open Read Write Virtual Process Thread File Key Remote Memory Token Service Query Set Get Load "
         "Library Module System Registry Crypt Hash Socket Connect Send Recv Http Internet").split()


def code(r):
    """{ E8 ?? ?? FF FF 8B 4? [2-6] ( 01 | 02 03 ) ... }"""
    parts = []
    for _ in range(r.randint(3, 9)):
        n = r.choice((1, 2, 2, 3, 3, 4, 5, 6, 9))
        parts += ["%02X" % (r.choice(COMMON) if r.random() < 0.7 else r.randrange(256)) for _ in range(n)]
        parts.append(r.choice(("??", "?? ??", "?? ?? ?? ??", "%X?" % r.randrange(16), "?%X" % r.randrange(16),
                               "[%d]" % r.randint(1, 8), "[%d-%d]" % (r.randint(0, 3), r.randint(4, 12)),
                               "( %02X | %02X %02X )" % tuple(r.randrange(256) for _ in range(3)))))
    parts += ["%02X" % r.choice(COMMON) for _ in range(r.randint(1, 4))]
    return "{ %s }" % " ".join(parts)


def text(r):
    literal = "".join(r.sample(WORDS, r.randint(1, 3))) + r.choice(("", "A", "W", "Ex", ".dll", "%d", "_" + str(r.randrange(1000))))
    modifiers = r.sample(("wide", "ascii", "nocase", "fullword"), r.randint(0, 3))
    if "nocase" not in modifiers and r.random() < 0.15:
        modifiers = [m for m in modifiers if m != "fullword"] + ["xor"]
    return '"%s" %s' % (literal, " ".join(modifiers))


def expression(r):
    a, b = r.sample(WORDS, 2)
    return r.choice(("/%s[0-9a-f]{4,8}%s/", "/%s.{0,12}%s/ nocase", "/(%s|%s)[_-]?\\d{3}/ wide ascii",
                     "/\\\\%s\\\\[a-z]{3,9}\\\\%s\\.exe/ nocase", "/%s\\(\"?[A-Z]{2,5}\"?, ?%s\\)/")) % (a, b)


def rule(r, name):
    kinds = r.choices((code, text, expression), (5, 4, 2), k=r.randint(1, 6))
    strings = "\n".join("\t\t$s%d = %s" % (i, kind(r)) for i, kind in enumerate(kinds))
    condition = r.choice(("any of them", "all of them", "%d of them" % ((len(kinds) + 1) // 2), "#s0 > 1", "@s0[1] >= 0"))
    if "of them" not in condition and len(kinds) > 1: # no string without use
        condition += " or any of ($s*)"
    return "rule %s {\n\tstrings:\n%s\n\tcondition: %s\n}\n" % (name, strings, condition)


def make(folder, seed=1, n_rules=400):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    r = random.Random(seed)
    for i in range(0, n_rules, 50):
        rules = [rule(r, "made_%d" % k) for k in range(i, min(i + 50, n_rules))]
        (folder / ("made_%02d.yar" % (i // 50))).write_text("".join(rules))


if __name__ == "__main__":
    make(sys.argv[1], *map(int, sys.argv[2:]))
