"""Rows: what they say of themselves, and what never leaves them."""

import copy
import io
import pickle

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.serializers import serialize

from providers.models import ApiKey, AuditEntry, Endpoint, Provider, check_model_id
from tests.providers.key_fixtures import KEY, stored


@pytest.mark.parametrize(
    ("url", "origin", "local", "loopback"),
    [
        ("https://api.example.com/v1", "https://api.example.com:443", False, False),
        ("http://LOCALHOST:11434/v1/", "http://localhost:11434", True, True),
        ("http://127.0.0.2", "http://127.0.0.2:80", True, True),
        ("http://[::1]:8080", "http://[::1]:8080", True, True),
        ("http://10.1.2.3:8000/v1", "http://10.1.2.3:8000", True, False),
        ("http://169.254.169.254", "http://169.254.169.254:80", True, False),
        ("http://ollama:11434", "http://ollama:11434", True, False),
        ("http://gpu.lan", "http://gpu.lan:80", True, False),
        ("https://8.8.8.8", "https://8.8.8.8:443", False, False),
        ("http://user@host/", "", False, False),
        ("https://{resource}.example.com", "", False, False),
        ("", "", False, False),
    ],
)
def test_an_endpoint_knows_where_it_is(url: str, origin: str, local: bool, loopback: bool) -> None:
    endpoint = Endpoint(base_url=url)
    assert (endpoint.origin, endpoint.is_local, endpoint.is_loopback) == (origin, local, loopback)


def test_private_hosts_are_allowed_with_their_port_only(settings: object) -> None:
    settings.PRIVATE_HOSTS = ("10.1.2.3:8000",)  # type: ignore[attr-defined]
    assert Endpoint(base_url="http://10.1.2.3:8000/v1").private_allowed
    assert not Endpoint(base_url="http://10.1.2.3:8001/v1").private_allowed
    assert not Endpoint(base_url="").private_allowed


def test_the_base_url_of_an_administrator_wins() -> None:
    assert Endpoint(catalog_base_url="https://a.example/v1/").url == "https://a.example/v1"
    assert Endpoint(catalog_base_url="https://a.example/v1", base_url="https://b.example").url == "https://b.example"


@pytest.mark.parametrize("text", ["ft:base:org::id", "accounts/x/models/y", "ep-2026", "模型", "a b"])
def test_any_model_id_can_be_typed(text: str) -> None:
    check_model_id(text)


@pytest.mark.parametrize("text", ["", " a", "a\n", "a\x00b", "a\u2028b", "a" * 301])
def test_what_is_no_model_id(text: str) -> None:
    with pytest.raises(ValidationError):
        check_model_id(text)


def test_a_key_is_in_no_dump_and_in_no_pickle(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    output = io.StringIO()
    call_command("dumpdata", "providers", stdout=output)
    text = output.getvalue() + serialize("xml", ApiKey.objects.all()) + repr(row) + str(row)
    assert '"label": "main"' in text
    for hidden in (KEY, row.ciphertext, row.ciphertext.rsplit(":", 1)[1], row.fingerprint):
        assert hidden not in text
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(row)


def test_a_key_shows_its_last_four_only(acme: Provider, master_key: str) -> None:
    assert str(stored(acme)) == "main (…WXYZ)"
    assert str(ApiKey(provider=acme)) == "Acme"


@pytest.mark.django_db
def test_the_audit_only_grows() -> None:
    entry = AuditEntry.record("somebody", "created", "key 1 of acme", hosts=["https://a:443"])
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.filter(pk=entry.pk).delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.update(actor="nobody")
    assert str(AuditEntry.objects.get()) == "somebody created key 1 of acme"
