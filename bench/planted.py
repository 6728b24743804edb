"""Data files made out of the strings of rule files, so that their rules match: each
string in all its forms, at edges, among neighbours, and with one byte wrong.  The same
seed and rules make the same files.  Used by bench/agreement."""
import base64
import random
import re
import shutil
import struct
import warnings

try:
    from re import _constants as sre, _parser as sre_parser
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse as sre_parser

MOST_BYTES = 1 << 21  # what `filesize > N` may ask of a file
LONGEST_JUMP = 300  # what stands for an open jump
BLOCK = 4096

# ---- reading rule files: no more of the language than strings need ----

HEADER = re.compile(rb"^[ \t]*(?:(?:private|global)[ \t]+)*rule[ \t]+(\w+)", re.M)
SECTION = re.compile(rb"^\s*strings\s*:(.*?)^\s*condition\s*:(.*)", re.S | re.M)
TOKEN = re.compile(
    rb"""(?P<skip> \s+ | //[^\n]* | /\*.*?\*/ )
       | (?P<id> \$\w* ) \s* = \s* (?: (?P<text> "(?:[^"\\\n]|\\.)*" )
                                     | (?P<hex> \{[^}]*\} )
                                     | (?P<regex> /(?:[^/\\\n]|\\.)+/[is]* ) )
       | (?P<modifier> (?:nocase|wide|ascii|xor|fullword|base64wide|base64|private)\b
         (?:\([^)]*\))? )""", re.S | re.X)
ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(.))', re.S)
LETTERS = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}


class String:
    def __init__(self, identifier, kind, value):
        self.identifier = identifier
        self.kind = kind
        self.value = value
        self.modifiers = []

    def has(self, name):
        return any(m.startswith(name) for m in self.modifiers)


def read_strings(section):
    strings = []
    at = 0
    while found := TOKEN.match(section, at):
        at = found.end()
        if found["modifier"] and strings:
            strings[-1].modifiers.append(found["modifier"].decode())
        elif found["id"]:
            kind = next(k for k in ("text", "hex", "regex") if found[k] is not None)
            strings.append(String(found["id"].decode(), kind, found[kind]))
    return strings


def read_sections(path):
    """(name, text of the strings, text of the condition) of each rule with strings."""
    source = path.read_bytes()
    headers = list(HEADER.finditer(source)) + [None]
    for header, following in zip(headers, headers[1:]):
        body = source[header.end():following.start() if following else len(source)]
        if section := SECTION.search(body):
            yield header[1].decode(), section[1], section[2]


