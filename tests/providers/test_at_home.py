"""A server of one's own in the place of a vendor's service: local by its base URL, without key, of unknown cost."""

from typing import Any

import pytest

from providers.contract.errors import SetupError
from providers.contract.grouping import Group
from providers.contract.resolved import Target
from providers.models import ChatModel, Deployment, Endpoint, ModelGroup, Provider
from providers.resolve import NewProvider, list_models, resolve, resolve_all, set_up_provider
from providers.resolve.listing import ModelListing
from tests.providers.key_fixtures import stored

pytestmark = pytest.mark.django_db
HOMES = ["http://127.0.0.1:8000/v1", "http://localhost:8080/v1", "http://192.168.1.7:3000/v1", "http://gpu.lan:8000/v1"]


def listed(public_id: str) -> ModelListing:
    return next(model for model in list_models(frozenset()) if model.id == public_id)


def move(slug: str, url: str) -> None:
    Endpoint.objects.filter(provider__slug=slug).update(base_url=url, allow_private=True)


@pytest.mark.parametrize("url", HOMES)
@pytest.mark.parametrize("slug", ["nvidia", "huggingface", "openai", "litellm-proxy"])
def test_any_provider_is_local_by_its_base_url(slug: str, url: str) -> None:
    ChatModel.objects.get_or_create(provider=Provider.objects.get(slug=slug), model_id="m")
    before = listed(f"{slug}/m").capabilities["local"]
    move(slug, url)
    found = listed(f"{slug}/m")

    assert before is (slug == "litellm-proxy")
    assert (found.local, found.capabilities["local"]) == (True, True)
    assert found.capability_sources["local"] is not None
    assert (found.available, found.why_unavailable) == (True, ""), "no key is needed"
    target = resolve(f"{slug}/m")
    assert (target.base_url, target.credential) == (url, None)
    assert target.spec.auth.keyless_too


def test_the_vendors_service_wants_its_key_as_before() -> None:
    ChatModel.objects.get_or_create(provider=Provider.objects.get(slug="nvidia"), model_id="m")
    assert not listed("nvidia/m").available
    with pytest.raises(SetupError, match="no API key"):
        resolve("nvidia/m")


def test_what_it_costs_is_unknown_and_not_nothing() -> None:
    ChatModel.objects.create(provider=Provider.objects.get(slug="openai"), model_id="gpt-4o")
    assert listed("openai/gpt-4o").prices is not None
    move("openai", HOMES[0])

    assert (listed("openai/gpt-4o").prices, listed("openai/gpt-4o").prices_source) == (None, "")
    target = resolve("openai/gpt-4o")
    assert (target.prices, target.spec.price_id) == (None, "")
    ChatModel.objects.filter(model_id="gpt-4o").update(prices={"input": "0", "output": "0"})
    assert listed("openai/gpt-4o").prices == {"input": "0", "output": "0"}, "an administrator may say that it is free"


def test_a_key_for_it_is_used_and_one_for_elsewhere_is_asked_for(master_key: str) -> None:
    provider = Provider.objects.get(slug="nvidia")
    move("nvidia", HOMES[0])
    row = stored(provider)
    credential = resolve("nvidia/m").credential
    assert credential is not None

    move("nvidia", HOMES[2])
    with pytest.raises(SetupError, match="is bound to"):
        resolve("nvidia/m")
    ChatModel.objects.get_or_create(provider=provider, model_id="m")
    assert not listed("nvidia/m").available
    row.delete()
    assert resolve("nvidia/m").credential is None


def test_a_server_that_takes_requests_without_keys_takes_them_as_before(master_key: str) -> None:
    stored(Provider.objects.get(slug="ollama"))
    move("ollama", HOMES[2])

    assert resolve("ollama/m").credential is None
    ChatModel.objects.create(provider=Provider.objects.get(slug="ollama"), model_id="m")
    assert listed("ollama/m").available


def test_a_provider_of_ones_own_wants_what_its_administrator_has_said(db: None) -> None:
    set_up_provider(NewProvider("mine", "openai_chat", HOMES[0], models=("m",)), "somebody")
    assert resolve("mine/m").credential is None
    facts: dict[str, Any] = {**Provider.objects.get(slug="mine").spec_data, "auth": {"kind": "bearer"}}
    Provider.objects.filter(slug="mine").update(spec_data=facts)

    assert not listed("mine/m").available
    with pytest.raises(SetupError, match="no API key"):
        resolve("mine/m")


def test_a_variable_of_the_environment_leads_home_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NVIDIA_BASE_URL", HOMES[0])
    target = resolve("nvidia/m")

    assert (target.base_url, target.credential, target.allow_private) == (HOMES[0], None, True)


def test_a_deployment_at_home_is_there_without_a_key_and_costs_what_nobody_knows(db: None) -> None:
    model = ChatModel.objects.create(provider=Provider.objects.get(slug="openai"), model_id="gpt-4o")
    group = ModelGroup.objects.create(name="home")
    Deployment.objects.create(group=group, chat_model=model, base_url=HOMES[0], allow_private=True)
    found = listed("group/home")

    assert (found.available, found.why_unavailable, found.local, found.prices) == (True, "", True, None)
    (made,) = resolve_all([("group/home", "auto")]).values()
    assert isinstance(made, Group)
    assert isinstance(made.options[0].target, Target)
    assert made.options[0].target.credential is None


def test_many_ways_to_the_same_groups_are_walked_once(db: None, django_assert_max_num_queries: Any) -> None:
    names = [[f"group/{layer}-{at}" for at in range(6)] for layer in range(9)]
    for layer, below in zip(names, [*names[1:], []], strict=True):
        ModelGroup.objects.bulk_create(ModelGroup(name=each.partition("/")[2], fallbacks=below) for each in layer)
    with django_assert_max_num_queries(60):
        (made,) = resolve_all([("group/0-0", "auto")]).values()

    def count(group: Group) -> int:
        return 1 + sum(map(count, group.fallbacks))

    assert isinstance(made, Group)
    assert count(made) == 1 + 8 * 6
