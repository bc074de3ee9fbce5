"""How a rendered answer looks and behaves in a real browser: contrast, width, selection, and staying at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.clients.until import wait_until
from tests.e2e.render_stage import ROOT, running_stage

SAMPLE = (ROOT / "tests/corpus/answer.md").read_text(encoding="utf-8")
AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ABOUT_THE_WHOLE_PAGE = {"page-has-heading-one", "heading-order"}
"""The stage has no headings of its own above the answer's."""


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    with running_stage() as url:
        yield url


def open_stage(chromium: Browser, url: str, *, width: int = 520) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 700})
    page.goto(url)
    wait_until(lambda: page.evaluate("'show' in (window.stage ?? {})"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, stage: str, theme: str) -> None:
    page = open_stage(chromium, f"{stage}/?{theme}")
    page.evaluate("(text) => window.stage.show(text)", SAMPLE)
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run('#stage', { runOnly: rules })", RULES)
    wrong = [
        (each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in found["violations"]
        if each["id"] not in ABOUT_THE_WHOLE_PAGE
    ]
    page.close()
    assert wrong == []
    assert len(found["passes"]) > 5


def test_nothing_makes_the_page_wider(chromium: Browser, stage: str) -> None:
    page = open_stage(chromium, stage, width=340)
    wide = "| " + " | ".join("column" * 3 for _ in range(12)) + " |\n|" + "---|" * 12 + "\n\n"
    formula = "$$" + " + ".join(f"x_{{{number}}}^2" for number in range(60)) + "$$\n\n"
    text = f"{SAMPLE}\n\n{'unbroken' * 60}\n\n{wide}{formula}$\\hspace{{-900em}}x$ https://example.org/{'path' * 60}\n"
    page.evaluate("(text) => window.stage.show(text, { width: 320 })", text)
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    assert page.evaluate("document.querySelector('.answer').scrollWidth") <= 320
    page.close()


def test_formulas_are_set_in_the_font_that_stretches_brackets(chromium: Browser, stage: str) -> None:
    page = open_stage(chromium, stage)
    page.evaluate(r"window.stage.show('$$\\left(\\begin{matrix}1\\\\2\\\\3\\end{matrix}\\right)$$')")
    # It is asked for when the formula is laid out.
    wait_until(lambda: page.evaluate("document.fonts.check('16px \"STIX Two Math\"')"))
    heights = "[...document.querySelectorAll('math mo')].map((mark) => mark.getBoundingClientRect().height)"
    wait_until(lambda: min(page.evaluate(heights)) > 40)
    page.close()


def test_what_the_reader_selected_stays_selected_while_the_text_grows(chromium: Browser, stage: str) -> None:
    page = open_stage(chromium, stage)
    page.evaluate("""async () => {
      const root = document.body.appendChild(document.createElement("section"));
      window.answer = new window.stage.Answer(root);
      window.answer.push("First paragraph, selected.\\n\\n- one\\n- two\\n\\nNext");
      await window.answer.finish();
      getSelection().selectAllChildren(root.querySelector("p"));
      for (const piece of [" words", " come\\n\\n", "```py\\nx = 1\\n", "```\\n", "\\n[x]: https://example.org\\n"]) {
        window.answer.push(piece);
        await window.answer.finish();
      }
    }""")
    assert page.evaluate("getSelection().toString().trim()") == "First paragraph, selected."
    page.close()


FOLLOWED = """async () => {
  const scroller = document.body.appendChild(document.createElement("div"));
  for (const [name, value] of [["height", "200px"], ["overflow", "auto"], ["width", "300px"]]) {
    scroller.style.setProperty(name, value);
  }
  const root = scroller.appendChild(document.createElement("section"));
  window.scroller = scroller;
  window.answer = new window.stage.Answer(root);
  window.following = window.stage.follow(scroller, window.answer);
  window.grow = async () => {
    window.answer.push("A paragraph that takes some lines of the narrow column.\\n\\n".repeat(5));
    await window.answer.finish();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  };
  return window.grow();
}"""


STILL = """async () => {
  for (let before = NaN; before !== window.scroller.scrollTop; ) {
    before = window.scroller.scrollTop;
    for (let frame = 0; frame < 5; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  }
}"""
"""A wheel may scroll smoothly: until it has come to rest."""


def test_the_end_stays_in_view_until_the_reader_moves_up(chromium: Browser, stage: str) -> None:
    page = open_stage(chromium, stage)
    assert page.evaluate(FOLLOWED) < 2
    assert page.evaluate("window.grow()") < 2
    page.locator("body > div").hover()
    page.mouse.wheel(0, -120)
    wait_until(lambda: not page.evaluate("window.following.following"))
    page.evaluate(STILL)
    before = page.evaluate("window.scroller.scrollTop")
    assert page.evaluate("window.grow()") > 100
    assert page.evaluate("window.scroller.scrollTop") == before
    page.evaluate("window.following.toBottom()")
    assert page.evaluate("window.grow()") < 2
    page.close()


def test_timings_are_kept_only_when_asked_for(chromium: Browser, stage: str) -> None:
    page = open_stage(chromium, f"{stage}/?perf=1")
    page.evaluate("(text) => window.stage.show(text, { count: 3 })", SAMPLE)
    wait_until(lambda: page.evaluate("window.touchstonePerf.flushes") == 3)
    assert page.evaluate("window.touchstonePerf.summary().p50") > 0
    page.close()
    page = open_stage(chromium, stage)
    assert page.evaluate("'touchstonePerf' in window") is False
    page.close()
