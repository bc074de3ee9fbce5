"""A copy of what one can see: nothing of what was kept back comes along."""

import json
from typing import Any

import pytest
from django.test import Client

from compare_site.comparisons.models import Comparison, Run
from compare_site.sharing.actions import ShareOptions, create_share
from tests.api.callers import Caller
from tests.sharing.planted import NEVER, SHOWN, planted, word

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
USUAL = ["prompt", "system", "attachments", "reasoning", "metrics", "names"]


def teammate(user: Any, comparison: Comparison, **options: Any) -> Caller:
    """Somebody who has opened a link."""
    client = Client()
    client.force_login(user)
    client.get(f"/s/{create_share(comparison, comparison.owner_id, ShareOptions(**options))[1]}")
    return Caller(client)


def test_a_teammate_copies_what_the_link_shows(owner: Any, stranger: Any) -> None:
    comparison, *_ = planted(owner)
    asked = teammate(stranger, comparison, parts=[part for part in USUAL if part not in {"reasoning", "system"}])
    status, forked = asked("POST", f"comparisons/{comparison.pk}/fork")
    assert status == 201, forked
    copy = Comparison.objects.get(pk=forked["id"])
    assert copy.owner_id == stranger.pk
    state = asked("GET", f"comparisons/{copy.pk}")[1]
    assert [run["text"] for run in state["runs"]] == [SHOWN, SHOWN]
    assert [run["status"] for run in state["runs"]] == ["finished", "interrupted"]
    assert [column["overrides"]["params"] for column in state["columns"]] == [{"temperature": 0.25}] * 2
    rows = json.dumps([list(copy.turns.values()), list(copy.columns.values())], default=str)
    rows += json.dumps([run.record.state for run in copy.runs.select_related("record")])
    assert forked["left_out"] == state["left_out"] == ["system", "reasoning"]
    page = asked.client.get(f"/c/{copy.pk}/").content.decode()
    assert "Not in it, because the link did not show it:" in page
    everything = json.dumps(state) + rows + str(vars(copy))
    for part in ("reasoning", "system", "raw"):
        assert word(part) not in everything, part
    assert NEVER not in everything
    assert word("prompt") in everything
    assert not copy.runs.exclude(cost=None).exists()
    assert Run.objects.filter(comparison=comparison).count() == 2


def test_an_owner_copies_all_of_it(owner: Any) -> None:
    comparison, *_ = planted(owner)
    Comparison.objects.update(settings={"params": {"max_tokens": 7}})
    comparison.columns.update(overrides={"system": word("system")})
    comparison.turns.update(messages=[{"role": "user", "content": [{"kind": "text", "text": "?"}]}])
    comparison.runs.all().delete()
    comparison.turns.update(system=word("system"))
    Comparison.objects.update(tags=["mine"])
    status, forked = Caller.bearer(owner)("POST", f"comparisons/{comparison.pk}/fork")
    assert status == 201, forked
    copy = Comparison.objects.get(pk=forked["id"])
    assert copy.columns.first().overrides == {"system": word("system")}  # type: ignore[union-attr]
    assert (copy.tags, forked["left_out"]) == (["mine"], [])
    assert set(copy.turns.values_list("system", flat=True)) == {word("system")}


@pytest.mark.parametrize(("part", "code"), [("names", "names_withheld"), ("prompt", "prompt_withheld")])
def test_what_is_not_shown_cannot_be_copied(owner: Any, stranger: Any, part: str, code: str) -> None:
    comparison, *_ = planted(owner)
    asked = teammate(stranger, comparison, parts=[each for each in USUAL if each != part])
    status, answer = asked("POST", f"comparisons/{comparison.pk}/fork")
    assert (status, answer["error"]["code"]) == (422, code)
    assert Comparison.objects.count() == 1


def test_without_an_account_or_a_link_nothing_is_copied(owner: Any, stranger: Any) -> None:
    comparison, *_ = planted(owner)
    guest = Client()
    guest.get(f"/s/{create_share(comparison, owner.pk)[1]}")
    assert Caller(guest)("POST", f"comparisons/{comparison.pk}/fork")[0] == 401
    assert Caller.bearer(stranger)("POST", f"comparisons/{comparison.pk}/fork")[0] == 404


def test_before_a_link_is_made_one_sees_what_it_will_show(owner: Any, stranger: Any) -> None:
    comparison, *_ = planted(owner)
    Comparison.objects.update(system="mail ada@example.org")
    path = f"comparisons/{comparison.pk}/shares/preview"
    asked = Caller.bearer(owner)
    shown = asked("POST", path, {"parts": ["system", "names"]})[1]
    assert shown["state"]["shared"]["parts"] == ["system", "names"]
    assert word("prompt") not in json.dumps(shown)
    assert [(each["kind"], each["place"]) for each in shown["findings"]] == [("email", "system")]
    assert asked("POST", path, {"parts": ["names"]})[1]["findings"] == []
    assert asked("POST", path, {"parts": ["raw"]})[0] == 422
    assert asked("POST", path, {})[0] == 422
    assert Caller.bearer(stranger)("POST", path, {"parts": []})[0] == 404
