"""A group as a column: rows, a worker loop, upstreams. Before the first token another one answers, later nobody."""

from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import board
from compare_site.comparisons.models import Run
from providers.models import ChatModel, Deployment, ModelGroup, Provider
from tests.comparisons.driving import drive, started
from tests.fakes.provider_server import refuses, says
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
LIMITED = refuses(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}})


@pytest.fixture
def second() -> Any:
    with ThreadedProvider() as running:
        yield running


def deployment(group: ModelGroup, upstream: ThreadedProvider, slug: str, **fields: Any) -> Deployment:
    upstream.as_rows(slug)
    model, _ = ChatModel.objects.get_or_create(provider=Provider.objects.get(slug=slug), model_id="model-1")
    return Deployment.objects.create(group=group, chat_model=model, **fields)


@pytest.fixture
def pair(db: None, upstream: ThreadedProvider, second: ThreadedProvider) -> ModelGroup:
    """``one`` before ``two``, each an upstream of its own."""
    group = ModelGroup.objects.create(name="pair", retries=0, cooldown_seconds=60)
    deployment(group, upstream, "one", priority=1)
    deployment(group, second, "two", priority=2)
    return group


def rests(number: int) -> bool:
    key = f"{board.PREFIX}:deployment:{Deployment.objects.order_by('pk')[number].pk}:rest"
    return site_valkey.sync_client().pttl(key) > 0  # type: ignore[operator]  # not a coroutine here


def test_the_second_answers_where_the_first_is_limited(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(LIMITED)
    second.play(says("from two"))
    comparison = started(owner, "group/pair")
    (run,) = drive(comparison)

    assert (run["status"], run["text"]) == ("finished", "from two")
    assert [(hop["provider"], hop["status"], hop.get("error")) for hop in run["hops"]] == [
        ("one", 429, "rate_limited"),
        ("two", 200, None),
    ]
    assert [hop["base_url"] for hop in run["hops"]] == [upstream.provider.base_url, second.provider.base_url]
    assert [(retry["delay_ms"], retry["error"]["code"]) for retry in run["retries"]] == [(0, "rate_limited")]
    assert run["model"] == "fake-1"
    column = comparison.columns.get()
    assert (column.model, column.chat_model) == ("group/pair", None)
    assert Run.objects.select_related("record").get().record.provider == "two"
