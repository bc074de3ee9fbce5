"""What is kept beside an answer: timings, speed, cost, headers, the use of a key."""

import json
import socket
from decimal import Decimal
from typing import Any

import pytest

from compare_site.comparisons.models import Run
from compare_site.comparisons.spend_rows import SpendEntry
from providers.models import ChatModel, Provider
from providers.resolve import NewProvider, set_up_provider
from tests.comparisons.driving import QUICK, drive, journaled, once, started
from tests.fakes.provider_server import DONE, SSE, Reply, answers, delta, frame, refuses, says
from tests.fakes.threaded import ThreadedProvider
from tests.providers.key_fixtures import KEY, make_provider, stored

VENDOR = "models.example"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def test_timings_come_from_one_clock_and_in_order(owner: Any, upstream: ThreadedProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta(reasoning_content="hm"))
        await reply.send(delta("a"))
        await reply.send(delta("b") + delta(finish="stop"))
        await reply.send(frame({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 40}}) + DONE)
        await reply.end()

    upstream.play(script)
    comparison = started(owner, upstream.as_rows())
    (run,) = drive(comparison)
    timings = run["timings"]
    trace = Run.objects.select_related("record").get().record.state["trace"]

    order = [0, timings["queued_ms"], timings["ttft_ms"], timings["ttfa_ms"], timings["total_ms"]]
    assert order == sorted(order)
    assert (trace[0][0], trace[0][1]) == (timings["ttft_ms"], "reasoning")
    assert next(at for at, kind, _ in trace if kind == "text") == timings["ttfa_ms"]
    assert 0 <= timings["connect_ms"] <= timings["total_ms"]
    assert timings["stalls"] == 0
    span = (trace[-1][0] - trace[0][0]) / 1000
    assert timings["tokens_per_s"] == (round(40 / span, 1) if span >= 0.01 else None)
    assert run["hops"] == [
        {"provider": "upstream", "base_url": upstream.provider.base_url, "status": 200, "ms": timings["connect_ms"]}
    ]


@pytest.mark.parametrize("model", [QUICK + ",usage=0", "demo/fast@rate=0,delay=0,tokens=1"])
def test_speed_is_unknown_without_counts_or_without_two_tokens(owner: Any, model: str) -> None:
    (run,) = drive(started(owner, model))
    assert run["status"] == "finished"
    if "usage=0" in model:
        assert (run["usage"], run["cost"], run["timings"]["tokens_per_s"]) == (None, None, None)
    assert run["timings"]["stalls"] == 0


