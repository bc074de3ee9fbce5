"""What one may choose from: models and providers, and whether they can be called now."""

import time
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from compare_site.api.schemas import ModelOut, ProviderOut
from compare_site.comparisons import transitions
from compare_site.comparisons.models import ModelSpeed, WorkerLease
from providers.models import ChatModel, Deployment, ModelGroup, Provider
from tests.api.callers import Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def models(caller: Caller) -> dict[str, dict[str, Any]]:
    status, answer = caller("GET", "models")
    assert status == 200
    return {model["id"]: model for model in answer}


def test_every_model_has_every_field_of_the_contract(caller: Caller) -> None:
    for public_id, model in models(caller).items():
        assert set(ModelOut.model_fields) <= set(model), public_id
        ModelOut.model_validate(model)
        assert public_id == f"{model['provider']}/{model['model_id']}"
        assert set(model["capabilities"].values()) <= {True, False, None}


def test_a_price_is_a_decimal_string_or_unknown(caller: Caller) -> None:
    ChatModel.objects.filter(provider__slug="demo", model_id="fast").update(prices={"input": "0.5", "output": "1"})
    found = models(caller)
    assert found["demo/fast"]["prices"] == {"input": "0.5", "output": "1"}
    assert found["demo/slow"]["prices"] is None


def test_a_worker_s_environment_makes_a_provider_available(caller: Caller) -> None:
    provider = Provider.objects.get(slug="openai")
    ChatModel.objects.get_or_create(provider=provider, model_id="gpt-test", source="listed")
    assert models(caller)["openai/gpt-test"]["available"] is False
    transitions.renew_lease("w" * 32, ["OPENAI_API_KEY"])
    assert models(caller)["openai/gpt-test"]["available"] is True
    WorkerLease.objects.update(lease_until=Now())
    assert models(caller)["openai/gpt-test"]["available"] is False


def test_what_is_switched_off_is_not_offered(caller: Caller) -> None:
    assert "demo/slow" in models(caller)
    ChatModel.objects.filter(model_id="slow").update(enabled=False)
    assert "demo/slow" not in models(caller)
    Provider.objects.filter(slug="demo").update(enabled=False)
    assert not [public_id for public_id in models(caller) if public_id.startswith("demo/")]


def test_an_id_that_was_typed_is_offered_to_whoever_asked_it_until_an_administrator_stands_for_it(
    caller: Caller, stranger: Any
) -> None:
    mine = caller.created(models=["demo/my-own-idea"])
    others = Caller.bearer(stranger)
    assert models(caller)["demo/my-own-idea"]["typed"] is True
    assert models(caller)["demo/fast"]["typed"] is False
    assert "demo/my-own-idea" not in models(others)
    others.created(models=["demo/my-own-idea"])
    assert "demo/my-own-idea" in models(others)
    caller("DELETE", f"comparisons/{mine['id']}")
    assert "demo/my-own-idea" not in models(caller)
    row = ChatModel.objects.get(model_id="my-own-idea")
    row.vouch()
    row.save()
    assert "demo/my-own-idea" in models(caller)


def test_providers_are_listed_with_what_is_missing(caller: Caller) -> None:
    status, answer = caller("GET", "providers")
    assert status == 200
    for provider in answer:
        ProviderOut.model_validate(provider)
        assert provider["available"] is (provider["why_unavailable"] == "")
    assert {"demo", "openai", "ollama"} <= {provider["id"] for provider in answer}


def test_nobody_and_a_bare_share_see_no_catalog() -> None:
    for path in ("models", "providers"):
        assert Caller(Client())("GET", path)[0] == 401


def group(name: str, *models: ChatModel, **fields: Any) -> ModelGroup:
    row = ModelGroup.objects.create(name=name, **fields)
    Deployment.objects.bulk_create(Deployment(group=row, chat_model=model) for model in models)
    return row


def test_a_group_can_what_all_of_its_deployments_can(caller: Caller) -> None:
    provider = Provider.objects.get(slug="demo")
    able = {"tools": True, "image_input": True, "logprobs": True}
    one = ChatModel.objects.create(provider=provider, model_id="a", capabilities=able, context_window=9000)
    two = ChatModel.objects.create(
        provider=provider, model_id="b", capabilities={"tools": True, "image_input": False}, context_window=5000
    )
    group("both", one, two, label="Either of them")
    found = models(caller)["group/both"]

    ModelOut.model_validate(found)
    assert (found["provider"], found["model_id"], found["label"]) == ("group", "both", "Either of them")
    assert found["provider_label"] == "Groups"
    can = found["capabilities"]
    assert (can["tools"], can["image_input"], can["logprobs"], can["local"]) == (True, False, None, True)
    assert (found["context_window"], found["prices"], found["available"]) == (5000, None, True)
    assert found["media"]["input"] == ["text"]


