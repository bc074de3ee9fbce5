"""A run knows the key that it was asked with, and a key how its calls went, however the run ends."""

from typing import Any

import pytest

from compare_site.comparisons import actions, transitions
from compare_site.comparisons.models import Run
from compare_site.comparisons.transitions import Kept
from providers.models import ApiKey, ChatModel, KeyUse
from tests.comparisons.driving import QUICK, Driven, drive, queued, started, until_shown
from tests.comparisons.test_transitions import finished
from tests.fakes.provider_server import delta, mute, refuses, says
from tests.fakes.threaded import ThreadedProvider
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
LIMITED = refuses(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, {"retry-after": "0"})


@pytest.fixture
def key(master_key: str, upstream: ThreadedProvider) -> ApiKey:
    return stored(make_provider("acme", upstream.provider.base_url))


def counts() -> dict[int, int]:
    return dict(KeyUse.objects.values_list("status", "calls"))


def test_the_key_stands_on_the_run_and_its_retries_count(owner: Any, key: ApiKey, upstream: ThreadedProvider) -> None:
    upstream.play(LIMITED, says("at last"))
    (run,) = drive(started(owner, "acme/m"))
    assert (run["status"], len(run["retries"])) == ("finished", 1)
    assert Run.objects.get().api_key == key
    assert counts() == {200: 1, 429: 1}
    assert dict(KeyUse.objects.values_list("status", "unknown")) == {200: 1, 429: 0}


def test_a_stopped_run_knows_its_key_too(owner: Any, key: ApiKey, upstream: ThreadedProvider) -> None:
    upstream.play(mute(delta("half")))
    comparison = started(owner, "acme/m")
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        actions.cancel_run(Run.objects.get())
    assert (Run.objects.get().state, Run.objects.get().api_key) == ("cancelled", key)
    assert [(use.unknown, use.estimated) for use in KeyUse.objects.all()] == [(1, 0)], "no prices are known"


def test_an_estimate_is_known_as_one_to_the_key(owner: Any, key: ApiKey, upstream: ThreadedProvider) -> None:
    comparison = started(owner, "acme/m")
    ChatModel.objects.update(prices={"input": "1", "output": "2"})
    upstream.play(says("counted by nobody"))
    (run,) = drive(comparison)
    use = KeyUse.objects.get()
    assert (run["cost"]["source"], use.estimated, use.unknown, use.cost > 0) == ("estimated", 1, 0, True)


def test_what_needs_no_key_has_none(owner: Any) -> None:
    drive(started(owner, QUICK))
    assert (Run.objects.get().api_key, KeyUse.objects.count()) == (None, 0)


def test_a_key_deleted_meanwhile_costs_no_answer(owner: Any, key: ApiKey) -> None:
    run = started(owner, QUICK).runs.get()
    (claimed,) = transitions.claim([run.pk], "a" * 32)
    gone = key.pk
    key.delete()
    assert transitions.end(run.pk, claimed.fence, finished(run), Kept(provider="P", api_key=gone))
    assert (Run.objects.get().state, Run.objects.get().api_key) == ("finished", None)
    transitions.note_key(run.pk, gone)
    assert Run.objects.get().api_key_id is None


def test_runs_outlive_their_key(owner: Any, key: ApiKey, upstream: ThreadedProvider) -> None:
    drive(started(owner, "acme/m"))
    key.delete()
    assert (Run.objects.get().state, Run.objects.get().api_key_id) == ("finished", None)
