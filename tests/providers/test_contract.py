"""The words that all sides share: values that cannot be changed, and errors that show no input."""

import pickle
from typing import get_args

import pytest
from pydantic import ValidationError

from providers.contract.errors import MESSAGE_LIMIT, RETRYABLE, ErrorCode, ProviderError, SetupError
from providers.contract.events import Usage
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
