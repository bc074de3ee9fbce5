"""Takes the picture of the README: the real site, the real browser, the simulated models, in mid-stream."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from scripts.browser import executable
from scripts.install import ROOT, say
from tests.stack import Stack

MODELS = ("demo/broken", "demo/tools")
PROMPT = "Explain how the Gauss–Seidel method converges for a 2×2 system, with a short Python function."
PICTURE = ROOT / "docs" / "screenshot.png"


def add_models(page: Page) -> None:
    """Beside those of a first visit."""
    page.get_by_role("button", name="Add model").first.click()
    search = page.locator("ts-picker input")
    for model in MODELS:
        search.fill(model)
        page.locator(f"ts-picker [role=option][data-id='{model}']").click()
    page.locator("ts-picker [data-apply]").click()


def main() -> None:
    """Start, sign in, compare, take the picture."""
    folder = Path(tempfile.mkdtemp(prefix="touchstone-"))
    PICTURE.parent.mkdir(exist_ok=True)
    with Stack(folder) as stack, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable(), args=arguments)
        page = browser.new_page(viewport={"width": 1720, "height": 960})
        page.goto(stack.sign_in_link)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        add_models(page)
        page.locator("ts-composer textarea:visible").last.fill(PROMPT)
        page.keyboard.press("Control+Enter")
        page.get_by_text(re.compile("3 of 5 finished|2 running")).wait_for(timeout=60_000)
        page.screenshot(path=PICTURE)
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)
    say(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
