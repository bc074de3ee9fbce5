"""Where the embedded Valkey has its socket, and that it answers there."""

import subprocess
from pathlib import Path

import redis

from compare_site.processes import embedded_valkey
from tests.clients.until import wait_until


def test_the_preferred_folder_is_made_private(tmp_path: Path) -> None:
    folder = embedded_valkey.socket_folder(tmp_path / "run")

    assert folder == tmp_path / "run"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []


def test_a_path_too_long_for_a_socket_is_replaced_by_a_private_folder(tmp_path: Path) -> None:
    folder = embedded_valkey.socket_folder(tmp_path / ("x" * 100) / "run")
    try:
        assert len(str(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        folder.rmdir()


def test_it_answers_on_the_socket_only_and_writes_nothing(tmp_path: Path) -> None:
    folder = embedded_valkey.socket_folder(tmp_path / "v")
    spec = embedded_valkey.spec(folder)
    assert spec.before is not None
    (folder / "valkey.sock").write_text("left behind by a crash")
    spec.before()
    with subprocess.Popen(spec.command, stdout=subprocess.DEVNULL) as process:
        try:
            client = redis.Redis(unix_socket_path=str(folder / "valkey.sock"), protocol=2)
            wait_until(lambda: _answers(client))
            assert client.config_get("port") == {"port": "0"} or client.config_get("port") == {b"port": b"0"}
            client.set("a", "b")
            client.close()
        finally:
            process.terminate()
    assert [path.name for path in folder.iterdir()] == []


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