def test_what_an_answer_cost_is_reported_or_computed(owner: Any, upstream: ThreadedProvider) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 0}}
    upstream.play(answers(delta("x"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    model = upstream.as_rows()
    comparison = started(owner, model)
    column = comparison.columns.get()
    assert column.chat_model is not None
    column.chat_model.prices = {"input": "2", "output": "10"}
    column.chat_model.save()
    (run,) = drive(comparison)

    assert run["cost"] == {"amount": "0.007", "currency": "USD", "source": "computed"}
    assert run["usage"]["reasoning"] is None
    assert run["usage"]["cache_read"] == 0
    row = Run.objects.select_related("record").get()
    assert (str(row.cost.normalize()), row.cost_source) == ("0.007", "computed")  # type: ignore[union-attr]
    assert row.record.prices == {"input": "2", "output": "10"}


def test_counts_that_came_on_the_way_of_an_answer_that_broke_off_are_no_bill(
    owner: Any, upstream: ThreadedProvider
) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(frame({"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 1}}))
        await reply.send(delta("a" * 4000))
        await reply.end()

    upstream.play(script)
    comparison = started(owner, once(upstream.as_rows()))
    ChatModel.objects.update(prices={"input": "1", "output": "10"})
    (run,) = drive(comparison)

    assert (run["status"], run["error"]["code"], run["finish_reason"]) == ("failed", "incomplete", None)
    assert run["cost"] == {"amount": "0.011", "currency": "USD", "source": "estimated"}
    assert SpendEntry.objects.get().amount == Decimal("0.011")


def test_a_provider_that_ends_its_answer_by_a_word_for_failure_has_failed(
    owner: Any, upstream: ThreadedProvider
) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    end = delta(finish="insufficient_system_resource")
    upstream.play(answers(delta("x"), end, frame({"choices": [], "usage": usage}), DONE))
    comparison = started(owner, upstream.as_rows())
    ChatModel.objects.update(prices={"input": "2", "output": "10"})
    (run,) = drive(comparison)

    assert (run["status"], run["text"], run["finish_reason"]) == ("failed", "x", "error")
    assert (run["native_finish_reason"], run["error"]["code"]) == ("insufficient_system_resource", "server")
    assert run["error"]["message"] == "The provider ended its answer with an error: insufficient_system_resource."
    assert run["cost"] == {"amount": "0.007", "currency": "USD", "source": "computed"}


@pytest.mark.parametrize(
    ("fee", "amount", "source"), [({"web_searches": "10"}, "0.017", "computed"), ({}, "0.007", "estimated")]
)
def test_a_tool_that_the_provider_ran_is_in_the_cost_or_makes_it_an_estimate(
    owner: Any, upstream: ThreadedProvider, fee: dict[str, str], amount: str, source: str
) -> None:
    tool = {"index": 0, "type": "web_search", "arguments": '{"query": "q"}'}
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    found = {**tool, "output": "a page"}
    said = [delta(executed_tools=[each]) for each in (tool, found)]
    upstream.play(answers(*said, delta("x"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    comparison = started(owner, upstream.as_rows())
    ChatModel.objects.update(prices={"input": "2", "output": "10", **fee})
    (run,) = drive(comparison)

    assert run["cost"] == {"amount": amount, "currency": "USD", "source": source}
    (block,) = [each for each in run["content"] if each["kind"] == "server_tool"]
    assert (block["name"], block["data"]) == ("web_search", {"input": {"query": "q"}, "output": "a page"})
    entry = SpendEntry.objects.get()
    assert (entry.amount, entry.source) == (Decimal(amount), source)


def test_the_prices_of_the_day_are_kept_where_only_the_list_of_prices_knows_them(
    owner: Any, upstream: ThreadedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def with_a_vendor(host: Any, *args: Any, **kwargs: Any) -> Any:
        return look_up("127.0.0.1" if host == VENDOR else host, *args, **kwargs)

    # Prices are those of a vendor's own service: of a server at home nobody knows them.
    monkeypatch.setattr(socket, "getaddrinfo", with_a_vendor)
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    upstream.play(answers(delta("x"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    base_url = upstream.provider.base_url.replace("127.0.0.1", VENDOR)
    provider = set_up_provider(NewProvider("upstream", "openai_chat", base_url), "a test").provider
    Provider.objects.filter(pk=provider.pk).update(spec_data={**provider.spec_data, "price_id": "openai"})
    (run,) = drive(started(owner, "upstream/gpt-4o"))

    assert run["cost"]["source"] == "computed"
    kept = Run.objects.select_related("record").get().record.prices
    assert kept is not None
    assert set(kept) >= {"input", "output"}
    counted = (1000 * Decimal(kept["input"]) + 500 * Decimal(kept["output"])) / 1_000_000
    assert Decimal(run["cost"]["amount"]) == counted


def test_what_an_answer_shows_is_noted_of_its_model_alone(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(answers(delta(reasoning_content="hm"), delta("x"), delta(finish="stop"), DONE))
    model = upstream.as_rows()
    other = ChatModel.objects.create(provider=Provider.objects.get(slug="upstream"), model_id="other")
    drive(started(owner, model))
    row = ChatModel.objects.get(provider__slug="upstream", model_id="model-1")
    other.refresh_from_db()

    assert row.capabilities == {"reasoning": True}
    assert row.known("reasoning")[1] == "observed"  # type: ignore[index]
    assert other.capabilities == {}


@pytest.mark.parametrize(("script", "code"), [(says(), ""), (refuses(401), "authentication")])
def test_the_use_of_a_key_is_noted_and_the_key_is_nowhere(
    owner: Any, upstream: ThreadedProvider, master_key: str, caplog: pytest.LogCaptureFixture, script: Any, code: str
) -> None:
    caplog.set_level("DEBUG")
    upstream.play(script)
    key = stored(make_provider("keyed", upstream.provider.base_url))
    comparison = started(owner, once("keyed/m"))
    (run,) = drive(comparison)

    assert upstream.received().headers["authorization"] == f"Bearer {KEY}"
    key.refresh_from_db()
    assert (key.last_error, key.last_used_at is not None) == (code, True)
    record = Run.objects.select_related("record").get().record
    everything = json.dumps([run, record.sent, record.state, record.raw_usage], default=str) + caplog.text
    everything += str([event.model_dump() for event in journaled(comparison)])
    assert KEY not in everything
    assert KEY[5:-4] not in everything


def test_rate_limits_and_request_ids_are_kept_beside_the_answer(owner: Any, upstream: ThreadedProvider) -> None:
    async def script(reply: Reply) -> None:
        headers = {**SSE, "x-request-id": "req-7", "x-ratelimit-remaining-tokens": "99"}
        await reply.head(200, headers)
        await reply.send(delta("x") + delta(finish="stop") + DONE)
        await reply.end()

    upstream.play(script)
    (run,) = drive(started(owner, upstream.as_rows()))
    assert run["metadata"]["request_id"] == "req-7"
    assert run["metadata"]["rate_limits"] == {"x-ratelimit-remaining-tokens": "99"}
    assert (run["response_id"], run["model"]) == ("chatcmpl-1", "fake-1")


def test_an_answer_that_tells_no_id_and_no_model_has_none(owner: Any, upstream: ThreadedProvider) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]}
    upstream.play(answers(frame(chunk), DONE))
    (run,) = drive(started(owner, upstream.as_rows()))
    assert (run["status"], run["response_id"], run["model"]) == ("finished", None, None)
