"""Builds the benchmark corpus from what the machine has, and the yara command line
for a folder of rule files.  Used by the programs beside it; not run by itself."""
import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = pathlib.Path(os.environ.get("RAQUET_DATA", ROOT.parent / "shared" / "data"))
RULES = DATA / "rules" / "signature-base" / "yara"
PLACE = pathlib.Path(os.environ.get("RAQUET_BENCH", ROOT / "build" / "bench"))  # what is made
EXTERNALS = ["filename", "filepath", "extension", "filetype", "owner", "md5", "id"]


def kind_of(path):
    with open(path, "rb") as f:
        head = f.read(4)
    if head[:2] == b"MZ":
        return "pe"
    if head == b"\x7fELF":
        return "elf"
    return "other"


def build(megabytes, folders=("/usr/lib", "/usr/bin", "/usr/share", "/opt"), max_file=64 << 20):
    """Copies files into PLACE/corpus until each kind has its share.  Stable order, so
    that two runs on one machine agree.  Returns the folder."""
    corpus = PLACE / f"corpus-{megabytes}"
    if (corpus / ".complete").exists():
        return corpus
    shutil.rmtree(corpus, ignore_errors=True)
    corpus.mkdir(parents=True)
    left = {kind: megabytes * 1024 * 1024 // 3 for kind in ("pe", "elf", "other")}
    seen = set()
    n = 0
    for folder in folders:
        for parent, names, files in os.walk(folder):
            names.sort()
            for name in sorted(files):
                path = os.path.join(parent, name)
                try:
                    if os.path.islink(path):
                        continue
                    state = os.stat(path)
                    if not 0 < state.st_size <= max_file or (state.st_dev, state.st_ino) in seen:
                        continue
                    seen.add((state.st_dev, state.st_ino))
                    kind = kind_of(path)
                    if left[kind] < state.st_size:
                        continue
                    target = corpus / kind / f"{n // 1000:03d}" / f"{n}-{name[-80:]}"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
                except OSError:
                    continue
                left[kind] -= state.st_size
                n += 1
    (corpus / ".complete").write_text("")
    return corpus


def small_files(count=20000):
    """count files of 1 to 16 KB cut from the machine's programs and texts."""
    folder = PLACE / f"small-{count}"
    if (folder / ".complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    n = 0
    for parent, names, files in os.walk(build(1536)):
        names.sort()
        for name in sorted(files):
            if n == count:
                break
            with open(os.path.join(parent, name), "rb") as f:
                # two pieces a file: its head, and something from inside
                for start in (0, 65536):
                    f.seek(start)
                    piece = f.read(1024 + (n * 7919) % (15 * 1024))
                    if len(piece) >= 1024 and n < count:
                        target = folder / f"{n // 1000:02d}" / f"{n}.bin"
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(piece)
                        n += 1
    (folder / ".complete").write_text("")
    return folder


def rule_files(folder=RULES):
    return sorted(folder.glob("*.yar"))


def folder_of_rules(files):
    """A folder with these rule files alone: `raquet scan` takes each for a namespace."""
    folder = PLACE / "rules"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in files:
        shutil.copyfile(path, folder / path.name)
    return folder


def no_externals():
    """Options that make the external variables which the rules use empty."""
    return [a for name in EXTERNALS for a in ("-d", f"{name}=")]


def yara_rules_arguments(files):
    """namespace:file for each file, and the external variables that the rules use."""
    return no_externals() + [f"{path.stem}:{path}" for path in files]
