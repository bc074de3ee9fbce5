"""Which limits hold for a call: of the catalog, of an administrator, of a key, of a host."""

from typing import Any

import pytest

from providers.catalog import load_catalog
from providers.contract.limiter import Bucket, RateLimits
from providers.contract.spec import ProviderSpec
from providers.models import Provider
from providers.resolve.limits import buckets_of, for_model, limits_of

NEAR, FAR = "http://127.0.0.1:11434", "https://models.example.com:443"


def provider(said: dict[str, Any] | None = None, /, **facts: Any) -> Provider:
    spec = ProviderSpec(slug="x", name="X", base_url=NEAR, **facts)
    return Provider(slug="x", name="X", spec_data=spec.model_dump(mode="json"), limits=said or {})


def test_without_limits_there_is_only_what_a_provider_may_pause() -> None:
    buckets = for_model(buckets_of(provider(), FAR, None, {}), "m")

    assert buckets == (Bucket(f"pause:provider:x:{FAR}:m", pausable=True),)


def test_the_simulated_provider_pauses_nobody() -> None:
    assert buckets_of(provider(simulated=True), FAR, None, {}) == ()


def test_a_call_passes_its_provider_its_key_and_its_host() -> None:
    ours = provider({"requests_per_minute": 60, "host": "staggered", "stagger_ms": 200})

    assert buckets_of(ours, NEAR, 7, {"in_flight": 4}) == (
        Bucket("provider:x", requests_per_minute=60),
        Bucket(f"host:{NEAR}", stagger_ms=200),
        Bucket("key:7", in_flight=4),
        Bucket(f"pause:key:7:{NEAR}:{{model}}", pausable=True),
    )


@pytest.mark.parametrize(
    ("per_model", "names"),
    [
        (True, ["provider:x:a/b", f"pause:provider:x:{FAR}:a/b"]),
        (False, ["provider:x", f"pause:provider:x:{FAR}"]),
        (None, ["provider:x", f"pause:provider:x:{FAR}:a/b"]),
    ],
)
def test_models_count_for_themselves_or_together(per_model: bool | None, names: list[str]) -> None:
    ours = provider({"in_flight": 2, "per_model": per_model})

    assert [bucket.name for bucket in for_model(buckets_of(ours, FAR, None, {}), "a/b")] == names


def test_an_administrator_goes_before_the_catalog() -> None:
    facts = RateLimits(requests_per_minute=10, in_flight=3, host="sequential")
    ours = provider({"requests_per_minute": 20, "host": "parallel"}, limits=facts)

    assert limits_of(ours, NEAR) == RateLimits(requests_per_minute=20, in_flight=3, host="parallel")


def test_the_catalog_spares_model_servers_where_they_are_one_s_own() -> None:
    ours = provider(limits=RateLimits(host="sequential"))

    assert (limits_of(ours, NEAR).host, limits_of(ours, FAR).host) == ("sequential", "parallel")


def test_only_model_servers_of_one_person_are_asked_one_at_a_time() -> None:
    sequential = {slug for slug, spec in load_catalog().items() if spec.limits.host == "sequential"}

    assert sequential == {"ollama", "lm-studio", "llama-cpp"}
