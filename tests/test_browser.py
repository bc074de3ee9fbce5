"""Which Chromium the tests get, on machines that have one, another or none."""

import os
from pathlib import Path

import pytest

from scripts import browser
from scripts.install import Missing

APT = """#!/bin/sh
echo "$@" >> {log}
case "$*" in *{refused}*) exit 100;; esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH of somebody who is root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER_EXE", raising=False)
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def apt(folder: Path, refused: str) -> Path:
    """An apt-get that does not know the package ``refused``; what it was asked stands in the file."""
    log = folder / "asked"
    program(folder, "apt-get", APT.format(log=log, refused=refused))
    return log


def test_the_headless_build_comes_first_and_measurements_take_the_whole_one(machine: Path) -> None:
    whole, headless = program(machine, "chromium"), program(machine, browser.HEADLESS)
    log = apt(machine, "nothing")
    browser.install()
    assert not log.exists()
    assert browser.executable() == headless
    assert browser.executable(*browser.WHOLE) == whole


def test_measurements_take_the_headless_build_where_there_is_no_other(machine: Path) -> None:
    headless = program(machine, browser.HEADLESS)
    assert browser.executable(*browser.WHOLE) == headless


def test_the_headless_build_is_installed_beside_the_whole_one(machine: Path) -> None:
    program(machine, "chromium")
    log = apt(machine, "nothing")
    browser.install()
    assert log.read_text() == f"update -q\ninstall -y -q {browser.HEADLESS}\n"


def test_a_system_without_a_headless_build_uses_what_it_has(machine: Path) -> None:
    whole = program(machine, "chromium")
    apt(machine, browser.HEADLESS)
    browser.install()
    assert browser.executable() == whole


def test_a_system_with_neither_gets_chromium_and_a_chinese_font(machine: Path) -> None:
    log = apt(machine, browser.HEADLESS)
    browser.install()
    assert log.read_text().splitlines()[-1] == "install -y -q chromium fonts-noto-cjk"


def test_what_cannot_be_installed_is_said(machine: Path) -> None:
    apt(machine, "install")
    with pytest.raises(Missing, match="chromium fonts-noto-cjk"):
        browser.install()


@pytest.mark.parametrize(("name", "expected"), [("BROWSER_EXE", "/somewhere/else"), ("BROWSER", None)])
def test_another_can_be_named(machine: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str | None) -> None:
    program(machine, browser.HEADLESS)
    monkeypatch.setenv(name, expected or "playwright")
    assert browser.executable() == expected
