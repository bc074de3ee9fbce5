"""What models and providers say, as it streams and afterwards, for owners and guests: nothing fires, nothing leaves."""

import re
from functools import partial

import pytest
from playwright.sync_api import Error, Route, expect

from tests.clients.until import wait_until
from tests.security.xss.browser import POKE, Watched
from tests.security.xss.hostile import AS_JSON, BREAK_OFF, LATER, REFUSE
from tests.security.xss.speech import MARK
from tests.security.xss.stage import COLUMNS, CONTENT, WAIT, Stage, as_model_id, check, corpus, sample, storable

pytestmark = pytest.mark.e2e
LOOKED_INTO = 3
SHOWN = (".answer", "ts-reasoning", "ts-tool-call", ".server-tool", ".citation", ".block-label", "img", ".other-block")
"""What answers without an error have: texts, reasoning, calls, tools and sources of providers, refusals, pictures."""


def live(stage: Stage, texts: list[str], ask: str = "") -> str:
    """Watched from the first character on, then read again from the start, then by somebody with a link."""
    stage.hostile.close()
    comparison = stage.start(texts, ask)
    columns = len({as_model_id(text) for text in texts})
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/c/{comparison}/")
    expect(watched.page.locator(CONTENT)).to_have_count(columns, timeout=WAIT)
    stage.hostile.open()
    for again in (False, True):
        if again:
            watched.page.reload()
        expect(watched.page.locator(CONTENT, has_text=MARK)).to_have_count(columns, timeout=WAIT)
        check(watched)
    for kind in SHOWN if not ask else ():
        expect(watched.page.locator(f"{CONTENT} {kind}").first).to_be_attached()
    look_inside(watched)
    watched.page.context.close()
    wait_until(lambda: stage.ended(comparison), 60, 0.2)
    viewer = stage.shared(comparison)
    expect(viewer.page.locator(CONTENT, has_text=MARK)).to_have_count(columns, timeout=WAIT)
    check(viewer)
    viewer.page.context.close()
    return comparison


def look_inside(watched: Watched) -> None:
    """The source of the answers, the object of a run, the menu of a column, what was asked."""
    page = watched.page
    page.get_by_role("button", name="Source", exact=True).click()
    check(watched, poke=False)
    page.locator("details.asked summary").click()
    for place in range(min(LOOKED_INTO, page.locator(CONTENT).count())):
        column = page.locator(CONTENT).nth(place)
        column.locator("[data-do=json]").click()
        expect(page.locator("ts-json-view pre")).to_contain_text("request_report")
        page.keyboard.press("Escape")
        column.get_by_role("button", name="More actions").click()
        page.get_by_role("button", name="Copy model id").click()
    check(watched)


def test_the_control_fires(stage: Stage) -> None:
    """The same texts as HTML, on a page without a policy: the spies see them."""
    fired, foreign = control(stage, sample(48))
    assert fired >= 10
    assert foreign >= 3


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_the_control_fires_with_everything(stage: Stage) -> None:
    fired, foreign = control(stage, corpus())
    assert fired >= 100
    assert foreign >= 30


def control(stage: Stage, texts: list[str]) -> tuple[int, int]:
    """How many fired, and how many requests to other hosts they made."""
    fired, foreign = 0, 0
    watched = stage.page("anonymous")
    for text in texts:
        watched.page.route(f"{stage.site.url}/control/", partial(answer, body=f"<!doctype html><body>{storable(text)}"))
        try:
            watched.page.goto(f"{stage.site.url}/control/", timeout=5_000)
            watched.page.evaluate(POKE)
            fired += len(watched.page.evaluate("window.__fired"))
            watched.page.unroute(f"{stage.site.url}/control/")
        except Error:  # it went to another page: the next text gets a new one
            foreign += len(watched.foreign)
            watched.page.context.close()
            watched = stage.page("anonymous")
    foreign += len(watched.foreign)
    watched.page.context.close()
    print(f"\ncontrol: {len(texts)} texts, {fired} fired, {foreign} requests to other hosts")
    return fired, foreign


def answer(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("ask", ["", AS_JSON, REFUSE, BREAK_OFF], ids=["answers", "verdicts", "errors", "broken off"])
def test_answers_and_errors_of_a_sample(stage: Stage, ask: str) -> None:
    live(stage, sample(9 if ask else 24, seed=len(ask)), ask)


@pytest.mark.leisure
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("ask", ["", AS_JSON, REFUSE, BREAK_OFF], ids=["answers", "verdicts", "errors", "broken off"])
def test_answers_and_errors_of_everything(stage: Stage, ask: str) -> None:
    """Three times, so that each text is said by each protocol."""
    texts = corpus()
    for turn in range(1 if ask else 3):
        shifted = texts[turn:] + texts[:turn]
        for first in range(0, len(shifted), COLUMNS):
            live(stage, shifted[first : first + COLUMNS], ask)


def waiting(stage: Stage, texts: list[str]) -> None:
    """While a run waits for its next attempt, its column shows why."""
    stage.hostile.open()
    comparison = stage.start(texts, LATER, retries=1)
    columns = len({as_model_id(text) for text in texts})
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/c/{comparison}/")
    expect(watched.page.locator(f"{CONTENT} .ending", has_text=MARK)).to_have_count(columns, timeout=WAIT)
    check(watched)
    with stage.site.http("owner") as owner:
        assert owner.post(f"/api/v1/comparisons/{comparison}/cancel").status_code == 200
    expect(watched.page.locator(f"{CONTENT}[data-live]")).to_have_count(0, timeout=WAIT)
    check(watched, poke=False)
    watched.page.context.close()


def test_retries_of_a_sample(stage: Stage) -> None:
    waiting(stage, sample(9, seed=5))


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_retries_of_everything(stage: Stage) -> None:
    texts = corpus()
    for first in range(0, len(texts), COLUMNS):
        waiting(stage, texts[first : first + COLUMNS])


def retitled(stage: Stage, texts: list[str]) -> None:
    """Titles and tags change while somebody watches, and are there from the start after a reload."""
    stage.hostile.open()
    comparison = stage.start(sample(2))
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/c/{comparison}/")
    expect(watched.page.locator(CONTENT).first).to_be_visible(timeout=WAIT)
    with stage.site.http("owner") as owner:
        for number, text in enumerate(texts):
            tags = [tag] if (tag := text.strip()[:64].strip()) else []
            body = {"title": f"{text.strip()[:180]} t{number}", "tags": tags}
            assert owner.patch(f"/api/v1/comparisons/{comparison}", json=body).status_code == 200
            check(watched, poke=False)
            watched.page.reload()
            expect(watched.page).to_have_title(re.compile(rf" t{number}\b"), timeout=WAIT)
            check(watched, poke=False)
    check(watched)
    watched.page.context.close()


def test_titles_and_tags_of_a_sample(stage: Stage) -> None:
    retitled(stage, sample(4, seed=4))


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_titles_and_tags_of_everything(stage: Stage) -> None:
    retitled(stage, corpus())
