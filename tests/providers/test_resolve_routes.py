"""A proxy for the site and one for a provider: whose word counts, where its login is, and who never sees it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from providers.contract.errors import SetupError
from providers.contract.routes import DIRECT
from providers.contract.secret import Secret
from providers.custody import store_proxy_login
from providers.models import AuditEntry, Provider
from providers.resolve import make_master_key, provider_target, rewrap_keys
from providers.resolve.routes import routes_of
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import stored

LOGIN = "clerk:canary-word-4711"
PROXY = "http://10.0.0.9:3128"


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def shown(client: Client, provider: Provider) -> str:
    return client.get(reverse(f"{pages.PROVIDERS}_change", args=(provider.pk,))).content.decode()


def entered(client: Client, provider: Provider, **fields: Any) -> Any:
    return pages.change_provider(client, provider, provider.endpoints.get().base_url, **fields)


def test_without_a_setting_the_environment_is_not_read(acme: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    assert routes_of(acme) is DIRECT


def test_the_setting_sends_everything_through_the_proxy(
    acme: Provider, master_key: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(acme)
    settings.OUTGOING_PROXY = "env"
    monkeypatch.setenv("ALL_PROXY", "http://clerk:word@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    routes = provider_target(acme).routes

    assert str(routes.via("https", "api.example", 443, private=False)) == "http://proxy.example:3128"
    assert routes.via("https", "x.inside.example", 443, private=False) is None
    assert routes.via("http", "127.0.0.1", 11434, private=True) is None, "a local server is reached directly"
    assert not routes.resolves
    settings.OUTGOING_PROXY_RESOLVES = True
    assert routes_of(acme).resolves


def test_the_word_of_a_provider_counts_more(acme: Provider, settings: Any) -> None:
    settings.OUTGOING_PROXY = "http://proxy.example:3128"
    acme.proxy = "direct"
    assert routes_of(acme) is DIRECT

    acme.proxy = PROXY
    assert str(routes_of(acme).via("https", "api.example", 443, private=False)) == PROXY
    assert str(routes_of(acme).via("http", "127.0.0.1", 1, private=True)) == PROXY, "he who names it for this one asks"


def test_a_proxy_that_cannot_be_used_is_never_gone_round(acme: Provider, settings: Any) -> None:
    settings.OUTGOING_PROXY = "socks5://clerk:canary-word@proxy.example"

    with pytest.raises(SetupError) as caught:
        routes_of(acme)
    (found,) = (each for each in run_checks() if each.id == "providers.E003")

    assert "OUTGOING_PROXY" in caught.value.message
    assert "canary" not in caught.value.message + str(found)


def test_a_login_is_encrypted_and_on_no_page(
    signed_in: Client, acme: Provider, master_key: str, tmp_path: Path
) -> None:
    assert entered(signed_in, acme, proxy=f"{PROXY}/", proxy_credential=LOGIN).status_code == 302
    acme.refresh_from_db()
    assert acme.proxy == PROXY
    assert acme.proxy_login.startswith(f"v1:{master_key}:")
    login = routes_of(acme).https
    assert login is not None
    assert login.login is not None
    assert login.login.reveal() == LOGIN

    page = shown(signed_in, acme)
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "providers", output=str(dump))
    assert "A login is stored" in page
    everywhere = page + dump.read_text() + repr(list(AuditEntry.objects.values())) + repr(routes_of(acme))
    assert "canary-word" not in everywhere
    assert acme.proxy_login not in page + dump.read_text()

    entered(signed_in, acme, proxy=PROXY)
    acme.refresh_from_db()
    assert acme.proxy_login, "an empty field keeps it"


def test_another_proxy_gets_no_old_login(signed_in: Client, acme: Provider, master_key: str) -> None:
    entered(signed_in, acme, proxy=PROXY, proxy_credential=LOGIN)
    response = entered(signed_in, acme, proxy="http://evil.example:3128")

    acme.refresh_from_db()
    assert acme.proxy_login == ""
    assert "login that was stored for the old one was removed" in pages.told(response)
    proxy = routes_of(acme).http
    assert proxy is not None
    assert proxy.login is None
    assert list(AuditEntry.objects.filter(subject="proxy login of acme").values_list("action", flat=True)) == [
        "wiped",
        "created",
    ]


def test_a_login_moved_in_the_database_opens_nothing(acme: Provider, master_key: str) -> None:
    acme.proxy = PROXY
    store_proxy_login(acme, Secret(LOGIN), "somebody")
    Provider.objects.filter(pk=acme.pk).update(proxy="http://evil.example:3128")
    acme.refresh_from_db()

    with pytest.raises(SetupError, match="enter it again"):
        routes_of(acme)
    assert AuditEntry.objects.filter(action="failed to decrypt").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"proxy": f"http://{LOGIN}@proxy.example:1"}, "has a field of its own"),
        ({"proxy": "socks5://proxy.example"}, "A proxy is written"),
        ({"proxy": "http://169.254.169.254"}, "A proxy is written"),
        ({"proxy": PROXY, "proxy_credential": "canary-word"}, "user:password"),
        ({"proxy_credential": LOGIN}, "Which proxy is this login for?"),
        ({"proxy": "direct", "proxy_credential": LOGIN}, "Which proxy is this login for?"),
    ],
)
def test_what_the_form_refuses(
    signed_in: Client, acme: Provider, master_key: str, fields: dict[str, str], words: str
) -> None:
    response = entered(signed_in, acme, **fields)

    assert response.status_code == 200
    assert words in response.content.decode()
    acme.refresh_from_db()
    assert (acme.proxy, acme.proxy_login) == ("", "")
    assert "canary-word" not in response.content.decode().replace(fields.get("proxy", " "), "")


def test_members_of_staff_without_the_permission_set_no_proxy(client: Client, acme: Provider, master_key: str) -> None:
    client.force_login(pages.staff("view_provider"))

    assert entered(client, acme, proxy=PROXY).status_code == 403
    acme.refresh_from_db()
    assert acme.proxy == ""


def test_a_new_master_key_wraps_the_login_again(acme: Provider, master_key: str, settings: Any) -> None:
    acme.proxy = PROXY
    acme.save()
    store_proxy_login(acme, Secret(LOGIN), "somebody")
    newer = make_master_key()
    settings.APP_KEY_ID = newer

    assert (rewrap_keys("somebody"), rewrap_keys("somebody")) == (1, 0)
    acme.refresh_from_db()
    (settings.APP_KEYS_DIR / master_key).unlink()
    proxy = routes_of(acme).https
    assert proxy is not None
    assert proxy.login is not None
    assert proxy.login.reveal() == LOGIN
    (settings.APP_KEYS_DIR / newer).unlink()
    assert any(each.id == "providers.E001" for each in run_checks())
