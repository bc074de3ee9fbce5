"""A group as a column: rows, a worker loop, upstreams. Before the first token another one answers, later nobody."""

from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, board, worker_loop
from compare_site.comparisons.models import Run
from providers.models import AuditEntry, ChatModel, Deployment, ModelGroup, Provider
from providers.resolve import NewProvider, set_up_provider
from tests.clients.until import wait_until
from tests.comparisons.driving import Driven, drive, queued, shown, started, until_shown
from tests.fakes.provider_server import DONE, answers, delta, frame, mute, refuses, says
from tests.fakes.threaded import ThreadedProvider
from tests.providers.key_fixtures import KEY, make_provider, stored

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


def test_a_deployment_that_failed_rests_and_is_asked_last(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(LIMITED)
    drive(started(owner, "group/pair"))
    wait_until(lambda: rests(0))
    upstream.play(says("from one"))
    (run,) = drive(started(owner, "group/pair"))

    assert (run["text"], [hop["provider"] for hop in run["hops"]]) == ("Hello", ["two"])
    assert len(upstream.requests) == 1
    second.play(refuses(500))
    (run,) = drive(started(owner, "group/pair"))
    assert (run["text"], [hop["provider"] for hop in run["hops"]]) == ("from one", ["two", "one"])


def test_when_nobody_answers_the_error_names_the_hops(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(LIMITED)
    second.play(refuses(401, {"error": {"message": "who are you"}}))
    comparison = started(owner, "group/pair")
    (run,) = drive(comparison)

    assert (run["status"], run["error"]["code"], run["text"]) == ("failed", "authentication", "")
    for words in ("group/pair", "one/model-1: rate_limited (429)", "two/model-1: authentication (401)"):
        assert words in run["error"]["message"]
    assert [hop["error"] for hop in run["hops"]] == ["rate_limited", "authentication"]
    assert len(run["retries"]) == 1
    assert Run.objects.get().error_code == "authentication"


def test_after_the_first_token_no_other_deployment_is_asked(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(answers(delta("Half of an ans")))
    (run,) = drive(started(owner, "group/pair"))

    assert (run["status"], run["error"]["code"], run["text"]) == ("failed", "incomplete", "Half of an ans")
    assert second.requests == []


def test_nobody_listening_is_a_hop_without_a_status(owner: Any, pair: ModelGroup, second: ThreadedProvider) -> None:
    row = pair.deployments.order_by("priority").first()
    assert row is not None
    Deployment.objects.filter(pk=row.pk).update(base_url="http://127.0.0.1:1/v1", allow_private=True)
    (run,) = drive(started(owner, "group/pair"))

    assert run["text"] == "Hello"
    assert [(hop["provider"], hop["status"], hop["model"]) for hop in run["hops"]] == [
        ("one", None, "model-1"),
        ("two", 200, "model-1"),
    ]


def test_two_protocols_in_one_group_each_with_a_report_of_its_own(
    owner: Any, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    group = ModelGroup.objects.create(name="mixed", retries=0)
    deployment(group, upstream, "one", priority=1)
    set_up_provider(NewProvider("claude", "anthropic_messages", second.provider.base_url), "a test")
    model = ChatModel.objects.create(provider=Provider.objects.get(slug="claude"), model_id="claude-x")
    Deployment.objects.create(group=group, chat_model=model, priority=2)
    upstream.play(refuses(503))
    second.play(answers(*map(frame, CLAUDE)))
    (run,) = drive(started(owner, {"model": "group/mixed", "params": {"top_p": 0.5}}))

    assert (run["text"], run["model"], run["usage"]["output"]) == ("Bonjour", "claude-real", 2)
    assert upstream.requests[0].path == "/v1/chat/completions"
    assert second.requests[0].path.endswith("/messages")
    assert "max_tokens" in run["request_report"]["sent"]
    sent = Run.objects.select_related("record").get().record.sent
    assert (sent["model"], sent["top_p"]) == ("claude-x", 0.5)


def test_a_fallback_answers_when_no_deployment_does(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(refuses(500))
    second.play(refuses(500))
    ModelGroup.objects.create(name="deeper", fallbacks=["demo/fast@rate=0,tokens=4,delay=0"])
    pair.fallbacks = ["group/deeper"]
    pair.save()
    (run,) = drive(started(owner, "group/pair"))

    assert run["status"] == "finished"
    assert [hop["provider"] for hop in run["hops"]] == ["one", "two", "demo"]


def test_stopping_while_all_are_waited_for_ends_the_run(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(refuses(503, {}, {"retry-after": "50"}))
    second.play(refuses(503, {}, {"retry-after": "50"}))
    comparison = started(owner, {"model": "group/pair", "params": {"max_retries": 2}})
    (run_id,) = queued(comparison)
    with Driven([run_id]):
        until_shown(run_id, lambda run: len(run["retries"]) == 2)
        actions.cancel_run(Run.objects.get(pk=run_id))
    (run,) = shown(comparison)

    assert run["status"] == "cancelled"
    assert (len(upstream.requests), len(second.requests)) == (1, 1)


def test_stopping_in_the_middle_closes_the_connection(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(mute(delta("so far")))
    comparison = started(owner, "group/pair")
    (run_id,) = queued(comparison)
    with Driven([run_id]):
        until_shown(run_id)
        actions.cancel_run(Run.objects.get(pk=run_id))
    (run,) = shown(comparison)

    assert (run["status"], run["text"]) == ("cancelled", "so far")
    wait_until(upstream.requests[0].gone.is_set)
    assert second.requests == []


def test_prices_and_keys_are_those_of_the_deployment_that_was_used(
    owner: Any, master_key: str, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    group = ModelGroup.objects.create(name="paid", retries=0)
    keys = []
    for at, (slug, server) in enumerate((("dear", upstream), ("cheap", second))):
        provider = make_provider(slug, server.provider.base_url)
        key = stored(provider, f"{KEY}-{slug}")
        keys.append(key)
        prices = {"input": str(10 - 9 * at), "output": str(10 - 9 * at)}
        model = ChatModel.objects.create(provider=provider, model_id="m", prices=prices)
        Deployment.objects.create(group=group, chat_model=model, priority=1 + at, api_key=key)
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
    upstream.play(LIMITED)
    second.play(answers(delta("x", finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    (run,) = drive(started(owner, "group/paid"))

    assert run["cost"] == {"amount": "2", "currency": "USD", "source": "computed"}
    assert Run.objects.select_related("record").get().record.prices == {"input": "1", "output": "1"}
    sent = [request.headers["authorization"] for request in (*upstream.requests, *second.requests)]
    assert sent == [f"Bearer {KEY}-dear", f"Bearer {KEY}-cheap"]
    used = AuditEntry.objects.filter(action="used").order_by("pk").values_list("subject", "detail")
    assert [(subject, detail["error"], detail["run"]) for subject, detail in used] == [
        (keys[0].subject, "rate_limited", run["id"]),
        (keys[1].subject, None, run["id"]),
    ]
    assert KEY not in str(list(used))
    assert Run.objects.get().api_key == keys[1]


def test_what_one_worker_has_seen_another_one_knows(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    upstream.play(LIMITED)
    drive(started(owner, "group/pair"))
    wait_until(lambda: rests(0))
    worker_loop.leave()  # the next task makes a worker of its own: another lease, another board
    (run,) = drive(started(owner, "group/pair"))

    assert [hop["provider"] for hop in run["hops"]] == ["two"]
    assert len(upstream.requests) == 1


def test_limits_of_a_deployment_send_the_next_call_to_another(
    owner: Any, pair: ModelGroup, upstream: ThreadedProvider, second: ThreadedProvider
) -> None:
    row = pair.deployments.order_by("priority").first()
    assert row is not None
    Deployment.objects.filter(pk=row.pk).update(rpm=1)
    providers = [drive(started(owner, "group/pair"))[0]["hops"][-1]["provider"] for _ in range(3)]

    assert providers == ["one", "two", "two"]


def test_a_group_without_a_way_is_told_before_anything_is_sent(owner: Any) -> None:
    ModelGroup.objects.create(name="empty")
    ModelGroup.objects.create(name="off", enabled=False)
    (run,) = drive(started(owner, "group/empty"))

    assert (run["status"], run["error"]["code"], run["hops"]) == ("failed", "not_found", [])
    for name in ("off", "nobody"):
        with pytest.raises(actions.Refused) as raised:
            started(owner, f"group/{name}")
        assert raised.value.status == 422


CLAUDE = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude-real", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Bonjour"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
