"""A database file as ``migrate`` leaves it, made once for every state of the migrations: sites of tests and tests
themselves begin with a copy, because making it anew takes a site longer than all else of its start.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from scripts.install import CACHE, ROOT, digest

NAME = "touchstone.sqlite3"


def migrated() -> Path:
    """The file. When several test processes begin at once, one of them makes it and the others wait for it."""
    # Django's own migrations and those of other packages change with their versions.
    sources = [ROOT / "requirements" / "base.txt"]
    sources += sorted(path for app in ("compare_site", "providers") for path in (ROOT / app).glob("**/migrations/*.py"))
    target = CACHE / "test-database" / f"{digest(sources)[:16]}.sqlite3"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                _migrate(Path(folder)).rename(target)
    return target


def _migrate(folder: Path) -> Path:
    """All in one file: what is still in the write-ahead log belongs to it, too."""
    environment = {**os.environ, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "compare_site.settings"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
    subprocess.run(command, env=environment, check=True)
    whole = folder / "whole.sqlite3"
    with closing(sqlite3.connect(folder / NAME)) as connection:
        connection.execute("VACUUM INTO ?", (str(whole),))
    return whole


def begin_with(folder: Path) -> None:
    """Put a copy into a data folder that has no database yet, for its owner alone as ``up`` would make it."""
    target = folder / NAME
    if not target.exists():
        target.touch(mode=0o600)
        shutil.copyfile(migrated(), target)
