"""Model groups in Django admin: entered, changed, refused by name, and every change in the audit."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.contract.errors import SetupError
from providers.contract.grouping import Group
from providers.contract.resolved import Target
from providers.models import ApiKey, AuditEntry, ChatModel, Deployment, ModelGroup, Provider
from providers.resolve import find_named, list_models, resolve_all
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import KEY, make_provider, stored
from tests.providers.listener import Listener

ELSEWHERE = "a-key-for-another-address-0123456789"
ADD = f"{pages.GROUPS}_add"


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def faults(response: Any) -> str:
    """Every complaint on the page that came back."""
    assert response.status_code == 200, "it was taken"
    form, formset = response.context["adminform"].form, response.context["inline_admin_formsets"][0].formset
    return " | ".join(str(each.as_text()) for errors in (form.errors, *formset.errors) for each in errors.values())


def group_of(name: str = "group/smart") -> Group:
    (found,) = resolve_all([(name, "auto")]).values()
    assert isinstance(found, Group)
    return found


def test_a_group_is_entered_and_can_be_chosen(signed_in: Client, acme: Provider, master_key: str) -> None:
    stored(acme)
    data = pages.group_form(
        {"model": "acme/big", "weight": 3, "rpm": 10}, {"model": "demo/fast"}, fallbacks="demo/slow"
    )
    response = signed_in.post(reverse(ADD), data)

    assert response.status_code == 302
    group = group_of()
    assert [(option.name, option.weight) for option in group.options] == [("acme/big", 3), ("demo/fast", 1)]
    assert [each.name for each in group.fallbacks] == ["demo/slow"]
    target = group.options[0].target
    assert isinstance(target, Target)
    assert target.buckets[-1].requests_per_minute == 10
    listed = next(each for each in list_models(frozenset()) if each.id == "group/smart")
    assert (listed.provider, listed.available, listed.simulated) == ("group", True, False)
    entries = AuditEntry.objects.filter(subject__contains="group smart").order_by("pk").values_list("action", "subject")
    assert list(entries) == [
        ("created", "group smart"),
        ("created", "deployment of group smart"),
        ("created", "deployment of group smart"),
    ]


@pytest.mark.parametrize(
    ("deployment", "complaint"),
    [
        ({"model": "nobody/x"}, "no provider “nobody”"),
        ({"model": "group/other"}, "A deployment is a model"),
        ({"model": "acme/x", "base_url": "http://10.0.0.1/v1"}, "private address"),
        (
            {"model": "acme/x", "base_url": "http://169.254.169.254/v1", "allow_private": "on"},
            "No request is ever sent",
        ),
        ({"model": "acme/x", "base_url": "ftp://x"}, "base URL must look like"),
        ({"model": "acme/x", "account": "region=eu"}, "Acme knows: -"),
        ({"model": "azure-openai/x", "account": "resource=Not_One"}, "does not look like a value of resource"),
        ({"model": "acme/x", "weight": -1}, "greater than or equal to 0"),
        ({"model": "acme/x", "rpm": 0}, "greater than or equal to 1"),
        ({"model": ""}, "required"),
    ],
)
def test_what_cannot_be_called_is_refused_by_name(
    signed_in: Client, acme: Provider, deployment: dict[str, Any], complaint: str
) -> None:
    assert complaint in faults(signed_in.post(reverse(ADD), pages.group_form(deployment)))
    assert not ModelGroup.objects.exists()
    assert not ChatModel.objects.filter(provider=acme).exists()


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": "two words"}, "A name has letters"),
        ({"fallbacks": "group/smart"}, "group/smart: There is no model group"),
        ({"fallbacks": "nobody/x"}, "no provider “nobody”"),
        ({"fallbacks": "nonsense"}, "A model is named"),
        ({"fallbacks": "\n".join(f"demo/m{number}" for number in range(17))}, "At most 16"),
        ({"retries": 9}, "less than or equal to 5"),
        ({"cooldown_seconds": 9999}, "less than or equal to 3600"),
    ],
)
def test_rules_of_a_group_are_checked_at_the_door(
    signed_in: Client, db: None, fields: dict[str, Any], complaint: str
) -> None:
    assert complaint in faults(signed_in.post(reverse(ADD), pages.group_form({"model": "demo/fast"}, **fields)))


def test_no_way_leads_back_to_the_group_itself(signed_in: Client, db: None) -> None:
    one = ModelGroup.objects.create(name="one")
    ModelGroup.objects.create(name="two", fallbacks=["group/one"])
    page = reverse(f"{pages.GROUPS}_change", args=(one.pk,))

    assert "group/one → group/two → group/one" in faults(signed_in.post(page, pages.group_form(fallbacks="group/two")))
    assert "circle" in faults(signed_in.post(page, pages.group_form(fallbacks="group:one")))


def test_a_key_goes_to_the_address_it_is_bound_to_and_to_no_other(
    signed_in: Client, acme: Provider, master_key: str, new_host: Listener
) -> None:
    main = stored(acme)
    there = {"model": "acme/x", "base_url": new_host.base_url, "allow_private": "on"}
    refused = signed_in.post(reverse(ADD), pages.group_form({**there, "api_key": main.pk}))
    assert "is not sent to" in faults(refused)

    assert pages.add_key(signed_in, acme, ELSEWHERE, base_url=new_host.base_url).status_code == 302
    special = ApiKey.objects.get(base_url=new_host.base_url)
    assert special.hosts == [new_host.origin]
    assert signed_in.post(reverse(ADD), pages.group_form({**there, "api_key": special.pk})).status_code == 302
    target = group_of().options[0].target
    assert isinstance(target, Target)
    assert target.credential is not None
    assert (target.credential.reveal(), target.origins) == (ELSEWHERE, frozenset({new_host.origin}))
    # A key of a deployment is never used for calls of the provider itself.
    (own,) = resolve_all([("acme/x", "auto")]).values()
    assert isinstance(own, Target)
    assert own.credential is not None
    assert own.credential.reveal() == KEY


def test_a_deployment_that_is_moved_does_not_take_its_key_along(
    signed_in: Client, acme: Provider, master_key: str, new_host: Listener
) -> None:
    group = ModelGroup.objects.create(name="smart")
    model = ChatModel.objects.create(provider=acme, model_id="x")
    Deployment.objects.create(
        group=group, chat_model=model, api_key=stored(acme), base_url=new_host.base_url, allow_private=True
    )
    found = group_of().options[0].target

    assert isinstance(found, SetupError)
    assert (found.code, new_host.received) == ("authentication", [])


def test_a_key_that_is_switched_off_or_wiped_is_not_replaced_by_another(
    signed_in: Client, acme: Provider, master_key: str
) -> None:
    off = stored(acme, "an-older-key-of-the-provider-1234")
    stored(acme)
    group = ModelGroup.objects.create(name="smart")
    model = ChatModel.objects.create(provider=acme, model_id="x")
    Deployment.objects.create(group=group, chat_model=model, api_key=off)
    ApiKey.objects.filter(pk=off.pk).update(enabled=False)

    found = group_of().options[0].target
    assert isinstance(found, SetupError)
    assert not next(each for each in list_models(frozenset()) if each.id == "group/smart").available


def test_changes_and_ends_are_in_the_audit(signed_in: Client, db: None) -> None:
    signed_in.post(reverse(ADD), pages.group_form({"model": "demo/fast"}))
    group = ModelGroup.objects.get()
    row = group.deployments.get()
    page = reverse(f"{pages.GROUPS}_change", args=(group.pk,))
    change = {"id": row.pk, "group": group.pk, "model": "demo/slow", "weight": 5}
    assert signed_in.post(page, pages.group_form(change, enabled="")).status_code == 302
    row.refresh_from_db()
    assert (row.chat_model.public_id, row.weight) == ("demo/slow", 5)
    (found,) = find_named(["group/smart"], create_typed=False).values()
    assert isinstance(found, SetupError)
    assert found.code == "permission"
    assert signed_in.post(page, pages.group_form({**change, "DELETE": "on"})).status_code == 302
    signed_in.post(reverse(f"{pages.GROUPS}_delete", args=(group.pk,)), {"post": "yes"})

    actions = AuditEntry.objects.filter(subject__contains="group smart").order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        *("created", "created"),
        *("disabled", "changed", "changed"),
        *("enabled", "changed", "deleted"),
        "deleted",
    ]
    assert not Deployment.objects.exists()


def test_the_pages_show_everything_and_suggest_models(signed_in: Client, acme: Provider, master_key: str) -> None:
    group = ModelGroup.objects.create(name="smart", fallbacks=["demo/slow"])
    model = ChatModel.objects.create(provider=Provider.objects.get(slug="azure-openai-classic"), model_id="x")
    Deployment.objects.create(
        group=group, chat_model=model, account={"resource": "my-one", "api_version": "2024-10-21"}, api_key=stored(acme)
    )
    page = signed_in.get(reverse(f"{pages.GROUPS}_change", args=(group.pk,))).content.decode()

    assert 'value="api_version=2024-10-21 resource=my-one"' in page
    assert '<option value="demo/fast">' in page
    assert "demo/slow</textarea>" in page
    assert KEY not in page
    assert signed_in.get(reverse(f"{pages.GROUPS}_changelist")).status_code == 200


def test_only_who_may_change_groups_does(client: Client, db: None) -> None:
    client.force_login(pages.staff("add_provider", "change_provider"))
    assert client.get(reverse(ADD)).status_code == 403
    assert client.post(reverse(ADD), pages.group_form({"model": "demo/fast"})).status_code == 403
    assert not ModelGroup.objects.exists()


def test_nobody_takes_the_name_of_the_groups(signed_in: Client, db: None) -> None:
    data = {
        "name": "Mine",
        "slug": "group",
        "enabled": "on",
        "credential_kind": "bearer",
        "endpoints-TOTAL_FORMS": 0,
        "endpoints-INITIAL_FORMS": 0,
    }
    response = signed_in.post(reverse(f"{pages.PROVIDERS}_add"), data)
    assert "belongs to the model groups" in response.content.decode()
    assert make_provider("other", "https://x.example/v1").pk
