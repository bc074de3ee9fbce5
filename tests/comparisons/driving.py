"""Starting comparisons and driving them in this process: real rows, a real worker loop, real upstreams."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections

from compare_site import valkey
from compare_site.comparisons import actions, events, journal, runner, snapshot
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.requests import StartComparison
from providers.models import ChatModel, Provider
from providers.resolve import sync_catalog
from tests.clients.until import wait_until

ENDS = {"run.finished", "run.failed", "run.interrupted", "run.cancelled"}
QUICK = "demo/fast@rate=0,tokens=12,delay=0"
STALLS = "demo/stall@rate=0,after=6,delay=0"
"""Shows six tokens and then nothing for as long as anybody listens."""
ENDLESS = "demo/fast@rate=30,tokens=100000,delay=0"


def priced(*models: str) -> None:
    """These models of the demo cost something: a token of an answer a tenth of a cent."""
    sync_catalog()
    demo = Provider.objects.get(slug="demo")
    for model in models:
        facts = {"prices": {"input": "10", "output": "1000"}, "overrides": ["prices"]}
        ChatModel.objects.update_or_create(provider=demo, model_id=model.removeprefix("demo/"), defaults=facts)


def once(model: str, **params: Any) -> dict[str, Any]:
    """A column that is asked for once only."""
    return {"model": model, "params": {"max_retries": 0, **params}}


def started(user: Any, *models: Any, **fields: Any) -> Comparison:
    """A comparison whose runs are queued; nothing takes the message."""
    asked = StartComparison.model_validate({"prompt": "hi", "models": list(models) or [QUICK], **fields})
    return actions.start_comparison(user.pk, asked)[0]


def queued(comparison: Comparison) -> list[str]:
    """The ids of the queued runs, as a message names them."""
    return list(comparison.runs.filter(state="queued").order_by("column__position").values_list("pk", flat=True))


def drive(comparison: Comparison) -> list[dict[str, Any]]:
    """As a task does, to the end; the runs as everybody sees them then."""
    runner.stream_turn(queued(comparison))
    return shown(comparison)


def shown(comparison: Comparison) -> list[dict[str, Any]]:
    """The runs as everybody sees them."""
    return list(snapshot.state_of(comparison)["runs"])


class Driven:
    """``with Driven(run_ids)``: a task in a thread of its own, which has ended when the block is left."""

    def __init__(self, run_ids: Sequence[str]) -> None:
        self._thread = threading.Thread(target=self._drive, args=(list(run_ids),), name="task", daemon=True)

    def _drive(self, run_ids: list[str]) -> None:
        try:
            runner.stream_turn(run_ids)
        finally:
            connections.close_all()

    def __enter__(self) -> "Driven":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive(), "the task did not end"


def until_shown(run_id: str, check: Callable[[dict[str, Any]], object] = lambda run: run["text"]) -> dict[str, Any]:
    """The run as soon as ``check`` holds for what is shown of it."""
    seen: dict[str, Any] = {}

    def look() -> object:
        seen.clear()
        seen.update(snapshot.run_state(Run.objects.select_related("record").get(pk=run_id)))
        return check(seen)

    wait_until(look)
    return dict(seen)


def journaled(comparison: Comparison, run_id: str = "") -> list[events.RunEvent]:
    """All events in the journal, in order; of one run if it is named."""
    entries = journal.entries(valkey.sync_client(), comparison.pk, "0-0")
    found = [event for entry in entries for event in events.decode_many(entry.events)]
    return [event for event in found if not run_id or getattr(event, "run", "") == run_id]


def ends_of(run: dict[str, Any], comparison: Comparison) -> list[events.RunEvent]:
    """The closing events of a run: exactly one, if all is well."""
    return [event for event in journaled(comparison, run["id"]) if event.type in ENDS]


def at_the_provider(run: dict[str, Any], path: str = "_sent") -> dict[str, Any]:
    """What the simulated provider says of an answer (``_sent``) or of the request for it (``_requests``)."""
    root = run["hops"][-1]["base_url"].removesuffix("/v1")
    with urllib.request.urlopen(f"{root}/{path}/{run['response_id']}", timeout=10) as reply:
        return dict(json.load(reply))


@contextmanager
def no_database() -> Iterator[None]:
    """New connections fail, as they do while a database restarts."""
    settings = connections.settings["default"]
    name = settings["NAME"]
    settings["NAME"] = "/nowhere/at/all" if "sqlite" in settings["ENGINE"] else "no_such_database"
    try:
        yield
    finally:
        settings["NAME"] = name
