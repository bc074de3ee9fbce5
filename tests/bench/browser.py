"""The product's own page in Chromium: when tokens are painted, and what 12 fast columns cost its main thread."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.browser import WHOLE, executable
from tests.bench.figures import spread
from tests.clients.until import wait_until
from tests.stack import ROOT, Stack

START = """async ([models, prompt]) => {
  const headers = {
    "Content-Type": "application/json",
    "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content,
  };
  const body = JSON.stringify({ prompt, models });
  return (await fetch("/api/v1/comparisons", { method: "POST", headers, body })).json();
}"""
FINISHED = """(id) => fetch(`/api/v1/comparisons/${id}`).then((answer) => answer.json())
  .then((state) => state.runs.every((run) => run.status === "finished"))"""
SHOWN = """() => [...document.querySelectorAll("ts-column ts-status")]
  .every((word) => word.textContent.includes("Done"))"""
PAINTED = "() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))"
WATCH = """() => {
  const seen = new Map();
  const painted = (window.__painted = []);
  const changed = new Set();
  // Columns beyond the edge are painted seldom, on purpose: nobody sees them.
  const hidden = new Set([...document.querySelectorAll("ts-column")].filter((column) => {
    const box = column.getBoundingClientRect();
    return box.left >= innerWidth || box.right <= 0 || box.top >= innerHeight;
  }));
  window.__frames = 0;
  const count = () => { window.__frames += 1; requestAnimationFrame(count); };
  count();
  const channel = new MessageChannel();
  // A message that is posted in a frame comes after that frame was painted.
  channel.port1.onmessage = (event) => {
    const now = performance.now();
    for (const [number, sent] of event.data) painted.push([number, sent, now]);
  };
  const look = () => {
    const fresh = [];
    for (const column of changed) {
      const text = column.querySelector(".answer-text")?.textContent ?? "";
      const last = seen.get(column) ?? -1;
      for (const [, number, sent] of text.slice(-600).matchAll(/(\\d+):(\\d{10,}) /g)) {
        if (Number(number) > last) fresh.push([Number(number), sent]);
        seen.set(column, Math.max(seen.get(column) ?? -1, Number(number)));
      }
    }
    changed.clear();
    if (fresh.length) channel.port2.postMessage(fresh);
  };
  new MutationObserver((records) => {
    for (const record of records) {
      const element = record.target instanceof Element ? record.target : record.target.parentElement;
      const column = element?.closest("ts-column");
      if (column && !hidden.has(column)) changed.add(column);
    }
    look();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  return document.querySelectorAll("ts-column").length - hidden.size;
}"""
LONG_TASKS = """() => {
  window.__long = [];
  new PerformanceObserver((list) => window.__long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });
}"""
REFERENCE = "reference_whole_text_each_100_ms"
METRICS = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


def signed_in(browser: Browser, stack: Stack) -> Page:
    """A page of the administrator, who comes in by the link that ``up`` printed."""
    page = browser.new_context(base_url=stack.url, viewport={"width": 1720, "height": 1060}).new_page()
    page.goto(stack.sign_in_link)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{stack.url}/")
    return page


def painted(page: Page, seconds: float, rate: int = 20, columns: int = 16) -> dict[str, Any]:
    """Age of tokens in ms when they are on the screen."""
    models = [f"measured/paced@rate={rate},tokens={int(rate * seconds)}"] * columns
    made = page.evaluate(START, [models, "Painted"])["id"]
    page.goto(f"/c/{made}/")
    visible = page.evaluate(WATCH)
    begun = time.monotonic()
    zero = _clock(page)
    _until_finished(page, made, seconds + 60)
    frames = page.evaluate("window.__frames") / (time.monotonic() - begun)
    tokens = page.evaluate("window.__painted")
    late = [each for each in tokens if each[0] >= rate]
    ages = [(now * 1e6 + zero - int(sent)) / 1e6 for _, sent, now in late]
    return {**spread(ages), "visible_columns": visible, "frames_per_s": round(frames)}


def load(page: Page, seconds: float, rate: int = 80, columns: int = 12) -> dict[str, Any]:
    """Main-thread CPU for each second of streaming, and long tasks."""
    models = [f"demo/fast@rate={rate},tokens={int(rate * seconds)},delay=1500"] * columns
    made = page.evaluate(START, [models, "Load"])["id"]
    page.goto(f"/c/{made}/")
    page.evaluate(LONG_TASKS)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _metrics(devtools)
    _until_finished(page, made, seconds + 120)
    after = _metrics(devtools)
    tasks = page.evaluate("window.__long")
    costs = {
        f"{name.removesuffix('Duration').lower()}_ms_per_s": round((after[name] - before[name]) * 1000 / seconds)
        for name in METRICS
    }
    return {**costs, "long_tasks": len(tasks), "longest_ms": round(max(tasks, default=0)), "seconds": seconds}


def _until_finished(page: Page, comparison: str, seconds: float) -> None:
    """Asks once a second, for each question costs the page under measurement; then until the last frame is painted."""
    wait_until(lambda: page.evaluate(FINISHED, comparison), seconds, step=1)
    wait_until(lambda: page.evaluate(SHOWN))
    page.evaluate(PAINTED)


def _clock(page: Page) -> int:
    """CLOCK_MONOTONIC in ns at the page's time zero, from the quickest of many questions."""
    best: tuple[int, int] | None = None
    for _ in range(200):
        before = time.monotonic_ns()
        now = page.evaluate("performance.now()")
        after = time.monotonic_ns()
        guess = (after - before, (before + after) // 2 - int(now * 1e6))
        best = min(best or guess, guess)
    assert best is not None
    return best[1]


def _metrics(devtools: Any) -> dict[str, float]:
    got = devtools.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in got if each["name"] in METRICS}


def measure(stack: Stack, seconds: float) -> dict[str, Any]:
    """Both, in one browser."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(*WHOLE), args=arguments)
        page = signed_in(browser, stack)
        found = {"painted_16x20": painted(page, seconds), "page_12x80": load(page, seconds)}
        browser.close()
    return found


def rendering() -> Any:
    """The rendering alone, on a virtual clock, with its own reference: see ``tests.bench.render``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.render"], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"tests.bench.render: {done.stderr[-1000:]}")
    return json.loads(done.stdout)
