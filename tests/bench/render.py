"""What 12 streaming answers cost the browser's main thread, and the same text rendered anew each 100 ms as a reference.

A virtual clock drives the frames, CPU time is that of the thread, so a busy machine changes little. Prints JSON:
``python -m tests.bench.render``.
"""

import json
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from scripts.browser import WHOLE, executable  # noqa: E402
from tests.clients.until import wait_until  # noqa: E402
from tests.e2e.render_stage import running_stage  # noqa: E402

COLUMNS, TOKENS_A_SECOND = 12, 80
RUNS: dict[str, dict[str, Any]] = {
    "answers": {"seconds": 20},
    "answers_long": {"seconds": 10, "start": 90},
    "reference_whole_text_each_100_ms": {"seconds": 5, "start": 20, "mode": "whole"},
}
"""``answers_long`` measures the last ten seconds of 8,000 tokens a column."""
VIRTUAL_CLOCK = """
window.virtualNow = 0;
const real = window.requestAnimationFrame.bind(window);
const advance = () => { window.virtualNow += 1000 / 60; real(advance); };
real(advance);
window.requestAnimationFrame = (callback) => real(() => callback(window.virtualNow));
"""
METRICS = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


def measure(browser: Browser, url: str, run: dict[str, Any]) -> dict[str, Any]:
    """One run in a fresh page."""
    page = browser.new_page(viewport={"width": 1720, "height": 1060})
    page.add_init_script(VIRTUAL_CLOCK)
    page.goto(f"{url}/")
    wait_until(lambda: page.evaluate("'show' in (window.stage ?? {})"))
    page.evaluate("import('/tests/bench/render.js')")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def metrics() -> dict[str, float]:
        got = devtools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in got if each["name"] in METRICS}

    page.evaluate("(options) => window.bench.prepare(options)", {"count": COLUMNS, "rate": TOKENS_A_SECOND, **run})
    before = metrics()
    frames: dict[str, Any] = page.evaluate("window.bench.stream()")
    after = metrics()
    page.close()
    per_second = {
        f"{name.removesuffix('Duration').lower()}_ms_per_s": round((after[name] - before[name]) * 1000 / run["seconds"])
        for name in METRICS
    }
    return {"simulated_s": run["seconds"], **per_second, **frames}


def main() -> None:
    """All runs, as JSON on standard output."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with running_stage() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(*WHOLE), args=arguments)
        results = {name: measure(browser, url, run) for name, run in RUNS.items()}
        browser.close()
    print(json.dumps({"columns": COLUMNS, "tokens_per_s": TOKENS_A_SECOND, **results}, indent=2))


if __name__ == "__main__":
    main()
