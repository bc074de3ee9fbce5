"""Deleting: gone for everybody at once, back with one word, and after a time nothing of it is left anywhere."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from compare_site.comparisons import access, actions, figures, history, keeping, snapshot, sweeper, trash
from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.spend_rows import SpendEntry
from compare_site.sharing.actions import create_share
from compare_site.sharing.links import resolve_token
from tests.comparisons.driving import QUICK, drive, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
CANARY = "zebracanary"


def kept(client: Any) -> str:
    """Every value of every table, and every key and value of Valkey, as one text."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # The books keep the ids of what was paid for, and no text.
            if table.startswith(("django_", "auth_", "axes_", "accounts_", "providers_", "comparisons_spendentry")):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            said += [str(value) for row in cursor.fetchall() for value in row]
    for key in client.scan_iter("*"):
        kind = client.type(key).decode()
        read = {
            "stream": client.xrange,
            "hash": client.hgetall,
            "string": client.get,
            "list": lambda k: client.lrange(k, 0, -1),
        }
        said.append(f"{key} {read[kind](key) if kind in read else kind}")
    return "\n".join(said)


def test_it_is_gone_for_everybody_and_comes_back_whole(owner: Any) -> None:
    comparison = started(owner, title=CANARY)
    drive(comparison)
    before = snapshot.state_of(comparison)
    _share, token = create_share(comparison, owner.pk)
    me = Principal(user_id=owner.pk)
    actions.delete_comparison(comparison)
    run_id = before["runs"][0]["id"]
    for look in (lambda: access.access_comparison(me, comparison.pk), lambda: access.access_run(me, run_id)):
        with pytest.raises(Denied):
            look()
    assert resolve_token(token) is None
    assert history.search(me).items == []
    (item,) = history.search(me, trash=True).items
    assert (item["title"], bool(item["trashed_at"])) == (CANARY, True)
    with pytest.raises(Denied):
        access.access_trashed(Principal(user_id=owner.pk + 1), comparison.pk)

    back = keeping.restore(access.access_trashed(me, comparison.pk))
    after = snapshot.state_of(back)
    assert {**after, "seq": ""} == {**before, "seq": ""}
    assert resolve_token(token) is not None
    assert history.search(me, trash=True).items == []
    actions.add_turn(back, actions.AddTurn(prompt="and more"))
    assert [run["status"] for run in drive(back)] == ["finished", "finished"]


def test_what_ran_is_stopped_and_the_same_key_starts_anew(owner: Any) -> None:
    asked = actions.StartComparison.model_validate({"prompt": "x", "models": [QUICK]})
    first, _made = actions.start_comparison(owner.pk, asked, "key")
    actions.delete_comparison(first)
    assert set(first.runs.values_list("state", flat=True)) == {"cancelled"}
    second, made = actions.start_comparison(owner.pk, asked, "key")
    assert (made, second.pk != first.pk) == (True, True)


def test_after_its_time_nothing_of_it_is_left(owner: Any, valkey: Any, settings: Any) -> None:
    other = started(owner, title="stays")
    comparison = started(owner, QUICK, title=CANARY, prompt=f"{CANARY} 斑马", tags=[CANARY], metadata={"k": CANARY})
    drive(comparison)
    actions.add_turn(comparison, actions.AddTurn(prompt=f"{CANARY} again"))
    drive(comparison)
    create_share(comparison, owner.pk)
    figures.catch_up()
    ids = [comparison.pk, *comparison.runs.values_list("pk", flat=True), *comparison.turns.values_list("pk", flat=True)]
    assert all(each in kept(valkey) for each in (CANARY, *ids)), "the control"
    told: list[str] = []
    trash.register_leftovers(told.append)
    try:
        actions.delete_comparison(comparison)
        sweeper.sweep()
        assert Comparison.objects.filter(pk=comparison.pk).exists()
        long_ago = timezone.now() - timedelta(days=settings.TRASH_DAYS, seconds=1)
        Comparison.objects.filter(pk=comparison.pk).update(trashed_at=long_ago)
        sweeper.sweep()
    finally:
        trash._leftovers.pop()
    assert told == [comparison.pk]
    assert not [model.__name__ for model in apps.get_app_config("comparisons").get_models() if CANARY in _rows(model)]
    for key in list(valkey.scan_iter(f"*{comparison.pk}*")):
        assert 0 < valkey.ttl(key) <= 30, "viewers are told for a moment"
        valkey.delete(key)
    valkey.delete("celery")  # messages that a worker would have taken long ago
    assert CANARY not in kept(valkey)
    # The books keep amounts and ids that lead nowhere: deleting gives nobody their money back.
    SpendEntry.objects.all().delete()
    left = kept(valkey)
    assert [each for each in ids if each in left] == []
    assert Comparison.objects.get().pk == other.pk


