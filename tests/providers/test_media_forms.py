"""In which form files are taken: what the protocol cannot write is a no, what nobody documents is unknown."""

import pytest

from providers.catalog import load_catalog
from providers.resolve.doors import as_asked, rules_of
from providers.resolve.media_forms import media_forms

ALL = {"image_input": True, "audio_input": True, "video_input": True, "pdf_input": True}


def forms(slug: str, protocol: str = "", **can: bool | None) -> dict[str, tuple[bool | None, bool | None]]:
    spec = load_catalog()[slug]
    found = media_forms(spec, protocol or spec.protocol, {**ALL, **can})
    return {kind: (each["url"], each["base64"]) for kind, each in found.items()}


def test_openrouter_takes_audio_as_data_only() -> None:
    found = forms("openrouter")
    assert found == {"image": (True, True), "audio": (False, True), "video": (True, True), "pdf": (True, True)}


def test_what_the_protocol_has_no_shape_for_is_a_no() -> None:
    assert forms("anthropic") == {
        "image": (True, True),
        "audio": (False, False),
        "video": (False, False),
        "pdf": (True, True),
    }
    assert forms("ollama", "ollama_chat")["image"] == (False, True)
    assert set(forms("yandexgpt").values()) == {(False, False)}


@pytest.mark.parametrize(("takes", "told"), [(None, (None, None)), (False, (False, False)), (True, (True, True))])
def test_a_model_of_which_nobody_says_it_is_unknown(takes: bool | None, told: tuple[bool | None, bool | None]) -> None:
    assert forms("openai", image_input=takes)["image"] == told


def test_an_address_counts_only_where_fetching_it_is_documented() -> None:
    assert forms("cerebras")["image"] == (None, True)
    assert forms("openai", "openai_responses")["image"] == (None, True)


def test_what_a_provider_takes_is_of_its_own_door() -> None:
    bedrock = load_catalog()["bedrock"]

    assert "image/heic" in rules_of(load_catalog()["vertex"], "gemini_generate")["image"].types
    assert rules_of(load_catalog()["vertex"], "anthropic_messages") == {}
    assert as_asked(bedrock, "bedrock_converse").media["image"].most == 3_932_160
    assert as_asked(bedrock, "openai_chat").media == {}
