"""Everything that a running site leaves behind or shows, piece by piece, for the scanner."""

import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import psutil
import redis

from tests.security.live import Live
from tests.security.sockets.viewer import dial

Thing = tuple[str, str, bytes]
"""(kind, place, bytes)"""


class Monitor:
    """All that Valkey was told, from now on: the record that a broker's operator could make."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._socket.sendall(b"MONITOR\r\n")
        self._pieces: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while piece := self._socket.recv(65536):
            self._pieces.append(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    @property
    def record(self) -> bytes:
        """All so far."""
        return b"".join(self._pieces)


def valkey_socket(site: Live) -> Path:
    """Where the embedded server listens."""
    return site.stack.folder / "data" / "run" / "valkey.sock"


def valkey_values(site: Live) -> Iterator[Thing]:
    """Every key with its value. The queue's messages are there, too, if no worker takes them."""
    with closing(redis.Redis(unix_socket_path=str(valkey_socket(site)), protocol=2)) as client:
        readers = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
            b"stream": client.xrange,
        }
        for key in client.scan_iter(count=1000):
            kind = "celery" if key in {b"celery", b"unacked", b"unacked_index"} else "valkey"
            yield kind, key.decode(errors="replace"), key + flat(readers[client.type(key)](key))


def flat(value: Any) -> bytes:
    """All bytes of a reply, in order."""
    if isinstance(value, bytes):
        return value + b"\n"
    if isinstance(value, dict):
        return b"".join(flat(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return b"".join(flat(part) for part in value)
    return str(value).encode()


def database(site: Live) -> Iterator[Thing]:
    """Every row as SQL, and the files as they are."""
    path = site.stack.folder / "data" / "touchstone.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            kind = {"django_admin_log": "admin history", "providers_auditentry": "audit"}.get(table, "database")
            yield kind, table, "\n".join(map(repr, rows)).encode()
        yield "database", "dump", "\n".join(connection.iterdump()).encode()


def files(site: Live) -> Iterator[Thing]:
    """Logs and all other files of the site, but for the master keys (which are keys of another kind)."""
    for path in sorted(site.stack.folder.rglob("*")):
        if path.is_file() and "master_keys" not in path.parts:
            kind = "log" if path.suffix in {".log", ".out"} else "file"
            yield kind, str(path.relative_to(site.stack.folder)), path.read_bytes()


def processes(found: list[psutil.Process]) -> Iterator[Thing]:
    """Command lines and environments."""
    for process in found:
        yield "process", f"{process.pid} command", "\n".join(process.cmdline()).encode()
        environment = "\n".join(f"{name}={value}" for name, value in process.environ().items())
        yield "process", f"{process.pid} environment", environment.encode()


COMMAND = """
import io
from django.core.management import call_command
out, err = io.StringIO(), io.StringIO()
call_command(*WORDS, stdout=out, stderr=err)
said = out.getvalue() + err.getvalue()
"""


def commands(site: Live) -> Iterator[Thing]:
    """What administrators print and keep."""
    for words in (("dumpdata", "--all"), ("dumpdata", "--all", "--format=xml"), ("providers",), ("check", "--deploy")):
        said = site.run(f"WORDS = {words!r}\n{COMMAND}")
        assert said, words
        yield "command", " ".join(words), said.encode()


MOST, FEW = 100, 4
"""Rows of which each page is looked at: all keys and their providers, the newest of the others."""
ADMIN_LISTS = """
import compare_site.urls  # the admin finds its models when the addresses are read
from django.contrib import admin
from providers.models import Provider
said = []
for model in admin.site._registry:
    app, name = model._meta.app_label, model._meta.model_name
    said.append(f"/admin/{app}/{name}/")
    rows = model._base_manager.order_by("-pk")
    some = list(rows[: MOST if name == "apikey" else min(MOST, FEW)])
    if model is Provider and MOST > FEW:
        some = [*some, *rows.filter(api_keys__isnull=False).distinct()]
    for key in dict.fromkeys(row.pk for row in some):
        said += [f"/admin/{app}/{name}/{key}/{page}/" for page in ("change", "history", "delete")]
    said.append(f"/admin/{app}/{name}/add/")
"""


def pages(site: Live, comparisons: list[str]) -> Iterator[Thing]:
    """Every page and API answer of the owner, headers included."""
    own = [f"/c/{each}/" for each in comparisons] + [f"/api/v1/comparisons/{each}" for each in comparisons]
    own += ["/", "/history/", "/history/?q=echo", "/api/v1/models", "/api/v1/comparisons", "/api/v1/openapi.json"]
    with site.http("owner") as owner:
        for path in own:
            yield from _page(owner, path)
        for each in comparisons:
            for run in owner.get(f"/api/v1/comparisons/{each}").json()["runs"]:
                yield from _page(owner, f"/api/v1/runs/{run['id']}")


def admin_pages(site: Live, most: int = MOST) -> Iterator[Thing]:
    """The same of the administrator; of each kind of row ``most`` at most."""
    with site.http("admin") as admin:
        listed = site.run(f"MOST, FEW = {most}, {FEW}\n{ADMIN_LISTS}")
        assert len(listed) >= 30
        for path in ["/admin/", "/api/v1/models", "/nowhere/", *listed]:
            yield from _page(admin, path)


def _page(client: Any, path: str) -> Iterator[Thing]:
    answer = client.get(path)
    assert answer.status_code < 500, path
    yield "api" if path.startswith("/api/") else "page", path, answer.content
    yield "header", path, flat(dict(answer.headers.items()))


def frames(site: Live, comparisons: list[str]) -> Iterator[Thing]:
    """What a socket shows."""
    base = site.ws_url.partition("/ws/")[0]
    for each in comparisons:
        with dial(site, "owner", site.url, url=f"{base}/ws/comparisons/{each}/") as connection:
            connection.send(json.dumps({"type": "hello", "after": None}))
            yield "socket", each, str(connection.recv(timeout=30)).encode()
