"""No text fires, asks another host or breaks the content security policy, wherever it stands. A control page does."""

import random
import re
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Error, Route, expect

from tests.clients.until import wait_until
from tests.corpus import address_shapes, xss_payloads
from tests.security.xss.browser import POKE, Watched
from tests.security.xss.conftest import Stage
from tests.security.xss.hostile import MARK, REFUSE

pytestmark = pytest.mark.e2e
COLUMNS = 32
WAIT = 60_000
ENDED = {"finished", "failed", "cancelled", "interrupted"}
CONTENT = "ts-column"
ROWS = """
from tests.security.xss.rows import plant
said = plant({owner!r}, {texts!r})
"""


def corpus() -> list[str]:
    """All texts; the floor keeps the tests from becoming empty."""
    found = [*xss_payloads(), *address_shapes()]
    assert len(xss_payloads()) >= 200
    return found


def sample(count: int, seed: int = 3) -> list[str]:
    """A part of it, always the same."""
    return random.Random(seed).sample(corpus(), count)


def as_model_id(text: str) -> str:
    """What can be typed as a model id: printable, no white space around."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:290].strip() or "x"


def storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def start(stage: Stage, texts: list[str], ask: str = "") -> str:
    """A comparison with one column for each text, hostile in every field that a person fills in."""
    ids: dict[str, str] = {}
    for text in texts:
        ids.setdefault(as_model_id(text), text)
    stage.hostile.payloads.update(ids)
    body: dict[str, Any] = {
        "prompt": "\n\n".join([*texts, ask or MARK]),
        "system": "\n".join(texts),
        "title": texts[0][:200],
        "tags": list({text.strip()[:64].strip() for text in texts if text.strip()})[:16],
        "models": [f"pay/{each}" for each in ids],
        "metadata": {texts[0][:60]: texts[0][:500]},
        "params": {"max_retries": 0},
    }
    with stage.site.http("owner") as owner:
        answer = owner.post("/api/v1/comparisons", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ended(stage: Stage, comparison: str) -> bool:
    with stage.site.http("owner") as owner:
        runs = owner.get(f"/api/v1/comparisons/{comparison}").json()["runs"]
    return all(run["status"] in ENDED for run in runs)


def check(watched: Watched, *, poke: bool = True) -> None:
    found = watched.faults(poke=poke)
    assert not found, "\n".join(found[:20])


def live(stage: Stage, texts: list[str], ask: str = "") -> None:
    """Watched from the first character on, then read again from the start, then by somebody with a link."""
    stage.hostile.close()
    comparison = start(stage, texts, ask)
    path = f"{stage.site.url}/c/{comparison}/"
    columns = len({as_model_id(text) for text in texts})
    watched = stage.page("owner")
    watched.page.goto(path)
    expect(watched.page.locator(CONTENT)).to_have_count(columns, timeout=WAIT)
    stage.hostile.open()
    for again in (False, True):
        if again:
            watched.page.reload()
        expect(watched.page.locator(CONTENT, has_text=MARK)).to_have_count(columns, timeout=WAIT)
        check(watched)
    watched.page.context.close()
    wait_until(lambda: ended(stage, comparison), 60, 0.2)
    viewer = shared(stage, comparison)
    expect(viewer.page.locator(CONTENT, has_text=MARK)).to_have_count(columns, timeout=WAIT)
    check(viewer)
    viewer.page.context.close()


def shared(stage: Stage, comparison: str) -> Watched:
    with stage.site.http("owner") as owner:
        link = owner.post(f"/api/v1/comparisons/{comparison}/shares", json={}).json()["url"]
    watched = stage.page("anonymous")
    watched.page.goto(link)
    assert "/s/" not in watched.page.url
    return watched


def test_the_control_fires(stage: Stage) -> None:
    """The same texts as HTML, on a page without a policy: the spies see them."""
    fired, foreign = 0, 0
    watched = stage.page("anonymous")
    for text in sample(160):
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
    print(f"\ncontrol: {fired} fired, {foreign} requests to other hosts")
    assert fired >= 40
    assert foreign >= 10


def answer(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="text/html; charset=utf-8")


def test_answers_and_errors_of_a_sample(stage: Stage) -> None:
    texts = sample(2 * COLUMNS)
    live(stage, texts[:COLUMNS])
    live(stage, texts[COLUMNS:], REFUSE)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("ask", ["", REFUSE], ids=["answers", "errors"])
def test_answers_and_errors_of_everything(stage: Stage, ask: str) -> None:
    texts = corpus()
    for first in range(0, len(texts), COLUMNS):
        live(stage, texts[first : first + COLUMNS], ask)


def test_titles_and_tags(stage: Stage) -> None:
    """They change while somebody watches, and are there from the start after a reload."""
    stage.hostile.open()
    comparison = start(stage, sample(2))
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/c/{comparison}/")
    expect(watched.page.locator(CONTENT).first).to_be_visible(timeout=WAIT)
    with stage.site.http("owner") as owner:
        for number, text in enumerate(sample(24, seed=4)):
            tags = [tag] if (tag := text.strip()[:64].strip()) else []
            body = {"title": f"{text.strip()[:180]} t{number}", "tags": tags}
            assert owner.patch(f"/api/v1/comparisons/{comparison}", json=body).status_code == 200
            check(watched, poke=False)
            watched.page.reload()
            expect(watched.page).to_have_title(re.compile(rf" t{number}\b"), timeout=WAIT)
            check(watched, poke=False)
    check(watched)
    watched.page.context.close()


def rows(stage: Stage, texts: list[str]) -> None:
    """Rows as they would be after years of hostile people: for the history, the picker and the admin."""
    stage.site.run(ROWS.format(owner=stage.site.names["owner"], texts=[storable(text) for text in texts]))


LISTED = """
import compare_site.urls
from django.contrib import admin
said = ["/admin/"]
for model in admin.site._registry:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    said.append(base)
    said += [f"{base}{row.pk}/{page}/" for row in model._base_manager.order_by("-pk")[:NUMBER]
             for page in ("change", "delete", "history")]
"""


def history_and_picker(stage: Stage, texts: list[str]) -> None:
    """The list of comparisons page by page, the search with the text in it, and the composer with its models."""
    rows(stage, texts)
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/history/")
    pages = 1
    while True:
        check(watched)
        following = watched.page.locator("a[href*='cursor=']").last
        if following.count() == 0:
            break
        watched.page.goto(f"{stage.site.url}/history/{following.get_attribute('href')}")
        pages += 1
    assert pages >= len(texts) // 60
    for text in texts[:8]:
        query = urlencode({"q": storable(text)[:190], "tag": storable(text)[:60], "model": "pay"})
        watched.page.goto(f"{stage.site.url}/history/?{query}")
        check(watched)
    watched.page.goto(f"{stage.site.url}/")
    watched.page.keyboard.press("Control+k")
    check(watched)
    watched.page.context.close()


def administration(stage: Stage, number: int) -> None:
    """The lists and the newest rows of every model."""
    watched = stage.page("admin")
    for path in stage.site.run(LISTED.replace("NUMBER", str(number))):
        answer = watched.page.goto(f"{stage.site.url}{path}")
        assert answer is not None
        assert answer.status < 500, path
        check(watched, poke=path.endswith(("change/", "history/")))
    watched.page.context.close()


def test_history_picker_and_administration_of_a_sample(stage: Stage) -> None:
    history_and_picker(stage, sample(40))
    administration(stage, 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_history_picker_and_administration_of_everything(stage: Stage) -> None:
    history_and_picker(stage, corpus())
    administration(stage, 60)
