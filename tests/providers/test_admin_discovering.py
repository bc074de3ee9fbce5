"""The page on which an administrator looks for local model servers: administrators only, POST only, hostile answers."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.models import AuditEntry, Provider
from tests.fakes.local_servers import LocalServer, listed, serving
from tests.providers import admin_pages as pages

pytestmark = pytest.mark.django_db
Servers = dict[str, LocalServer]
PAGE = "admin:providers_provider_discover"


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def post(client: Client, **data: str) -> Any:
    return client.post(reverse(PAGE), data)


def test_the_page_looks_only_when_asked(signed_in: Client, servers: Servers) -> None:
    changelist = signed_in.get(reverse(f"{pages.PROVIDERS}_changelist")).content.decode()
    assert reverse(PAGE) in changelist
    page = signed_in.get(reverse(PAGE)).content.decode()
    assert "What was found" not in page
    assert all(server.asked == [] for server in servers.values())

    page = post(signed_in, _look="1").content.decode()
    assert all(server.place in page for server in servers.values())
    assert "It lists them only with its key" in page

    response = post(signed_in, _add="1", place=servers["vllm"].place)
    assert response.status_code == 302
    assert "1 model was added" in pages.told(response)
    assert Provider.objects.filter(slug=f"vllm-{servers['vllm'].port}").exists()
    assert AuditEntry.objects.get(action="created").subject == f"provider vllm-{servers['vllm'].port}"


def test_hostile_names_stay_text_on_the_page(signed_in: Client, settings: Any) -> None:
    with serving({"/v1/models": listed("<script>alert(1)</script>")}) as server:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
        page = post(signed_in, _look="1").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("who", ["nobody", "member", "staff"])
def test_only_administrators_look(client: Client, servers: Servers, who: str, django_user_model: Any) -> None:
    if who == "staff":
        client.force_login(pages.staff("view_provider", "change_provider"))
    elif who == "member":
        client.force_login(django_user_model.objects.create_user(username="mia", password="a long test password"))

    for response in (client.get(reverse(PAGE)), post(client, _look="1"), post(client, _add="1", place="x")):
        assert response.status_code in {302, 403}
        assert "What was found" not in response.content.decode()
    assert all(server.asked == [] for server in servers.values())
    if who == "staff":
        assert reverse(PAGE) not in client.get(reverse(f"{pages.PROVIDERS}_changelist")).content.decode()


def test_a_forged_form_looks_for_nothing(admin: Any, servers: Servers) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)

    assert post(client, _look="1").status_code == 403
    assert all(server.asked == [] for server in servers.values())
