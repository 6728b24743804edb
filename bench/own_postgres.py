"""A PostgreSQL of a benchmark's own, in a folder, with its usual settings (fsync on)."""
import contextlib
import glob
import os
import shutil
import subprocess
import tempfile


def _run(*command):
    """PostgreSQL refuses to run as root."""
    if os.getuid() == 0:
        command = ("runuser", "-u", "postgres", "--", *command)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextlib.contextmanager
def server(parent):
    """Gives a function that makes a database and returns its address; None: not installed."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        yield None
        return
    programs = programs[-1]
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        _run(f"{programs}/initdb", "-D", data, "-U", "raquet", "-A", "trust",
             "--encoding=UTF8", "--locale=C.UTF-8")
        _run(f"{programs}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "start", "-o",
             f"-k {folder} -c listen_addresses=")

        def database(name):
            _run(f"{programs}/createdb", "-h", folder, "-U", "raquet", name)
            return f"postgresql:///{name}?host={folder}&user=raquet"

        try:
            yield database
        finally:
            _run(f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop")