def loosen(rule_files, folder):
    """Copies of the rules with strings, whose conditions are `any of them`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copies = []
    for path in rule_files:
        rules = [b"rule %s {\n strings:%s\n condition: any of them\n}\n" % (name.encode(), section)
                 for name, section, _ in read_sections(path)]
        if rules:
            copies.append(folder / path.name)
            copies[-1].write_bytes(b"".join(rules))
    return copies


# ---- bytes that a string matches ----


def plain_text(literal):
    return ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()) if m[1] else LETTERS.get(m[2], m[2]), literal[1:-1])


def wide(data):
    return bytes(b for byte in data for b in (byte, 0))


def alternatives(text):
    """(body, rest) behind an opening bracket: the alternatives, and what follows."""
    depth, start, found = 0, 0, []
    for i, c in enumerate(text):
        if c == "(":
            depth += 1
        elif c == ")" and depth > 0:
            depth -= 1
        elif depth == 0 and c in "|)":
            found.append(text[start:i])
            start = i + 1
            if c == ")":
                return found, text[start:]
    return [text], ""


def choose_length(r, low, high, size):
    """size: "least", "greatest" or "any"."""
    return {"least": low, "greatest": high}.get(size, r.randint(low, high))


HEX_JUMP = re.compile(r"\[(\d*)(-?)(\d*)\]")


def hex_bytes(r, text, size):
    out = b""
    while text:
        if text[0] == "(":
            ways, text = alternatives(text[1:])
            out += hex_bytes(r, r.choice(ways), size)
        elif jump := HEX_JUMP.match(text):
            low = int(jump[1] or 0)
            high = int(jump[3]) if jump[3] else low + LONGEST_JUMP if jump[2] else low
            out += r.randbytes(choose_length(r, low, high, size))
            text = text[jump.end():]
        else:
            is_not = text[0] == "~"
            text = text.lstrip("~")
            byte, text = text[:2], text[2:]
            high, low = (r.randrange(16) if c == "?" else int(c, 16) for c in byte)
            value = high << 4 | low
            if is_not:
                value ^= (byte[0] != "?") << 4 | (byte[1] != "?")
            out += bytes([value])
    return out


CATEGORIES = {sre.CATEGORY_DIGIT: b"0189", sre.CATEGORY_SPACE: b" \t\n", sre.CATEGORY_WORD: b"azAZ09_"}


def class_bytes(items):
    chosen, negated = set(), False
    for op, value in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            chosen.add(value)
        elif op is sre.RANGE:
            chosen.update(range(value[0], value[1] + 1))
        elif op is sre.CATEGORY:
            chosen.update(CATEGORIES.get(value, b"-.% "))
    if negated:
        chosen = set(range(32, 127)) - chosen or set(range(256)) - chosen
    return sorted(c for c in chosen if c < 256)


def regex_bytes(r, tree, size):
    out = b""
    for op, value in tree:
        if op is sre.LITERAL:
            out += bytes([value & 255])
        elif op is sre.NOT_LITERAL:
            out += bytes([r.choice([c for c in b"aZ1 ." if c != value])])
        elif op is sre.ANY:
            out += bytes([r.choice(b"abZ09 ./")])
        elif op is sre.IN:
            out += bytes([r.choice(class_bytes(value) or [97])])
        elif op is sre.BRANCH:
            out += regex_bytes(r, r.choice(value[1]), size)
        elif op is sre.SUBPATTERN:
            out += regex_bytes(r, value[-1], size)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, body = value
            high = min(high, low + (LONGEST_JUMP if len(body) == 1 and size == "greatest" else 8))
            for _ in range(choose_length(r, low, high, size)):
                out += regex_bytes(r, body, size)
    return out


def parse_regex(literal):
    source = literal[1:literal.rindex(b"/")].replace(b"\\/", b"/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return sre_parser.parse(source)
        except (re.error, OverflowError):
            return None


def matching_bytes(r, string, size):
    """Bytes that the string matches without its modifiers; None when not understood."""
    if string.kind == "text":
        return plain_text(string.value)
    if string.kind == "regex":
        tree = parse_regex(string.value)
        return None if tree is None else regex_bytes(r, tree, size)
    text = re.sub(rb"//[^\n]*|/\*.*?\*/", b"", string.value[1:-1], flags=re.S).decode("latin-1")
    return hex_bytes(r, "".join(text.split()), size)


def base64_of(data, alignment, tail):
    """What is left of data in base64 when alignment bytes come before and tail behind."""
    coded = base64.b64encode(bytes(alignment) + data + tail).rstrip(b"=")
    return coded[(alignment * 8 + 5) // 6 if alignment else 0:]


def proper_form(r, string, size="any"):
    """A form that the string matches by all its modifiers."""
    data = matching_bytes(r, string, size)
    if data is None:
        return None
    if string.has("base64"):
        data = base64_of(wide(data) if string.has("wide") and r.random() < 0.5 else data, r.randrange(3), b"")
        return wide(data) if string.has("base64wide") else data
    if string.has("nocase"):
        data = r.choice([data, data.swapcase(), data.upper(), data.lower()])
    if string.has("wide") and (not string.has("ascii") or r.random() < 0.5):
        data = wide(data)
    if string.has("xor"):
        bounds = [int(n, 0) for n in re.findall(r"0x[0-9a-fA-F]+|\d+", next(m for m in string.modifiers if m.startswith("xor")))]
        key = r.randint(bounds[0], bounds[-1]) if bounds else r.randrange(256)
        data = bytes(b ^ key for b in data)
    return data


def all_forms(r, string):
    """Forms by all modifiers, whether the string has them or not."""
    data = matching_bytes(r, string, "any")
    if data is None:
        return
    for form in (data, wide(data), data.swapcase(), wide(data.upper())):
        yield form
    for key in (1, r.randrange(2, 255), 255):
        yield bytes(b ^ key for b in data)
        yield bytes(b ^ key for b in wide(data))
    if len(data) < 200:
        for alignment in range(3):
            for form in (data, wide(data)):
                coded = base64_of(form, alignment, b"xyz"[:r.randrange(3)])
                yield coded
                yield wide(coded)
    if string.kind != "text":
        for size in ("least", "greatest"):
            yield matching_bytes(r, string, size)


def with_neighbours(r, data):
    """data as a word, and with what may or may not end one."""
    before, behind = (r.choice([b"", b" ", b"a", b"7", b"_", b"\0", b"b\0", b"\0\0", b".\0", b"\xe9"]) for _ in "ab")
    return before + data + behind


def one_byte_off(r, data):
    at = r.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << r.randrange(8))]) + data[at + 1:]


# ---- files ----

INTEGER_AT = re.compile(rb"\bu?int(8|16|32)(be)?\s*\(\s*(0x[0-9a-fA-F]+|\d+)\s*\)\s*==\s*(0x[0-9a-fA-F]+|\d+)")
STRING_AT = re.compile(rb"(\$\w*)\s+at\s+(0x[0-9a-fA-F]+|\d+)\b")
SIZE_BOUND = re.compile(rb"filesize\s*(>=?|<=?|==)\s*(0x[0-9a-fA-F]+|\d+)(KB|MB)?")


def number(text):
    return int(text, 0)


def pe_header():
    header = bytearray(0x200)
    header[:2] = b"MZ"
    struct.pack_into("<I", header, 0x3C, 0x80)
    struct.pack_into("<4sHHIIIHH", header, 0x80, b"PE\0\0", 0x14C, 1, 0x5F000000, 0, 0, 224, 0x102)
    struct.pack_into("<HBBIIIIIIIII", header, 0x98, 0x10B, 14, 0, 0x200, 0x200, 0, 0x1000, 0x1000, 0x2000, 0x400000, 0x1000, 0x200)
    struct.pack_into("<HHHHHHIIIIHH", header, 0x98 + 40, 6, 0, 0, 0, 6, 0, 0, 0x3000, 0x200, 0, 2, 0)
    struct.pack_into("<I", header, 0x98 + 92, 16)
    struct.pack_into("<8sIIIIIIHHI", header, 0x98 + 224, b".text", 0x1000, 0x1000, 0x1000, 0x200, 0, 0, 0, 0, 0x60000020)
    return header


def elf_header():
    header = bytearray(0x78)
    struct.pack_into("<16sHHIQQQIHHHHHH", header, 0, b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    struct.pack_into("<IIQQQQQQ", header, 64, 1, 5, 0, 0x400000, 0x400000, 0x1000, 0x1000, 0x1000)
    return header


def head_for(condition):
    """The start of a file for which what the condition says of fixed places holds."""
    wanted = {}
    for bits, big, place, value in INTEGER_AT.findall(condition):
        if number(place) < BLOCK:
            data = (number(value) & ((1 << int(bits)) - 1)).to_bytes(int(bits) // 8, "big" if big else "little")
            wanted.setdefault(number(place), data)
    start = wanted.get(0, b"")
    head = pe_header() if start[:2] == b"MZ" else elf_header() if start[:2] == b"\x7fE" else bytearray()
    for place, data in sorted(wanted.items(), reverse=True):
        head.extend(bytes(max(0, place + len(data) - len(head))))
        head[place:place + len(data)] = data
    return head


def place_at_fixed(r, head, condition, strings):
    for identifier, place in STRING_AT.findall(condition):
        string = next((s for s in strings if s.identifier == identifier.decode()), None)
        data = string and proper_form(r, string)
        if data and number(place) < BLOCK:
            head.extend(bytes(max(0, number(place) + len(data) - len(head))))
            head[number(place):number(place) + len(data)] = data


def least_size(condition):
    sizes = [number(n) * {b"KB": 1024, b"MB": 1 << 20}.get(unit, 1) + (op == b">")
             for op, n, unit in SIZE_BOUND.findall(condition) if op in (b">", b">=", b"==")]
    return max([s for s in sizes if s <= MOST_BYTES], default=0)


def filler(r, n):
    return r.choice([bytes(n), b" " * n, r.randbytes(n)])


def whole_file(r, head, strings, condition):
    """Every string, thrice: rules hold that ask for all of them."""
    body = bytearray(head)
    for size in ("any", "least", "greatest"):
        for string in strings:
            body += filler(r, r.randrange(1, 9)) + (proper_form(r, string, size) or b"")
            if string.has("fullword"):
                body += b"\0\0"
    missing = least_size(condition) - len(body)
    return body + filler(r, max(missing, 0))


def forms_file(r, head, strings, condition):
    body = bytearray(head)
    for string in strings:
        for form in all_forms(r, string):
            body += with_neighbours(r, form)
    return body


def near_miss_file(r, head, strings, condition):
    body = bytearray(head)
    for string in strings:
        for _ in range(3):
            if data := proper_form(r, string):
                body += b"\0" + one_byte_off(r, data) + b"\0"
    return body


def border_file(r, head, strings, condition):
    """Strings across every border of 4 KiB up to 64 KiB, and at both ends of the file."""
    forms = [f for s in strings if (f := proper_form(r, s))]
    if not forms:
        return head
    body = bytearray(filler(r, 16 * BLOCK + 64))
    body[:len(head)] = head
    for i in range(1, 17):
        data = r.choice(forms)
        at = i * BLOCK - r.randint(0, min(len(data), BLOCK // 2))
        body[at:at + len(data)] = data
    if not head:
        data = r.choice(forms)
        body[:len(data)] = data
    return body + r.choice(forms)


KINDS = {"whole": whole_file, "forms": forms_file, "near": near_miss_file, "border": border_file}


def build(rule_files, seed, folder):
    """Fills folder with the files for all rules; their number."""
    shutil.rmtree(folder, ignore_errors=True)
    n = 0
    for path in rule_files:
        for name, section, condition in read_sections(path):
            strings = read_strings(section)
            for kind, make in KINDS.items():
                r = random.Random(f"{seed}:{path.name}:{name}:{kind}")
                head = head_for(condition)
                place_at_fixed(r, head, condition, strings)
                target = folder / kind / f"{n // 4000:02d}" / f"{n}-{name[:60]}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(make(r, head, strings, condition))
                n += 1
    return n
