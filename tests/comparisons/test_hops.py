"""What is said of hops."""

from compare_site.comparisons import hops
from compare_site.comparisons.fold import RunFold, fold_run
from providers.contract.errors import ProviderError
from providers.contract.events import AttemptStarted
from providers.contract.grouping import HopFailed, Option
from tests.fakes.calls import target_for

TARGET = target_for("https://api.example.com/v1?code=not-to-be-seen")
HEAD = AttemptStarted(1, "fake", "https://api.example.com/v1", 200, 12.34, "req-1", {"x-ratelimit-left": "3"})


def test_the_head_of_a_response_makes_a_hop() -> None:
    fold = fold_run(RunFold(id="r"), hops.begun("r", HEAD, None, RunFold(id="r")))

    assert fold.hops == [{"provider": "fake", "base_url": "https://api.example.com/v1", "status": 200, "ms": 12.3}]
    assert fold.metadata == {"request_id": "req-1", "rate_limits": {"x-ratelimit-left": "3"}}
    assert fold.timings.connect_ms == 12.3


def test_a_failure_after_the_head_marks_its_hop_and_one_before_it_has_no_status() -> None:
    error = ProviderError("overloaded", "later")
    option = Option("deployment:1", "fake/fake-1", TARGET)
    fold = fold_run(RunFold(id="r"), hops.begun("r", HEAD, TARGET, RunFold(id="r")))
    fold = fold_run(fold, hops.failed("r", HopFailed(option, error, 20.0, sent=True, head=True), TARGET, fold))
    fold = fold_run(fold, hops.failed("r", HopFailed(option, error, 7.5, sent=True, head=False), TARGET, fold))

    assert [(hop["status"], hop["ms"], hop["model"], hop["error"]) for hop in fold.hops] == [
        (200, 12.3, "fake-1", "overloaded"),
        (None, 7.5, "fake-1", "overloaded"),
    ]
    assert {hop["base_url"] for hop in fold.hops} == {"https://api.example.com/v1"}


def test_what_made_another_be_asked_is_kept() -> None:
    event = hops.retrying("r", 1, 0, ProviderError("server", "broken"))
    fold = fold_run(RunFold(id="r"), event)

    assert fold.retries == [{"attempt": 1, "delay_ms": 0, "error": event.error}]
