"""A LiteLLM configuration becomes rows: what is made of each entry, every time the same, and no key in any text."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers

from providers.contract.errors import SetupError
from providers.contract.grouping import Group
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.models import ApiKey, AuditEntry, ChatModel, Deployment, Endpoint, ModelGroup, Provider
from providers.resolve import ImportChoices, import_litellm, list_models, resolve_all
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
FILE = Path(__file__).parent / "litellm" / "config.yaml"
THERE = {
    "AZURE_API_KEY_EU": "azkey-CANARY-eu-8899aabbccddeeff",
    "SECRET_KEY": "CANARY-of-this-installation",
    "BASE": "https://b.example/v1",
}


def choices(**fields: Any) -> ImportChoices:
    def variable(name: str, slug: str) -> Secret | None:
        return Secret(THERE[name]) if name in THERE else None

    return ImportChoices(**{"variable": variable, "allow_private": True, **fields})


def imported(data: bytes | str | None = None, **fields: Any) -> dict[str, tuple[str, str]]:
    """The report as where -> (status, what)."""
    given = FILE.read_bytes() if data is None else data.encode() if isinstance(data, str) else data
    report = import_litellm(given, choices(**fields), "carol")
    assert "CANARY" not in repr(report.lines), "a key in the report"
    return {line.where: (line.status, line.what) for line in report.lines}


def entry(model: str, group: str = "g", **params: Any) -> str:
    """One entry of a model_list, as YAML (JSON is YAML)."""
    return json.dumps({"model_name": group, "litellm_params": {"model": model, **params}})


def listed(*entries: str, **sections: Any) -> str:
    return json.dumps({"model_list": [json.loads(each) for each in entries], **sections})


def group_of(name: str) -> Group:
    (found,) = resolve_all([(f"group/{name}", "auto")]).values()
    assert isinstance(found, Group)
    return found


def target(name: str, at: int = 0) -> Target:
    found = group_of(name).options[at].target
    assert isinstance(found, Target), found
    return found


def key_of(name: str, at: int = 0) -> str:
    credential = target(name, at).credential
    return credential.reveal() if credential is not None else ""


def test_a_whole_configuration() -> None:
    report = imported()

    statuses = {where: status for where, (status, _) in report.items()}
    assert [statuses[f"model_list[{at}] {name}"] for at, name in enumerate(["gpt-4o"] * 4 + ["claude"] * 3)] == [
        "imported"
    ] * 7
    for where in ("model_list[11] embeddings", "model_list[12] sdxl", "model_list[13] openai/*", "model_list[14]"):
        assert statuses[where] == "skipped"
    assert "nowhere" in report["fallbacks of gpt-4o"][1]
    assert "circle" in report["fallbacks of fast"][1].lower()
    assert "temperature" in report["model_list[3] gpt-4o"][1]
    assert "ANTHROPIC_API_KEY" in report["model_list[4] claude"][1]

    group = ModelGroup.objects.get(name="gpt-4o")
    assert (group.strategy, group.retries, group.allowed_failures, group.cooldown_seconds) == ("usage_based", 3, 3, 45)
    assert group.fallbacks == ["group/claude"]
    assert [option.name for option in group_of("gpt-4o").options] == [
        "azure-openai-classic/gpt-4o-eu",
        "azure-openai-classic/gpt-4o-us",
        "openai/gpt-4o",
        "openai/gpt-4o",
    ]
    assert [option.priority for option in group_of("gpt-4o").options] == [1, 1, 2, 2]
    assert {option.name for option in group_of("smart").options} == {
        option.name for option in group_of("gpt-4o").options
    }


def test_each_deployment_is_called_where_and_with_what_the_file_says() -> None:
    imported()
    eu, us = target("gpt-4o", 0), target("gpt-4o", 1)

    assert (eu.base_url, key_of("gpt-4o", 0)) == ("https://corp-eu.openai.azure.com/openai", THERE["AZURE_API_KEY_EU"])
    assert eu.spec.quirks.chat_path == "/deployments/gpt-4o-eu/chat/completions?api-version=2024-10-21"
    assert us.base_url == "https://corp-us.openai.azure.com/openai"
    assert us.spec.quirks.chat_path.endswith("api-version=2024-06-01")
    assert us.origins == frozenset({"https://corp-us.openai.azure.com:443"})
    assert [key_of("gpt-4o", at) for at in (2, 3)] == [
        "sk-CANARY-openai-first-aabbccddeeff",
        "sk-CANARY-openai-second-112233445566",
    ]
    assert target("gpt-4o", 2).spec.headers["OpenAI-Organization"] == "org-corp"
    bedrock = target("claude", 1)
    assert bedrock.base_url == "https://bedrock-runtime.us-west-2.amazonaws.com"
    assert json.loads(key_of("claude", 1)) == {
        "access_key_id": "AKIACANARY0000000001",
        "secret_access_key": "aws-CANARY-secret-998877665544",
    }
    assert [option.weight for option in group_of("claude").options] == [70, 30, 0]
    qwen = target("local-qwen")
    assert (qwen.base_url, qwen.credential, qwen.allow_private) == ("http://10.1.2.3:8000/v1", None, True)
    assert qwen.spec.slug == "10-1-2-3-8000"
    llama = target("local-llama")
    assert (llama.spec.slug, llama.base_url, llama.allow_private) == ("ollama", "http://gpu.internal:11434/v1", True)
    assert key_of("fast", 0).startswith("gsk_CANARY")
    assert (target("fast", 1).base_url, key_of("fast", 1)) == (
        "https://inference.example.com/v1",
        "inf-CANARY-example-abcdef012345",
    )


def test_the_same_file_again_changes_nothing() -> None:
    imported()
    before = _rows()
    report = imported()

    assert {status for status, _ in report.values()} <= {"unchanged", "skipped"}
    assert _rows() == before


def test_what_has_changed_in_the_file_changes_the_row() -> None:
    imported(listed(entry("openai/m", api_key="sk-CANARY-old-000000000000", rpm=10)))
    (row,) = Deployment.objects.all()
    report = imported(listed(entry("openai/m", api_key="sk-CANARY-new-111111111111", rpm=20)))

    assert report["model_list[0] g"][0] == "changed"
    (again,) = Deployment.objects.all()
    assert (again.pk, again.rpm, key_of("g")) == (row.pk, 20, "sk-CANARY-new-111111111111")
    assert "left alone" in imported(listed(entry("openai/other")))["group/g"][1]


def test_a_trial_changes_nothing_and_tells_the_same() -> None:
    before = _rows()
    tried = imported(dry_run=True)

    assert _rows() == before
    assert not AuditEntry.objects.exists()
    assert tried == imported()


def test_private_addresses_need_a_word() -> None:
    report = imported(allow_private=False)

    assert "10.1.2.3:8000 is a private address" in report["model_list[7] local-qwen"][1]
    assert "gpu.internal:11434 is a private address" in report["model_list[8] local-llama"][1]
    assert not ModelGroup.objects.filter(name__startswith="local").exists()
    assert not Endpoint.objects.filter(base_url__contains="10.1.2.3").exists()
    never = imported(listed(entry("openai/m", api_base="http://169.254.169.254/v1")))
    assert never["model_list[0] g"][0] == "skipped"


def test_no_key_is_in_rows_audit_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    imported()
    rows = (ApiKey, AuditEntry, ChatModel, Deployment, Endpoint, ModelGroup, Provider)
    said = "".join(serializers.serialize("json", model.objects.all()) for model in rows)  # type: ignore[attr-defined]

    assert "CANARY" not in said
    assert "CANARY" not in caplog.text
    assert not [key.ciphertext for key in ApiKey.objects.all() if "CANARY" in key.ciphertext]
    assert AuditEntry.objects.filter(action="imported", actor="carol").exists()


def test_a_key_in_a_name_is_not_repeated() -> None:
    key = "sk-CANARY-in-the-name-0123456789"
    wrong = entry("openai/m", group=f"g-{key}", api_key=key), entry(f"openai/{key}", group="h", api_key=key)
    report = imported(listed(*wrong, entry("openai/m", group="good", api_key=key)))

    assert [status for status, _what in report.values()][:3] == ["skipped", "skipped", "imported"]
    shown = [*ModelGroup.objects.values_list("name", flat=True), *ChatModel.objects.values_list("model_id", flat=True)]
    assert "CANARY" not in "".join([*shown, *ApiKey.objects.values_list("label", flat=True)])


@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD", "OUTGOING_PROXY", "https_proxy"])
def test_nothing_of_this_installation_is_sent_anywhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(THERE, name, "CANARY-of-this-installation")
    theft = entry("openai/m", api_base="https://thief.example/v1", api_key=f"os.environ/{name}")
    named = entry("openai/os", group="h", organization=f"os.environ/{name}")
    report = imported(listed(theft, named))

    assert f"{name} is not there" in report["model_list[0] g"][1]
    assert report["model_list[1] h"][0] == "skipped"
    assert not ApiKey.objects.exists()


def test_other_values_may_be_variables_too() -> None:
    imported(listed(entry("openai/m", api_base="os.environ/BASE")))
    assert target("g").base_url == "https://b.example/v1"
    missing = imported(listed(entry("openai/m", api_base="os.environ/NOT_THERE")))
    assert "NOT_THERE, which is not there" in missing["model_list[0] g"][1]


def test_a_key_of_the_provider_stays_the_key_of_the_provider() -> None:
    acme = make_provider("acme", "https://acme.example/v1")
    own = stored(acme)
    imported(listed(entry("openai/m", api_base="https://acme.example/v1", api_key="sk-CANARY-second-3333333333")))

    assert key_of("g") == "sk-CANARY-second-3333333333"
    (plain,) = resolve_all([("acme/m", "auto")]).values()
    assert isinstance(plain, Target)
    assert plain.key_pk == own.pk


def test_unusable_keys_are_told_and_the_rest_is_taken() -> None:
    report = imported(listed(entry("openai/m", api_key="two CANARY words"), entry("openai/n", api_key=["x"])))

    assert report["model_list[0] g"][0] == "imported"
    assert "cannot be one (space)" in report["model_list[0] g"][1]
    assert not ApiKey.objects.exists()


def test_facts_about_models_go_where_nobody_has_said_anything() -> None:
    info = {"supports_vision": True, "input_cost_per_token": 2.5e-6, "output_cost_per_token": 1e-5}
    item = {**json.loads(entry("openai/ft:my-own")), "model_info": info}
    imported(json.dumps({"model_list": [item]}))
    model = ChatModel.objects.get(model_id="ft:my-own")

    assert model.capabilities == {"image_input": True}
    assert model.prices == {"input": "2.5", "output": "10"}
    (listing,) = [each for each in list_models(frozenset()) if each.id == "group/g"]
    assert (listing.prices, listing.capabilities["image_input"]) == ({"input": "2.5", "output": "10"}, True)


def test_what_is_switched_off_here_is_not_switched_on() -> None:
    Provider.objects.filter(slug="groq").update(enabled=False)
    report = imported()
    assert report["model_list[9] fast"][0] == "skipped"
    assert "switched off" in report["model_list[9] fast"][1]


def test_no_configuration_is_an_error_in_words() -> None:
    with pytest.raises(SetupError) as raised:
        imported(b"hello: world")
    assert "no model_list" in raised.value.message


def test_names_that_are_none_here_are_made_to_fit() -> None:
    report = imported(listed(entry("openai/m", group="My Team's GPT")))
    assert ModelGroup.objects.get().name == "My-Team-s-GPT"
    assert "changed to fit" in report["model_list[0] My Team's GPT"][1]


def test_hostile_texts_are_skipped_in_words_and_the_rest_is_taken() -> None:
    report = imported(
        listed(
            entry("azure/x", api_base="https://["),
            entry("openai/gpt-5", organization="a\u0000b"),
            entry("vertex_ai/gemini-x", vertex_project="p", vertex_location="evil.example/"),
            entry("groq/llama", group="a\u0000b", api_key="gsk-CANARY-0123456789abcdef"),
            router_settings={"model_group_alias": {"!!!": "a-b", "": "a-b", "twin": "a-b"}},
        )
    )

    assert [status for where, (status, _) in report.items() if where.startswith("model_list")] == [
        "skipped",
        "skipped",
        "skipped",
        "imported",
    ]
    assert report["model_group_alias !!!"][0] == report["model_group_alias "][0] == "skipped"
    assert list(ModelGroup.objects.order_by("name").values_list("name", flat=True)) == ["a-b", "twin"]
    assert "\0" not in ApiKey.objects.get().label


def _rows() -> dict[str, Any]:
    """Every row that an import may touch; the audit grows with each import by one entry."""
    models = (ApiKey, ChatModel, Deployment, Endpoint, ModelGroup, Provider)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}  # type: ignore[attr-defined]
