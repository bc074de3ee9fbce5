"""What the simulated provider remembers."""

from compare_site.demo import ledger as module
from compare_site.demo.answer import Answer
from compare_site.demo.grammar import plan_of
from compare_site.demo.ledger import Ledger


def _answer(number: int) -> Answer:
    return Answer(f"demo-{number}", "fast", plan_of("fast"), "d", asked=1)


def test_answers_are_bounded_and_the_newest_stay() -> None:
    ledger = Ledger()
    for number in range(module.MOST_ANSWERS + 3):
        ledger.remember(_answer(number))

    assert len(ledger.answers) == module.MOST_ANSWERS
    assert "demo-2" not in ledger.answers
    assert "demo-3" in ledger.answers


def test_requests_are_bounded_in_number_and_in_bytes() -> None:
    ledger = Ledger()
    for number in range(module.MOST_REQUESTS + 3):
        ledger.note({}, 10, {"id": str(number)})
    assert len(ledger.requests) == module.MOST_REQUESTS

    ledger.note({}, module.MOST_REQUEST_BYTES, {"id": "big"})
    assert [entry["id"] for _, entry in ledger.requests] == ["big"]


def test_a_report_tells_what_was_sent_and_not_more() -> None:
    sent = Ledger().remember(_answer(1))
    sent.count = 5
    report = sent.report()

    assert report["text"] == "".join(text for _, text in list(sent.answer.pieces())[:5])
    assert (report["finished"], report["cut"], report["client_left"]) == (False, False, False)


def test_the_first_attempt_fails_and_the_next_one_passes() -> None:
    ledger = Ledger()

    assert [ledger.must_fail("k", 1, 1, now) for now in (0, 1, 2, 3)] == [True, False, True, False]


def test_copies_that_come_together_fail_together_and_pass_together() -> None:
    ledger = Ledger()

    assert [ledger.must_fail("k", 1, 1, now) for now in (0, 0.1, 0.2)] == [True] * 3
    assert [ledger.must_fail("k", 1, 1, now) for now in (1.1, 1.2, 1.3)] == [False] * 3
    assert ledger.must_fail("k", 1, 1, 1.4)


def test_more_failures_are_more_waves_and_old_ones_are_forgotten() -> None:
    ledger = Ledger()

    assert [ledger.must_fail("k", 2, 1, now) for now in (0, 1, 2)] == [True, True, False]
    assert ledger.must_fail("j", 1, 1, 0)
    assert ledger.must_fail("j", 1, 1, 100)
