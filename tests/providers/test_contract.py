"""The words that all sides share: values that cannot be changed, and errors that show no input."""

import pickle
from typing import get_args

import pytest
from pydantic import ValidationError

from providers.contract.errors import MESSAGE_LIMIT, RETRYABLE, ErrorCode, ProviderError, SetupError
from providers.contract.events import Usage
from providers.contract.limiter import Bucket, Load, RateLimits, Unlimited
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.secret import Secret
from providers.contract.spec import ProviderSpec


@pytest.mark.parametrize("code", get_args(ErrorCode))
def test_errors_say_whether_to_try_again(code: ErrorCode) -> None:
    error = ProviderError(code, "x" * 1000)

    assert error.retryable is (code in RETRYABLE)
    assert len(error.message) == MESSAGE_LIMIT
    assert set(error.as_dict()) == {"code", "message", "status", "retryable", "retry_after", "request_id"}
    assert set(SetupError(code, "x").as_dict()) == set(error.as_dict())


def test_a_wrong_set_up_is_no_failed_call() -> None:
    assert not issubclass(SetupError, ProviderError)


def test_values_do_not_change_and_know_their_fields() -> None:
    message = Message.of_text("user", "hi")

    with pytest.raises(ValidationError):
        message.role = "system"
    with pytest.raises(ValidationError):
        Params.model_validate({"temprature": 1})


def test_what_was_refused_is_not_echoed() -> None:
    for model in (ChatRequest, ProviderSpec):
        with pytest.raises(ValidationError) as caught:
            model.model_validate({"model_id": 1, "api_key": "sk-canary-123456"})
        assert "sk-canary" not in str(caught.value)


def test_nothing_reported_is_not_zero() -> None:
    assert Usage() != Usage(input=0)


def test_a_secret_keeps_quiet() -> None:
    secret = Secret("sk-canary-123456")

    assert "canary" not in f"{secret!r} {secret} {secret:>40}"
    assert secret.reveal() == "sk-canary-123456"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_bucket_says_whether_anything_limits_it() -> None:
    assert not Bucket.of("provider:x", RateLimits(), pausable=True).limited
    assert Bucket.of("provider:x", RateLimits(tokens_per_minute=5)).limited
    assert Bucket("deployment:1", counted=True).limited


@pytest.mark.parametrize(
    ("limits", "in_flight", "stagger_ms"),
    [
        (RateLimits(in_flight=4), None, None),
        (RateLimits(host="sequential", in_flight=4), 1, None),
        (RateLimits(host="staggered", stagger_ms=50), None, 50),
    ],
)
def test_the_policy_of_a_host_is_a_bucket_of_its_own(
    limits: RateLimits, in_flight: int | None, stagger_ms: int | None
) -> None:
    bucket = Bucket.of_host("http://127.0.0.1:11434", limits)

    assert (bucket.in_flight, bucket.stagger_ms) == (in_flight, stagger_ms)


@pytest.mark.parametrize("wrong", [{"in_flight": 0}, {"stagger_ms": 0}, {"host": "sometimes"}, {"rpm": 5}])
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RateLimits.model_validate(wrong)


async def test_without_limits_nothing_waits() -> None:
    limiter = Unlimited()
    buckets = [Bucket("provider:x", in_flight=1, pausable=True)]
    limiter.pause(buckets, 60)

    async with limiter.ticket(buckets, 10) as ticket, limiter.ticket(buckets, 10) as other:
        assert await ticket.next() is None
        assert await other.next() is None

    assert limiter.free(buckets)
    assert await limiter.loads(buckets) == {"provider:x": Load()}
