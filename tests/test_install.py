"""Set-up skips what is done, and says what is missing."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts import install, run_peers
from tests.bench import peers

ROOT = Path(__file__).resolve().parents[1]


def test_a_step_is_done_once_until_its_inputs_change(tmp_path: Path) -> None:
    done: list[str] = []
    stamp = tmp_path / "deep" / "stamp"

    for wanted in ("a", "a", "b", "b"):
        install.once(stamp, wanted, "working", lambda: done.append("x"))

    assert len(done) == 2


def test_a_step_that_failed_is_tried_again(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    install.once(stamp, "a", "working", lambda: None)

    with pytest.raises(install.Missing):
        install.once(stamp, "b", "working", lambda: install.call("false"))

    assert not stamp.exists()


def test_a_failing_command_shows_what_it_said() -> None:
    with pytest.raises(install.Missing, match="no such thing"):
        install.call("sh", "-c", "echo no such thing; exit 3")


def test_the_digest_follows_contents_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    first = install.digest([tmp_path / "a"])
    assert install.digest([tmp_path / "a"]) == first
    (tmp_path / "a" / "x").write_text("2")
    assert install.digest([tmp_path / "a"]) != first
    (tmp_path / "a" / "x").write_text("1")
    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    assert install.digest([tmp_path / "a"]) != first


@pytest.mark.parametrize("kind", ["base", "dev"])
def test_every_package_of_a_lock_is_in_just_one_part_with_its_hashes(kind: str, tmp_path: Path) -> None:
    lock = ROOT / "requirements" / f"{kind}.txt"
    parts = [part.read_text() for part in install.parts(lock, str(tmp_path))]

    assert all(part.count("==") > 10 for part in parts)
    told = [line.strip() for line in lock.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert sorted(line.strip() for part in parts for line in part.splitlines()) == sorted(told)


def find_python(folder: Path) -> subprocess.CompletedProcess[str]:
    """The choice of Python where only ``folder`` and sh are on the PATH."""
    script = str(ROOT / "scripts" / "find_python.sh")
    return subprocess.run(["/bin/sh", script], env={"PATH": str(folder)}, capture_output=True, text=True)


def program(folder: Path, name: str, code: int) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)


def test_the_newest_python_that_really_starts_is_chosen(tmp_path: Path) -> None:
    program(tmp_path, "python3.13", 127)  # the stub of a version manager
    program(tmp_path, "python3.12", 0)
    program(tmp_path, "python3", 0)

    assert find_python(tmp_path).stdout == "python3.12\n"


def test_an_old_python_is_not_chosen(tmp_path: Path) -> None:
    program(tmp_path, "python3", 1)

    assert find_python(tmp_path).returncode == 1


def test_make_says_that_python_is_missing(tmp_path: Path) -> None:
    for name in ("make", "sh", "test", "echo"):
        found = next(Path(folder, name) for folder in os.environ["PATH"].split(":") if Path(folder, name).exists())
        (tmp_path / name).symlink_to(found)

    done = subprocess.run(["make", "run"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True)

    assert done.returncode != 0
    assert "Python 3.11 or newer is needed: install it" in done.stdout + done.stderr


def test_make_says_that_the_python_it_was_told_does_not_do(tmp_path: Path) -> None:
    program(tmp_path, "python2", 1)
    for python in (tmp_path / "python2", tmp_path / "none"):
        done = subprocess.run(["make", "run", f"PYTHON={python}"], cwd=ROOT, capture_output=True, text=True)

        assert done.returncode != 0
        assert "Python 3.11 or newer is needed: install it" in done.stdout
        assert "scripts/install.py" not in done.stdout + done.stderr


def test_whoever_is_asked_or_measured_apart_has_locks() -> None:
    apart = {**run_peers.PEERS, **run_peers.MEASURED}
    assert set(peers.PEERS.values()) <= set(apart)
    missing = [
        lock for locks in apart.values() for lock in locks if not (ROOT / "requirements" / f"{lock}.txt").exists()
    ]
    assert missing == []
    assert [name for name in run_peers.PEERS if not (ROOT / "tests/peers" / f"test_{name}.py").exists()] == []