def test_what_is_taken_back_while_others_go_stays(owner: Any, settings: Any) -> None:
    first, second = started(owner), started(owner)
    for number, comparison in enumerate((first, second)):
        actions.delete_comparison(comparison)
        long_ago = timezone.now() - timedelta(days=settings.TRASH_DAYS + 2 - number)
        Comparison.objects.filter(pk=comparison.pk).update(trashed_at=long_ago)
    trash.register_leftovers(lambda _pk: trash.take_out(second.pk))
    try:
        assert trash.empty_what_is_due() == 1
    finally:
        trash._leftovers.pop()
    assert Comparison.objects.get().pk == second.pk


def test_of_restoring_and_deleting_for_good_the_first_one_wins_whole(owner: Any) -> None:
    comparison = started(owner)
    drive(comparison)
    before = snapshot.state_of(comparison)
    me = Principal(user_id=owner.pk)
    actions.delete_comparison(comparison)
    late = access.access_trashed(me, comparison.pk)
    keeping.restore(access.access_trashed(me, comparison.pk))
    with pytest.raises(actions.Refused) as refused:
        keeping.delete_for_good(late)
    assert refused.value.status == 404
    assert {**snapshot.state_of(comparison), "seq": ""} == {**before, "seq": ""}

    actions.delete_comparison(comparison)
    late, answers = access.access_trashed(me, comparison.pk), []

    def too_late(_pk: str) -> None:
        with pytest.raises(Denied):
            access.access_trashed(me, comparison.pk)
        with pytest.raises(actions.Refused) as said:
            keeping.restore(late)
        answers.append((said.value.status, history.search(me, trash=True).items))

    trash.register_leftovers(too_late)
    try:
        keeping.delete_for_good(late)
    finally:
        trash._leftovers.pop()
    assert answers == [(404, [])]
    assert not Comparison.objects.exists()


def test_what_a_dead_process_began_to_delete_is_ended(owner: Any) -> None:
    comparison = started(owner)
    actions.delete_comparison(comparison)

    def dies(_pk: str) -> None:
        raise RuntimeError("killed")

    trash.register_leftovers(dies)
    try:
        with pytest.raises(RuntimeError):
            keeping.delete_for_good(comparison)
    finally:
        trash._leftovers.pop()
    assert trash.empty_what_is_due() == 0, "whoever began may still be at it"
    Comparison.objects.update(going_since=timezone.now() - trash.LEASE - timedelta(seconds=1))
    assert trash.empty_what_is_due() == 1
    assert not Comparison.objects.exists()


def _rows(model: Any) -> str:
    return json.dumps(list(model.objects.values()), default=str)


def test_without_a_trash_it_goes_at_once(owner: Any, settings: Any) -> None:
    settings.TRASH_DAYS = 0
    comparison = started(owner)
    actions.delete_comparison(comparison)
    assert not Comparison.objects.exists()
    assert not Run.objects.exists()


def test_long_histories_go_in_pieces(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trash, "RUNS_AT_ONCE", 2)
    comparison = started(owner, *[QUICK] * 5)
    actions.delete_comparison(comparison)
    keeping.delete_for_good(comparison)
    assert not Run.objects.exists()