def test_a_group_is_there_while_any_deployment_is(caller: Caller) -> None:
    far = ChatModel.objects.create(provider=Provider.objects.get(slug="openai"), model_id="far")
    near = ChatModel.objects.get(provider__slug="demo", model_id="fast")
    group("mixed", far, near)
    group("far", far)
    group("empty")
    group("off", near, enabled=False)
    found = models(caller)

    assert {name: found[f"group/{name}"]["available"] for name in ("mixed", "far", "empty")} == {
        "mixed": True,
        "far": False,
        "empty": False,
    }
    assert "OPENAI_API_KEY" in found["group/far"]["why_unavailable"]
    assert "no deployment" in found["group/empty"]["why_unavailable"]
    assert "group/off" not in found
    transitions.renew_lease("w" * 32, ["OPENAI_API_KEY"])
    assert models(caller)["group/far"]["available"] is True


def test_a_group_is_asked_for_like_a_model(caller: Caller) -> None:
    group("any", ChatModel.objects.get(provider__slug="demo", model_id="fast"))
    for spelling in ("group/any", "group:any"):
        status, answer = caller("POST", "comparisons", {"prompt": "hi", "models": [spelling]})
        assert (status, answer["state"]["columns"][0]["model"]) == (201, "group/any")
    status, answer = caller("POST", "comparisons", {"prompt": "hi", "models": ["group/nobody"]})
    assert (status, answer["error"]["code"]) == (422, "not_found")


def test_models_can_be_filtered_and_sorted(caller: Caller) -> None:
    def ids(query: str) -> list[str]:
        status, answer = caller("GET", f"models?{query}")
        assert status == 200
        return [model["id"] for model in answer]

    assert ids("q=thinker&provider=demo&can=reasoning&local=true&available=true") == ["demo/thinker"]
    assert ids("provider=demo&can=reasoning&can=tools") == []
    priced = ids("provider=demo&max_price=100&sort=-output")
    assert priced.index("demo/thinker") < priced.index("demo/fast")
    for wrong in ("max_price=much", "sort=beauty", "can=fly", "local=perhaps", "min_context=-1"):
        status, answer = caller("GET", f"models?{wrong}")
        assert (status, answer["error"]["details"]["field"]) == (422, wrong.partition("=")[0])


def test_facts_have_sources_and_what_was_measured_is_told(caller: Caller) -> None:
    ModelSpeed.objects.create(model="demo/fast", samples=[[time.time(), 300.0, 40.0], [time.time(), 100.0, 60.0]])
    found = models(caller)
    fast = found["demo/fast"]
    assert (fast["measured"]["tokens_per_s"], fast["measured"]["ttft_ms"], fast["measured"]["runs"]) == (50.0, 200.0, 2)
    assert found["demo/slow"]["measured"] is None
    assert fast["fact_sources"]["context_window"]["source"] == "catalog"
    assert fast["media_forms"]["image"] == {"url": False, "base64": False}
    assert (fast["media_rules"], fast["efforts"]) == ({}, None)
    assert found["moonshot/kimi-k3"]["efforts"] == ["low", "high", "max"]
    assert found["yi/yi-lightning"]["efforts"] == []
    taken = found["bedrock/us.amazon.nova-2-lite-v1:0"]["media_rules"]["image"]
    assert (taken["types"][0], taken["most"]) == ("image/png", 3_932_160)


def test_a_provider_says_which_key_is_used_and_where_one_is_made(caller: Caller) -> None:
    transitions.renew_lease("w" * 32, ["OPENAI_API_KEY"])
    answer = {provider["id"]: provider for provider in caller("GET", "providers")[1]}
    assert (answer["openai"]["key"], answer["openai"]["variable"]) == ("environment", "OPENAI_API_KEY")
    assert answer["openai"]["keys_url"] == "https://platform.openai.com/api-keys"
    assert (answer["anthropic"]["key"], answer["demo"]["key"]) == ("missing", "none needed")
