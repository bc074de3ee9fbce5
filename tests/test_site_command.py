"""Commands where there is no site yet: usually a DATA_DIR that was forgotten."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    "command",
    [
        ("signin_link", "admin"),
        ("api_token", "you", "--create"),
        ("providers",),
        ("add_provider", "mine", "--protocol", "openai_chat", "--base-url", "http://127.0.0.1:9/v1", "--key-stdin"),
    ],
    ids=lambda command: command[0],
)
def test_without_a_database_it_is_one_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        input="sk-0123456789abcdef",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"There is no Touchstone in {tmp_path} yet." in done.stderr
    assert not list(tmp_path.glob("master_keys/*"))
