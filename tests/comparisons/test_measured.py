"""Medians of what the latest finished runs have measured; nothing of runs that say nothing of their model."""

import time
from typing import Any

import pytest

from compare_site.comparisons.measured import DAYS, SAMPLES, speeds
from compare_site.comparisons.models import ModelSpeed
from tests.comparisons.driving import drive, started
from tests.fakes.provider_server import answers, delta, refuses, says
from tests.fakes.threaded import ThreadedProvider

PACED = "demo/fast@rate=200,tokens=20,delay=5"
NOW = round(time.time())


def kept(model: str, *samples: list[float | None]) -> None:
    ModelSpeed.objects.create(model=model, samples=list(samples))


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.usefixtures("valkey")
def test_a_finished_run_is_a_sample(owner: Any) -> None:
    (run,) = drive(started(owner, PACED))
    measured = speeds([PACED])[PACED]
    assert measured.runs == 1
    assert measured.ttft_ms == pytest.approx(run["timings"]["ttft_ms"], abs=0.06)
    assert measured.tokens_per_s == pytest.approx(run["timings"]["tokens_per_s"])
    drive(started(owner, PACED))
    assert speeds()[PACED].runs == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_what_was_retried_or_has_failed_is_none(owner: Any, upstream: ThreadedProvider) -> None:
    model = upstream.as_rows()
    upstream.play(refuses(429, {}, {"retry-after": "0"}), says("at last"), answers(delta("half")))
    assert drive(started(owner, model))[0]["retries"]
    assert drive(started(owner, model))[0]["status"] == "failed"
    assert speeds() == {}


@pytest.mark.django_db
def test_the_median_counts_what_is_known_and_recent() -> None:
    old = NOW - (DAYS + 1) * 86400
    kept("a/m", [old, 9.0, 9.0], [NOW, 100.0, None], [NOW, 300.0, 40.0], [NOW, 200.0, 60.0])
    kept("a/old", [old, 9.0, 9.0])
    found = speeds()
    assert set(found) == {"a/m"}
    assert (found["a/m"].ttft_ms, found["a/m"].tokens_per_s, found["a/m"].runs) == (200.0, 50.0, 3)
    kept("a/whole", [NOW, 100.0, None])
    assert speeds(["a/whole"])["a/whole"].tokens_per_s is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_only_the_latest_are_kept(owner: Any) -> None:
    kept(PACED, *([NOW, 1.0, 1.0] for _ in range(SAMPLES)))
    (run,) = drive(started(owner, PACED))
    samples = ModelSpeed.objects.get(pk=PACED).samples
    assert len(samples) == SAMPLES
    assert samples[-1][1] == run["timings"]["ttft_ms"]
