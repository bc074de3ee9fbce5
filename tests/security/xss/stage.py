"""The real site with a provider that says hostile things, the texts, and how pages are opened and looked through."""

import random
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tests.corpus import address_shapes, xss_payloads
from tests.security.live import Live
from tests.security.xss.browser import Watched, context_of
from tests.security.xss.hostile import SLUGS, Hostile
from tests.security.xss.speech import MARK

COLUMNS = 32
WAIT = 60_000
CONTENT = "ts-column"
ROWS = """
from tests.security.xss.rows import plant, plant_batches, plant_grid, plant_prompts
said = {what}({owner!r}, {texts!r})
"""
ENDED = {"finished", "failed", "cancelled", "interrupted"}


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
    """What every database can keep."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def check(watched: Watched, *, poke: bool = True) -> None:
    """Nothing has happened that should not have."""
    found = watched.faults(poke=poke)
    assert not found, "\n".join(found[:20])


@dataclass
class Stage:
    """Everything that a test of this folder needs."""

    site: Live
    hostile: Hostile
    browser: Browser

    def page(self, actor: str, **options: Any) -> Watched:
        """A page of a fresh window of ``actor``."""
        context = context_of(self.browser, self.site.url, self.site.jars.get(actor, {}), **options)
        return Watched(context.new_page(), self.site.url).watch()

    def start(self, texts: list[str], ask: str = "", retries: int = 0) -> str:
        """A comparison with a column for each text, by all protocols in turn, hostile in all that a person fills in."""
        slugs = list(SLUGS.values())
        models: dict[str, dict[str, Any]] = {}
        for text in texts:
            name = as_model_id(text)
            self.hostile.payloads.setdefault(name, text)
            own = {"system": text, "extra": {text[:60] or "x": text}, "params": {"stop": [text[:40] or "x"]}}
            models.setdefault(name, {"model": f"{slugs[len(models) % 3]}/{name}", **own})
        body: dict[str, Any] = {
            "prompt": "\n\n".join([*texts, ask or MARK]),
            "system": "\n".join(texts),
            "title": texts[0][:200],
            "tags": list({text.strip()[:64].strip() for text in texts if text.strip()})[:16],
            "models": list(models.values()),
            "metadata": {texts[0][:60]: texts[0][:500]},
            "params": {"max_retries": retries},
            "output": {"schema": {"title": texts[0], "additionalProperties": {"type": "integer"}}},
        }
        with self.site.http("owner") as owner:
            answer = owner.post("/api/v1/comparisons", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ended(self, comparison: str) -> bool:
        """Whether all its runs have."""
        with self.site.http("owner") as owner:
            runs = owner.get(f"/api/v1/comparisons/{comparison}").json()["runs"]
        return all(run["status"] in ENDED for run in runs)

    def shared(self, comparison: str) -> Watched:
        """Seen by somebody with a link."""
        with self.site.http("owner") as owner:
            link = owner.post(f"/api/v1/comparisons/{comparison}/shares", json={}).json()["url"]
        watched = self.page("anonymous")
        watched.page.goto(link)
        assert "/s/" not in watched.page.url
        return watched


def rows(stage: Stage, what: str, texts: list[str]) -> Any:
    """Rows as they would be after years of hostile people."""
    return stage.site.run(ROWS.format(what=what, owner=stage.site.names["owner"], texts=list(map(storable, texts))))
