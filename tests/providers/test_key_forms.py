"""The key form of every kind of credential, and the form of an account: through the admin pages, never an echo."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers import vault
from providers.contract.material import GOOGLE_TOKEN_URL, pieces_of
from providers.forms import KeyForm
from providers.forms.key_fields import FIELDS, NAMES, key_fields
from providers.models import ApiKey, AuditEntry, Provider
from tests.providers import admin_pages as pages
from tests.providers.account_fixtures import many_doors

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AWS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": SECRET}
ACCOUNT = {
    "type": "service_account",
    "client_email": "robot@p.iam.gserviceaccount.com",
    "private_key_id": "0123456789abcdef0123456789abcdef01234567",
    "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n",
    "token_uri": GOOGLE_TOKEN_URL,
    "universe_domain": "googleapis.com",
}


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def doors(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Provider:
    return many_doors(monkeypatch, tmp_path, region="eu-1", tenant="t-1")


@pytest.fixture
def google(master_key: str) -> Provider:
    facts = {"slug": "g", "name": "G", "base_url": "https://g.example", "auth": {"kind": "google"}}
    provider = Provider.objects.create(slug="g", name="G", spec_data=facts)
    provider.endpoints.create(base_url="https://g.example")
    return provider


def key_form(provider: Provider, **typed: Any) -> KeyForm:
    return KeyForm({"provider": provider.pk, "label": "main", "enabled": "on", **typed})


def test_every_kind_has_words_and_fields() -> None:
    assert set(NAMES) == {*FIELDS, "none"}


def test_aws_keys_are_stored_as_one_sealed_value(signed_in: Client, doors: Provider) -> None:
    page = signed_in.get(reverse(f"{pages.KEYS}_add"), {"provider": doors.pk}).content.decode()
    assert all(f'name="{name}"' in page for name in ("credential_kind", "credential", *FIELDS["sigv4"], "client_id"))

    response = pages.add_key(signed_in, doors, "", credential_kind="sigv4", **AWS)

    assert response.status_code == 302
    row = ApiKey.objects.get()
    assert (row.kind, row.last_four) == ("sigv4", "EKEY")
    assert pieces_of(vault.open_sealed(row)) == AWS
    everything = "".join(
        signed_in.get(url).content.decode()
        for url in (
            reverse(f"{pages.KEYS}_changelist"),
            reverse(f"{pages.KEYS}_change", args=(row.pk,)),
            reverse(f"{pages.AUDIT}_changelist"),
        )
    )
    assert SECRET not in everything + json.dumps(list(AuditEntry.objects.values("detail", "subject")))
    assert "AKIDEXAMPLE" not in everything


def test_another_kind_replaces_it(signed_in: Client, doors: Provider) -> None:
    pages.add_key(signed_in, doors, "", credential_kind="sigv4", **AWS)
    row = ApiKey.objects.get()
    pages.change_key(signed_in, row, credential_kind="sigv4", label="kept")
    assert pieces_of(vault.open_sealed(ApiKey.objects.get())) == AWS

    pages.change_key(signed_in, row, credential_kind="bearer", credential="doors-bearer-key-0123456789")

    row = ApiKey.objects.select_related("provider").get()
    assert (row.kind, vault.open_sealed(row).reveal()) == ("", "doors-bearer-key-0123456789")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"access_key_id": "AKIDEXAMPLE"}, "secret_access_key"),
        ({"secret_access_key": SECRET}, "access_key_id"),
        ({**AWS, "session_token": "two words"}, "session_token"),
        ({**AWS, "profile": "default"}, "profile"),
        ({}, "access_key_id"),
    ],
)
def test_what_makes_no_aws_credential(doors: Provider, typed: dict[str, str], field: str) -> None:
    form = key_form(doors, credential_kind="sigv4", **typed)

    assert list(form.errors) == [field]
    html = form.as_p()
    assert SECRET not in html
    assert not form.cleaned_data.get("credential")


def test_a_profile_holds_nothing_secret(doors: Provider) -> None:
    form = key_form(doors, credential_kind="sigv4", profile="default")

    assert form.is_valid(), form.errors
    assert (pieces_of(form.cleaned_data["credential"]), form.stored_kind) == ({"profile": "default"}, "sigv4")


def test_an_oauth_client(doors: Provider) -> None:
    form = key_form(doors, credential_kind="client_credentials", client_id="an-id", client_secret=SECRET)

    assert form.is_valid(), form.errors
    assert pieces_of(form.cleaned_data["credential"]) == {"client_id": "an-id", "client_secret": SECRET}
    assert SECRET not in repr(form.cleaned_data)


def test_a_label_is_no_piece_of_a_key(doors: Provider) -> None:
    assert list(key_form(doors, credential_kind="sigv4", **{**AWS, "label": SECRET}).errors) == ["label"]


def test_a_service_account_keeps_what_is_needed(google: Provider) -> None:
    form = key_form(google, account=json.dumps(ACCOUNT, indent=2))

    assert form.is_valid(), form.errors
    pieces = pieces_of(form.cleaned_data["credential"])
    assert pieces["private_key"] == ACCOUNT["private_key"]
    assert "token_uri" not in pieces
    assert key_fields(google) == ("account",)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        json.dumps({**ACCOUNT, "token_uri": "https://oauth2.evil.example/token"}),
        json.dumps({**ACCOUNT, "private_key": "none"}),
        json.dumps({**ACCOUNT, "client_email": 3}),
        json.dumps({**ACCOUNT, "type": "external_account"}),
        json.dumps({**ACCOUNT, "padding": "x" * 20_000}),
    ],
)
def test_what_is_no_account_is_refused_and_not_shown(google: Provider, text: str) -> None:
    form = key_form(google, account=text)

    assert list(form.errors) == ["account"]
    assert "MIIEvQ" not in form.as_p()


def _account(client: Client, provider: Provider, base_url: str = "", **settings: str) -> Any:
    rows = list(provider.endpoints.order_by("pk"))
    data: dict[str, Any] = {"name": provider.name, "enabled": "on"}
    data |= {"endpoints-TOTAL_FORMS": len(rows), "endpoints-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        place = f"endpoints-{number}"
        data |= {f"{place}-id": row.pk, f"{place}-provider": provider.pk, f"{place}-protocol": row.protocol}
        data[f"{place}-base_url"] = row.base_url
    if base_url:
        data["endpoints-0-base_url"] = base_url
    data |= {f"setting_{name}": value for name, value in settings.items()}
    return client.post(reverse(f"{pages.PROVIDERS}_change", args=(provider.pk,)), data)


def test_an_account_is_said_at_the_provider_and_moves_its_keys(signed_in: Client, doors: Provider) -> None:
    pages.add_key(signed_in, doors, "doors-bearer-key-0123456789", credential_kind="bearer")
    page = signed_in.get(reverse(f"{pages.PROVIDERS}_change", args=(doors.pk,))).content.decode()
    assert 'name="setting_region" value="eu-1"' in page
    assert "…6789" in page

    assert _account(signed_in, doors, region="eu-1", tenant="t-1", organisation="ours").status_code == 302
    doors.refresh_from_db()
    assert doors.account == {"region": "eu-1", "tenant": "t-1", "organisation": "ours"}
    assert ApiKey.objects.get().ciphertext

    response = _account(signed_in, doors, region="us-1", tenant="t-1")
    assert response.status_code == 302, response.content.decode()
    assert not ApiKey.objects.get().ciphertext
    assert "wiped" in pages.told(response)


@pytest.mark.parametrize("value", ["a/b", "evil.example", "a b", "https://x", "x@y"])
def test_a_value_that_could_change_the_host_is_refused(signed_in: Client, doors: Provider, value: str) -> None:
    assert _account(signed_in, doors, region=value).status_code == 200
    doors.refresh_from_db()
    assert doors.account["region"] == "eu-1"


def test_doors_at_the_same_address_move_with_it(signed_in: Client, doors: Provider) -> None:
    pages.add_key(signed_in, doors, "doors-bearer-key-0123456789", credential_kind="bearer")

    _account(signed_in, doors, "https://proxy.example/v1", region="eu-1", tenant="t-1")

    urls = {row.protocol: row.url for row in doors.endpoints.all()}
    assert urls["openai_chat"] == urls["openai_responses"] == "https://proxy.example/v1"
    assert urls["anthropic_messages"] == "https://anthropic.eu-1.doors.example"
    assert not ApiKey.objects.get().ciphertext

    doors.endpoints.filter(protocol="openai_responses").update(base_url="https://other.example")
    _account(signed_in, doors, "https://proxy2.example/v1", region="eu-1", tenant="t-1")
    assert doors.endpoints.get(protocol="openai_responses").url == "https://other.example"
