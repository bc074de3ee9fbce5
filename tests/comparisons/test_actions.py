"""What people do, on a real database and a real Valkey: rows, journal and messages agree."""

import json
import threading
from typing import Any

import pytest
from django.db import connections

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, journal, snapshot, takeover
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.requests import AddTurn, StartComparison

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def start(user: Any, key: str | None = None, **fields: Any) -> Comparison:
    asked = StartComparison.model_validate({"prompt": "hi", "models": ["demo/fast", "demo/slow"], **fields})
    return actions.start_comparison(user.pk, asked, key)[0]


def finish_all(comparison: Comparison) -> None:
    for run in comparison.runs.all():
        takeover.end_run(run, "interrupted")


def queue_length() -> int:
    return int(site_valkey.sync_client().llen("celery"))


def test_one_transaction_writes_everything_and_one_message_is_sent(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner, title="T", tags=["a", "b", "a"])
    assert [column.label for column in comparison.columns.all()] == ["A", "B"]
    assert comparison.tags == ["a", "b"]
    assert {run.state for run in comparison.runs.all()} == {"queued"}
    assert queue_length() == 1
    state = snapshot.state_of(comparison)
    assert [run["status"] for run in state["runs"]] == ["queued", "queued"]


def test_whoever_starts_gets_the_state_that_reading_would_give(owner) -> None:  # type: ignore[no-untyped-def]
    column = {"model": "demo/slow", "samples": 2, "params": {"temperature": 0.1}}
    comparison = start(
        owner,
        title="T",
        tags=["a"],
        system="S",
        models=["demo/fast", column],
        params={"stop": ["x"]},
        metadata={"k": "v"},
    )
    state, settled, _ending = snapshot.read(Comparison.objects.get(pk=comparison.pk))
    assert settled
    opening = comparison.opening
    for run in (*opening["runs"], *state["runs"]):
        assert run.pop("age_ms") >= 0  # it grows between the two
    assert json.loads(json.dumps(opening)) == json.loads(json.dumps(state))


def test_a_message_carries_ids_only(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner, prompt="CANARY-PROMPT")
    raw = site_valkey.sync_client().lindex("celery", 0).decode()
    assert "CANARY" not in raw
    assert str(comparison.runs.first().pk) in __import__("base64").b64decode(json.loads(raw)["body"]).decode()


