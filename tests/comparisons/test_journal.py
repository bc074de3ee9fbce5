"""The journal on a real Valkey: fences, epochs, checkpoints, views."""

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.journal import NO_JOURNAL, Part

C = "c" * 32
QUEUED = ev.RunQueued(run="r", column="a", turn="t", sample=0, attempt=1)


@pytest.fixture
def client(valkey):  # type: ignore[no-untyped-def]
    return site_valkey.sync_client()


def delta(text: str, run: str = "r", at: float = 1) -> ev.RunDelta:
    return ev.RunDelta(run=run, index=0, kind="text", text=text, at=at)


def put(client, *events: ev.RunEvent, run: str = "r", fence: int = 1):  # type: ignore[no-untyped-def]
    return journal.append(client, C, [Part(run, fence, [ev.encode(event) for event in events])])


def put_with_checkpoint(client, state: RunFold, *events: ev.RunEvent):  # type: ignore[no-untyped-def]
    part = Part(state.id, 1, [ev.encode(event) for event in events])
    arguments = journal.append_args(C, [part], checkpoints=[(state.id, state.model_dump_json())])
    return journal.appended(client.eval(*arguments))


def text_of(client, since=NO_JOURNAL, wanted=frozenset({"r"})) -> str:  # type: ignore[no-untyped-def]
    return journal.view(client, C, since, wanted).runs["r"].text_of("text")


def test_there_is_no_journal_before_the_first_entry(client) -> None:  # type: ignore[no-untyped-def]
    assert journal.tip(client, C) == NO_JOURNAL
    assert journal.view(client, C, NO_JOURNAL, frozenset()).tip == NO_JOURNAL
    assert journal.seq_of(NO_JOURNAL) == "0"
    assert journal.salvage(client, C, "r") is None


def test_what_is_appended_is_folded_in_order(client) -> None:  # type: ignore[no-untyped-def]
    put(client, QUEUED)
    put(client, delta("Hello"), delta(", "))
    put(client, delta("world\u2028!"))
    assert text_of(client) == "Hello, world\u2028!"


def test_an_older_fence_writes_nothing(client) -> None:  # type: ignore[no-untyped-def]
    put(client, QUEUED, delta("old"), fence=1)
    journal.raise_fence(client, C, "r", 2)
    refused = put(client, delta("zombie"), fence=1)
    assert refused.rejected == {"r"}
    assert text_of(client) == "old"
    assert put(client, delta(" new"), fence=2).rejected == frozenset()
    assert text_of(client) == "old new"


def test_a_fence_holds_one_run_and_lets_the_others_write(client) -> None:  # type: ignore[no-untyped-def]
    journal.raise_fence(client, C, "r", 2)
    other = Part("q", 1, [ev.encode(delta("fine", run="q"))])
    answer = journal.append(client, C, [Part("r", 1, [ev.encode(delta("zombie"))]), other])
    assert answer.rejected == {"r"}
    view = journal.view(client, C, NO_JOURNAL, frozenset({"q", "r"}))
    assert view.runs["q"].text_of("text") == "fine"
    assert "r" not in view.runs


def test_a_lost_journal_is_noticed_by_its_epoch(client) -> None:  # type: ignore[no-untyped-def]
    first = put(client, QUEUED)
    client.flushall()
    arguments = journal.append_args(C, [Part("r", 1, [ev.encode(delta("x"))])], epoch=first.epoch)
    answer = journal.appended(client.eval(*arguments))
    assert answer.lost
    assert answer.epoch != first.epoch
    assert journal.view(client, C, NO_JOURNAL, frozenset({"r"})).runs == {}


def test_joining_starts_from_the_checkpoint_and_gives_the_same_text(client) -> None:  # type: ignore[no-untyped-def]
    state = RunFold(id="r")
    for event in (QUEUED, delta("one ")):
        state = fold_run(state, event)
    put_with_checkpoint(client, state, QUEUED, delta("one "))
    put(client, delta("two"))
    assert text_of(client) == "one two"
    stream = journal.stream_key(C)
    first = client.xrange(stream, count=1)[0][0]
    client.xdel(stream, first)
    assert text_of(client) == "one two", "the checkpoint replaces what came before it"


def test_a_refused_run_leaves_no_checkpoint(client) -> None:  # type: ignore[no-untyped-def]
    journal.raise_fence(client, C, "r", 5)
    state = fold_run(fold_run(RunFold(id="r"), QUEUED), delta("zombie"))
    parts = [Part("r", 1, [ev.encode(delta("zombie"))]), Part("q", 1, [ev.encode(delta("x", run="q"))])]
    client.eval(*journal.append_args(C, parts, checkpoints=[("r", state.model_dump_json())]))
    assert journal.salvage(client, C, "r") is None


def test_salvage_is_checkpoint_and_tail(client) -> None:  # type: ignore[no-untyped-def]
    state = fold_run(RunFold(id="r"), QUEUED)
    put_with_checkpoint(client, state, QUEUED)
    put(client, delta("partial "), delta("answer"))
    found = journal.salvage(client, C, "r")
    assert found is not None
    assert found.text_of("text") == "partial answer"
    assert [size for _, _, size in found.trace] == [8, 6]


def test_what_is_not_a_run_comes_only_after_the_point_asked_for(client) -> None:  # type: ignore[no-untyped-def]
    def added(turn: str) -> Part:
        return Part("", 0, [ev.encode(ev.TurnAdded(turn={"id": turn}))])

    journal.append(client, C, [added("one")])
    since = journal.tip(client, C)
    journal.append(client, C, [added("two")])
    view = journal.view(client, C, since, frozenset())
    assert [event.turn["id"] for event in view.others if isinstance(event, ev.TurnAdded)] == ["two"]


def test_a_seq_is_what_it_says_and_nonsense_is_no_position() -> None:
    assert journal.parse_seq("ab12:5-1") == ("ab12", "5-1")
    for nonsense in ("", "0", "x", "ab:5", "ab:5-x", ":", "a" * 90 + ":1-1", "ab:-"):
        assert journal.parse_seq(nonsense) == NO_JOURNAL


def test_journals_expire(client) -> None:  # type: ignore[no-untyped-def]
    put(client, QUEUED)
    assert all(0 < client.ttl(key) <= 3600 for key in journal.keys_of(C)[:2])
