"""Commands where there is no site yet: usually a DATA_DIR that was forgotten."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("signin_link", "admin"), 1),
        (("api_token", "you", "--create"), 1),
        (("compare", "hello", "-m", "demo/fast"), 3),
        (("add_provider", "my", "--protocol", "openai_chat", "--base-url", "http://127.0.0.1:9/v1", "--key-stdin"), 1),
    ],
    ids=["signin_link", "api_token", "compare", "add_provider"],
)
def test_without_a_database_it_is_one_sentence(tmp_path: Path, command: tuple[str, ...], code: int) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        input="sk-0123456789abcdef",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert f"There is no Touchstone in {tmp_path} yet." in done.stderr
    assert not list(tmp_path.glob("master_keys/*"))


def test_who_stops_reading_what_is_printed_gets_no_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "help"],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
