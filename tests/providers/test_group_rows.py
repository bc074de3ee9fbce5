"""Groups and deployments as rows."""

import pytest
from django.core.exceptions import ValidationError

from providers.models import ChatModel, Deployment, ModelGroup, Provider


@pytest.mark.parametrize("name", ["smart", "gpt-4o", "azure/gpt-4o", "qwen2.5:7b", "a" * 200])
def test_a_group_may_be_named_as_models_are(name: str) -> None:
    group = ModelGroup(name=name)
    group.clean_fields()
    assert group.public_id == f"group/{name}"


@pytest.mark.parametrize("name", ["", " x", "x y", "-x", "x\n", "ü", "a" * 201, "x?y"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ModelGroup(name=name).clean_fields()


@pytest.mark.parametrize(
    "fields", [{"cooldown_seconds": 3601}, {"retries": 6}, {"allowed_failures": 0}, {"strategy": "x"}]
)
def test_numbers_out_of_bounds_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModelGroup(name="x", **fields).clean_fields()


@pytest.mark.django_db
def test_deployments_go_with_their_group_or_model_and_by_priority() -> None:
    provider = Provider.objects.create(slug="acme", name="Acme")
    model = ChatModel.objects.create(provider=provider, model_id="m")
    group = ModelGroup.objects.create(name="x")
    late = Deployment.objects.create(group=group, chat_model=model, priority=2)
    early = Deployment.objects.create(group=group, chat_model=model, base_url="https://else.example/v1")

    assert list(group.deployments.all()) == [early, late]
    assert (early.origin, late.origin) == ("https://else.example:443", "")
    model.delete()
    assert not Deployment.objects.exists()
