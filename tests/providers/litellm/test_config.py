"""Reading a LiteLLM configuration: what is in it, what is refused, and no secret in any text."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract.secret import Secret
from providers.litellm.config import MOST_BYTES, BadConfig, read_config, variable_of

FILE = Path(__file__).with_name("config.yaml")
BOMB = "\n".join(
    ["a: &a [x,x,x,x,x,x,x,x,x]"]
    + [f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]" for before, name in zip("abcdefg", "bcdefgh", strict=True)]
    + ["model_list: [*h]"]
)


def model_list(*lines: str) -> bytes:
    return ("model_list:\n" + "\n".join(lines)).encode()


def test_a_whole_file() -> None:
    config = read_config(FILE.read_bytes())

    assert len(config.entries) == 14
    assert config.broken == ("model_list[14]",)
    first = config.entries[0]
    assert (first.group, first.model, first.where) == ("gpt-4o", "azure/gpt-4o-eu", "model_list[0] gpt-4o")
    assert (first.number_of("rpm", 10**9), first.number_of("order", 9), first.text("api_version")) == (
        600,
        1,
        "2024-10-21",
    )
    assert isinstance(first.params["api_key"], Secret)
    assert variable_of(first.params["api_key"]) == "AZURE_API_KEY_EU"
    rules = config.rules
    assert (rules.strategy, rules.retries, rules.allowed_failures, rules.cooldown_seconds) == ("usage_based", 3, 3, 45)
    assert dict(rules.fallbacks)["gpt-4o"] == ("claude", "nowhere")
    assert dict(rules.aliases) == {"smart": "gpt-4o"}
    assert config.variables["TEAM_GROQ_KEY"].reveal().startswith("gsk_CANARY")
    assert set(config.unread) == {
        "general_settings",
        "litellm_settings.drop_params",
        "litellm_settings.success_callback",
        "router_settings.redis_host",
        "router_settings.redis_password",
    }


def test_no_secret_shows_in_the_values_as_text() -> None:
    config = read_config(FILE.read_bytes())
    assert "CANARY" not in repr(config)
    hidden = {secret.reveal() for secret in config.secrets}
    for text in ("sk-CANARY-openai-first-aabbccddeeff", "CANARY-redis-password-0099", "sk-CANARY-master-key-777"):
        assert text in hidden


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no model_list"),
        (b"model_list: 3", "no model_list"),
        (b"[]", "no model_list"),
        (b"model_list: [", "near line 1"),
        (b"model_list: [!!python/object/apply:os.system [x]]", "safely"),
        (b"\xff\xfe\x00", "safely"),
        (b"model_list: [" + b"9" * 5000 + b"]", "too long"),
        (b"model_list: " + b"[" * 5000, "deeply"),
        (b"model_list: " + b"[" * 40 + b"]" * 40, "deeply"),
        (b"a: &a [*a]\nmodel_list: *a", "deeply"),
        (BOMB.encode(), "too much"),
        (b"model_list: []\nx: 1" + b":1" * 100_000, "too long: look near line 2"),
        (b"model_list: [0x" + b"f" * 9000 + b"]", "too long"),
        (b"x" * (MOST_BYTES + 1), "larger than"),
        (model_list(*["- x"] * 1001), "more than 1000"),
    ],
)
def test_what_is_no_configuration_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        read_config(data)


def test_anchors_are_fine() -> None:
    data = b"common: &c {api_key: os.environ/X}\n" + model_list(
        "- model_name: a", "  litellm_params: {<<: *c, model: openai/x, rpm: 7.0, weight: 2}"
    )
    (entry,) = read_config(data).entries
    assert (variable_of(entry.params["api_key"]), entry.number_of("rpm", 99)) == ("X", 7)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_they_are_read_or_refused(data: bytes) -> None:
    with suppress(BadConfig):
        read_config(b"model_list:\n" + data)
