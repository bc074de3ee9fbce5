"""Money while answers come: columns stop in mid-stream, across workers, and keep what they have shown."""

from decimal import Decimal
from typing import Any

import pytest

from compare_site.comparisons import actions, jobs, ledger, meter, stops, transitions
from compare_site.comparisons.models import SpendEntry, SpendLimit
from providers.models import ChatModel, Deployment, ModelGroup
from tests.clients.until import wait_until
from tests.comparisons.driving import ENDLESS, QUICK, Driven, drive, priced, queued, shown, started, until_shown
from tests.fakes.provider_server import delta, mute
from tests.fakes.threaded import ThreadedProvider
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    priced(ENDLESS, QUICK)


def test_columns_stop_in_mid_stream_and_keep_their_text(owner: Any) -> None:
    SpendLimit.objects.create(kind="comparison", amount="0.02")
    comparison = started(owner, ENDLESS, ENDLESS)

    runs = drive(comparison)

    assert [run["status"] for run in runs] == ["failed", "failed"]
    for run in runs:
        assert run["error"]["code"] == "spend_limit"
        assert "one comparison" in run["error"]["message"]
        assert run["text"]
        assert run["cost"]["source"] == "estimated"
    total = sum(Decimal(run["cost"]["amount"]) for run in runs)
    assert Decimal("0.02") <= total == ledger.spent([ledger.Scope("comparison", comparison.pk)]).popitem()[1]
    assert set(SpendEntry.objects.values_list("running", flat=True)) == {False}


def test_two_turns_of_one_person_stop_together_and_those_of_another_go_on(owner: Any, stranger: Any) -> None:
    SpendLimit.objects.create(kind="user", user=owner, amount="0.02")
    both, other = [started(owner, ENDLESS), started(owner, ENDLESS)], started(stranger, ENDLESS)
    with Driven(queued(both[0])), Driven(queued(both[1])), Driven(queued(other)):
        until_shown(other.runs.get().pk)
        wait_until(lambda: all(each.runs.get().state == "failed" for each in both))
        assert other.runs.get().state == "running"
        stops.stop(list(other.runs.all()))

    assert {each.runs.get().error_code for each in both} == {"spend_limit"}
    with pytest.raises(actions.Refused):
        started(owner, QUICK)


def test_what_another_worker_spends_stops_this_one(owner: Any) -> None:
    """Workers know nothing of each other but the books."""
    SpendLimit.objects.create(kind="user", amount="1")
    comparison = started(owner, ENDLESS)
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        SpendEntry.objects.create(
            run_id="elsewhere", comparison_id="x", user=owner, day=ledger.today(), model="demo/x", amount=1
        )
        wait_until(lambda: comparison.runs.get().state == "failed")

    assert comparison.runs.get().error_code == "spend_limit"


def test_a_limit_that_was_reached_while_it_waited_lets_nothing_out(owner: Any) -> None:
    comparison = started(owner, QUICK)
    SpendLimit.objects.create(kind="provider", amount="0.001")
    SpendEntry.objects.create(
        run_id="before", comparison_id="x", user=None, day=ledger.today(), model="demo/x", provider="demo", amount=1
    )

    (run,) = drive(comparison)

    assert (run["status"], run["error"]["code"], run["hops"], run["cost"]) == ("failed", "spend_limit", [], None)
    assert list(SpendEntry.objects.values_list("run_id", flat=True)) == ["before"]


def test_a_stopped_answer_has_an_estimated_cost(owner: Any) -> None:
    comparison = started(owner, ENDLESS)
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        wait_until(SpendEntry.objects.exists)
        stops.stop(list(comparison.runs.all()))

    (run,) = shown(comparison)
    entry = SpendEntry.objects.get()
    assert (run["status"], run["cost"]["source"]) == ("cancelled", "estimated")
    assert entry.amount == Decimal(run["cost"]["amount"]) > 0
    assert not entry.running


PRICES = {"input": "0", "output": "1000"}


def test_a_key_has_a_limit_of_its_own(owner: Any, master_key: str, upstream: ThreadedProvider) -> None:
    key = stored(make_provider("acme", upstream.provider.base_url))
    SpendLimit.objects.create(kind="key", api_key=key, amount="0.5")
    upstream.play(mute(delta("word" * 1000)))
    comparison = started(owner, "acme/m")
    ChatModel.objects.filter(model_id="m").update(prices=PRICES)

    (run,) = drive(comparison)

    assert (run["status"], run["error"]["code"], run["cost"]["amount"]) == ("failed", "spend_limit", "1")
    assert "API key" in run["error"]["message"]
    (again,) = drive(started(owner, "acme/m"))
    assert (again["error"]["code"], again["hops"], len(upstream.requests)) == ("spend_limit", [], 1)


def test_a_group_is_counted_where_it_is_answered(owner: Any, upstream: ThreadedProvider) -> None:
    group = ModelGroup.objects.create(name="team", retries=0)
    provider = make_provider("acme", upstream.provider.base_url, "none")
    model = ChatModel.objects.create(provider=provider, model_id="m", prices=PRICES)
    Deployment.objects.create(group=group, chat_model=model)
    SpendLimit.objects.create(kind="provider", provider=provider, amount="0.5")
    upstream.play(mute(delta("word" * 1000)))

    (run,) = drive(started(owner, "group/team"))

    assert (run["status"], run["error"]["code"]) == ("failed", "spend_limit")
    entry = SpendEntry.objects.get()
    assert (entry.model, entry.provider, entry.amount, entry.prices) == ("group/team", "acme", 1, PRICES)


def test_a_group_passes_over_whoever_may_spend_no_more(owner: Any, upstream: ThreadedProvider) -> None:
    group = ModelGroup.objects.create(name="team", retries=0)
    spent = make_provider("acme", upstream.provider.base_url, "none")
    Deployment.objects.create(group=group, chat_model=ChatModel.objects.create(provider=spent, model_id="m"))
    SpendLimit.objects.create(kind="provider", provider=spent, amount="0.5")
    SpendEntry.objects.create(
        run_id="before", comparison_id="x", user=None, day=ledger.today(), model="acme/m", provider="acme", amount=1
    )

    (run,) = drive(started(owner, "group/team"))
    assert (run["status"], run["error"]["code"], len(upstream.requests)) == ("failed", "spend_limit", 0)

    quick = ChatModel.objects.get(provider__slug="demo", model_id=QUICK.partition("/")[2])
    Deployment.objects.create(group=group, chat_model=quick, priority=2)
    (run,) = drive(started(owner, "group/team"))
    assert (run["status"], len(upstream.requests)) == ("finished", 0)


def test_what_was_stopped_before_its_books_were_open_leaves_none_open(owner: Any) -> None:
    comparison = started(owner, QUICK)
    claimed = jobs.prepare(transitions.claim(queued(comparison), "w"))
    stops.stop(list(comparison.runs.all()))
    meter.open_books(claimed)

    assert not SpendEntry.objects.exists()


def test_an_entry_of_an_earlier_worker_is_closed_with_the_run(owner: Any) -> None:
    comparison = started(owner, QUICK)
    SpendEntry.objects.create(
        run_id=comparison.runs.get().pk, comparison_id="x", user=None, day=ledger.today(), model="m", running=True
    )

    (run,) = drive(comparison)

    assert run["status"] == "finished"
    assert SpendEntry.objects.get().amount == Decimal(run["cost"]["amount"])
