"""``manage.py up``: starts everything, keeps it running, stops it in order and leaves nothing behind."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.clients.until import wait_until
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("up"), from_nothing=True) as stack:
        yield stack


def status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)


def up(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """An ``up`` that is expected to end by itself."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), **variables}
    command = [sys.executable, str(ROOT / "manage.py"), "up", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_it_prints_the_address_and_a_link_that_works(stack: Stack) -> None:
    assert status(f"{stack.url}/healthz") == 200
    assert stack.sign_in_link.startswith(f"{stack.url}/accounts/link/")
    assert status(stack.sign_in_link) == 200


def test_a_new_link_leads_to_the_port_that_was_chosen(stack: Stack) -> None:
    link = stack.manage("signin_link", "admin").strip()

    assert link.startswith(f"{stack.url}/accounts/link/")
    assert status(link) == 200


def test_the_log_has_no_token(stack: Stack) -> None:
    token = stack.sign_in_link.rstrip("/").rsplit("/", 1)[1]
    status(stack.sign_in_link)

    wait_until(lambda: "/accounts/link/" in stack.log)
    assert token not in stack.log


@pytest.mark.parametrize("part", ["valkey", "web", "worker"])
def test_a_killed_part_comes_back(stack: Stack, part: str) -> None:
    killed = stack.kill(part)

    wait_until(lambda: [process.pid for process in stack.processes(part)] not in ([], [killed.pid]))
    wait_until(stack.is_ready, 30)


def test_nobody_else_can_read_the_data(stack: Stack) -> None:
    folder = stack.folder / "data"

    assert (folder / "run" / "valkey.sock").is_socket()
    assert [path for path in folder.iterdir() if path.stat().st_mode & 0o077] == []


def test_a_second_one_on_the_same_folder_is_refused(stack: Stack) -> None:
    done = up(stack.folder / "data", "--port", "0")

    assert done.returncode == 1
    assert "is running on" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_everything_and_what_it_printed_stays_in_sight(tmp_path: Path) -> None:
    with Stack(tmp_path, environment={"LOG_LEVEL": "WARNING"}) as stack:
        names = {part: stack.processes(part) for part in ("valkey", "web", "worker")}
        assert all(len(found) == 1 for found in names.values()), names
        for path in ("/", "/accounts/sign-in/", "/history/"):
            status(f"{stack.url}{path}")

        assert stack.stop() == 0
        assert "GET" not in stack.log


def test_killing_it_leaves_no_orphan(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.start()
    below = stack.processes()
    assert len(below) == 3

    stack.crash()

    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = up(tmp_path, "--port", str(port))

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"CommandError: Port {port} is taken by another program. Choose another one: PORT={port + 1} make run"
    )


@pytest.mark.parametrize("said", [{"PORT": "99999"}, {}], ids=["PORT", "--port"])
def test_a_port_that_does_not_exist_is_a_sentence(tmp_path: Path, said: dict[str, str]) -> None:
    done = up(tmp_path, *(() if said else ("--port", "99999")), **said)

    assert done.returncode == 1
    assert "must be at most 65535" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    done = up(tmp_path / "data")

    assert done.returncode == 1
    assert "Set DATA_DIR to a folder you can write to." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = up(tmp_path, "--port", "0", REDIS_URL=f"unix://{tmp_path}/none.sock")

    assert done.returncode == 1
    assert "no Valkey or Redis answers there" in done.stderr
    assert "Traceback" not in done.stderr
