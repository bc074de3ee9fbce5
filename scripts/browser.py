"""The Chromium that tests and pictures use: found, or installed.

Its headless build comes first where there is one: the same engine without the parts of a window, a quarter quicker.
BROWSER_EXE names another; BROWSER=playwright takes Playwright's own.
"""

import os
import shutil
import sys

from scripts.install import Missing, call, say

HEADLESS = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome")
"""As people use it: what is measured is measured in one of these, if there is one."""


def executable(*names: str) -> str | None:
    """The path of the first on this machine, ``names`` before any other that we know; None: Playwright's own."""
    if os.environ.get("BROWSER") == "playwright":
        return None
    known = (*names, HEADLESS, *WHOLE)
    return os.environ.get("BROWSER_EXE") or next(filter(None, map(shutil.which, known)), None)


def install() -> None:
    """Have one: by apt as root, else any that is there, else Playwright's own download. Raises ``Missing``."""
    if os.environ.get("BROWSER_EXE") or shutil.which(HEADLESS):
        return
    there = any(map(shutil.which, WHOLE))
    by_apt = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if by_apt and _headless(there):
        return
    if there:
        return
    if by_apt:
        say("Installing Chromium and a Chinese font ...")
        _apt("chromium", "fonts-noto-cjk")
    else:
        say("Downloading Chromium ...")
        call(sys.executable, "-m", "playwright", "install", "chromium")


def _headless(there: bool) -> bool:
    """Whether this system has the headless build; installed if so."""
    say("Installing Chromium's headless build ...")
    try:
        _apt(HEADLESS, *([] if there else ["fonts-noto-cjk"]))
    except Missing:
        say("This system has none.")
        return False
    return True


def _apt(*packages: str) -> None:
    call("apt-get", "update", "-q")
    call("apt-get", "install", "-y", "-q", *packages, DEBIAN_FRONTEND="noninteractive")