def test_labels_go_on_after_z() -> None:
    assert [actions.label_of(n) for n in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_samples_count_towards_the_limit(owner) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as caught:
        start(owner, models=[{"model": "demo/fast", "samples": 32}, "demo/slow"])
    assert (caught.value.status, caught.value.code) == (422, "too_many_runs")
    assert Comparison.objects.count() == 0


@pytest.mark.parametrize("model", ["nobody/model", "fast", "demo", "/x", "demo/"])
def test_a_model_that_cannot_be_named_is_refused_and_nothing_is_written(owner, model: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as caught:
        start(owner, models=["demo/fast", model]) if len(model) >= 3 else start(owner, models=[model + "//"])
    assert caught.value.status == 422
    assert Comparison.objects.count() == 0


def test_a_submit_key_outlives_a_version_that_takes_more_fields(owner: Any) -> None:
    class Later(StartComparison):
        more: str = "by default"

    said = {"prompt": "hi", "models": ["demo/fast"]}
    first = actions.start_comparison(owner.pk, StartComparison.model_validate(said), "key")
    again = actions.start_comparison(owner.pk, Later.model_validate(said), "key")
    assert again == (first[0], False)


def test_the_same_submit_key_gives_the_first_answer_again(owner, stranger) -> None:  # type: ignore[no-untyped-def]
    first = start(owner, "k1")
    assert start(owner, "k1").pk == first.pk
    assert start(stranger, "k1").pk != first.pk
    with pytest.raises(Refused) as caught:
        start(owner, "k1", prompt="other")
    assert caught.value.status == 409
    assert Comparison.objects.filter(owner=owner).count() == 1


def test_a_follow_up_continues_each_column_s_own_newest_answer(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    first = list(comparison.runs.order_by("column__position"))
    again = actions.rerun(first[0])
    takeover.end_run(again, "interrupted")
    _turn, runs = actions.add_turn(comparison, AddTurn(prompt="more"))
    assert {run.column_id: run.parent_id for run in runs} == {
        first[0].column_id: again.pk,
        first[1].column_id: first[1].pk,
    }


def test_a_follow_up_of_the_chosen_answer_continues_it_everywhere(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    chosen = comparison.runs.order_by("column__position").last()
    assert chosen is not None
    _turn, runs = actions.add_turn(comparison, AddTurn(prompt="more", history="chosen", chosen=chosen.pk))
    assert {run.parent_id for run in runs} == {chosen.pk}


def test_a_follow_up_waits_for_running_answers(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    with pytest.raises(Refused) as caught:
        actions.add_turn(comparison, AddTurn(prompt="more"))
    assert caught.value.status == 409


def test_foreign_turns_and_runs_are_refused(owner) -> None:  # type: ignore[no-untyped-def]
    comparison, other = start(owner), start(owner, prompt="other")
    finish_all(comparison)
    foreign_turn, foreign_run = other.turns.get(), other.runs.first()
    assert foreign_run is not None
    for asked in (
        AddTurn(prompt="x", parent=foreign_turn.pk),
        AddTurn(prompt="x", history="chosen", chosen=foreign_run.pk),
    ):
        with pytest.raises(Refused):
            actions.add_turn(comparison, asked)


def test_a_rerun_is_a_new_attempt_with_the_same_parent(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    run = comparison.runs.first()
    assert run is not None
    again = actions.rerun(run)
    assert (again.attempt, again.parent_id, again.column_id) == (2, run.parent_id, run.column_id)
    with pytest.raises(Refused):
        actions.rerun(run)


def test_a_rerun_under_a_follow_up_needs_a_branch(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    run = comparison.runs.first()
    assert run is not None
    actions.add_turn(comparison, AddTurn(prompt="more"))
    run = Run.objects.get(pk=run.pk)
    with pytest.raises(Refused) as caught:
        actions.rerun(run)
    assert caught.value.code == "has_follow_up"
    assert actions.rerun(run, branch=True).attempt == 2


def test_stop_ends_queued_runs_and_leaves_ended_ones(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    first = comparison.runs.first()
    assert first is not None
    takeover.end_run(first, "interrupted")
    stopped = actions.cancel_comparison(comparison)
    assert {run.state for run in stopped} == {"cancelled"}
    assert Run.objects.get(pk=first.pk).state == "interrupted"
    assert actions.cancel_run(Run.objects.get(pk=first.pk)).state == "interrupted"


def test_renaming_reaches_viewers_and_search(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    actions.update_details(comparison, "Neuer Titel", ["x"])
    entries = list(journal.entries(site_valkey.sync_client(), comparison.pk, "0-0"))
    assert b"Neuer Titel" in entries[-1].events
    assert "neuer titel" in Comparison.objects.get(pk=comparison.pk).search_text


def test_deleting_stops_it_and_tells_viewers(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    pk = comparison.pk
    actions.delete_comparison(comparison)
    assert set(Run.objects.values_list("state", flat=True)) == {"cancelled"}
    client = site_valkey.sync_client()
    assert b"comparison.deleted" in list(journal.entries(client, pk, "0-0"))[-1].events
    assert all(client.ttl(key) <= 30 for key in journal.keys_of(pk))


def test_without_valkey_the_rows_are_written_all_the_same(owner, valkey_server) -> None:  # type: ignore[no-untyped-def]
    valkey_server.stop()
    comparison = start(owner)
    assert comparison.runs.filter(state="queued").count() == 2
    assert [run["status"] for run in snapshot.state_of(comparison)["runs"]] == ["queued", "queued"]


def test_the_chosen_answer_says_which_turn_is_followed(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    first = comparison.turns.get()
    chosen = comparison.runs.first()
    assert chosen is not None
    second, _ = actions.add_turn(comparison, AddTurn(prompt="second"))
    finish_all(comparison)
    branch, _ = actions.add_turn(comparison, AddTurn(prompt="third", history="chosen", chosen=chosen.pk))
    assert branch.parent_id == first.pk
    finish_all(comparison)
    asked = AddTurn(prompt="x", history="chosen", chosen=chosen.pk, parent=second.pk)
    with pytest.raises(Refused) as caught:
        actions.add_turn(comparison, asked)
    assert (caught.value.status, caught.value.code) == (422, "unknown_run")


def test_a_chosen_answer_must_have_ended_and_others_need_not(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    first, second = comparison.runs.order_by("column__position")
    asked = AddTurn(prompt="x", history="chosen", chosen=first.pk)
    with pytest.raises(Refused) as caught:
        actions.add_turn(comparison, asked)
    assert caught.value.code == "still_running"
    takeover.end_run(first, "interrupted")
    assert second.state == "queued"
    assert len(actions.add_turn(comparison, asked)[1]) == 2


def test_a_copy_of_the_row_that_is_old_undoes_nothing(owner) -> None:  # type: ignore[no-untyped-def]
    """As when two people change the same comparison: each holds what was read before the other wrote."""
    comparison = start(owner, title="first", tags=["a"])
    finish_all(comparison)
    old = Comparison.objects.get(pk=comparison.pk)
    older = Comparison.objects.get(pk=comparison.pk)
    actions.update_details(comparison, "second", None)
    actions.update_details(old, None, ["b"])
    actions.add_turn(older, AddTurn(prompt="needle"))
    row = Comparison.objects.get(pk=comparison.pk)
    assert (row.title, row.tags) == ("second", ["b"])
    assert {"second", "b", "needle"} <= set(row.search_text.split())
    assert "first" not in row.search_text.split()


def test_many_follow_ups_at_once_become_one_turn(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    answers: list[str] = []
    barrier = threading.Barrier(6)

    def follow() -> None:
        try:
            barrier.wait()
            actions.add_turn(Comparison.objects.get(pk=comparison.pk), AddTurn(prompt="more"))
            answers.append("made")
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=follow) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["made"] + ["still_running"] * 5
    assert (comparison.turns.count(), comparison.runs.count()) == (2, 4)


def test_what_has_been_deleted_meanwhile_is_gone(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner)
    finish_all(comparison)
    run = comparison.runs.select_related("turn", "column").first()
    assert run is not None
    actions.delete_comparison(Comparison.objects.get(pk=comparison.pk))
    for act in (
        lambda: actions.add_turn(comparison, AddTurn(prompt="x")),
        lambda: actions.update_details(comparison, "x", None),
        lambda: actions.rerun(run),
        lambda: actions.cancel_run(run),
        lambda: actions.delete_comparison(comparison),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert (caught.value.status, caught.value.code) == (404, "not_found")


def test_renaming_to_nothing_says_nothing(owner) -> None:  # type: ignore[no-untyped-def]
    comparison = start(owner, title="T")
    before = len(list(journal.entries(site_valkey.sync_client(), comparison.pk, "0-0")))
    assert actions.update_details(comparison, None, None).title == "T"
    assert len(list(journal.entries(site_valkey.sync_client(), comparison.pk, "0-0"))) == before
