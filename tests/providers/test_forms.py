"""What administrators type: accepted when it is meant, refused with a reason, never echoed."""

from decimal import Decimal
from typing import Any

import pytest

from providers.contract.secret import Secret
from providers.forms import ChatModelForm, EndpointForm, KeyForm, ProviderForm
from providers.models import ChatModel, Endpoint, Provider
from tests.providers.key_fixtures import KEY, make_provider, stored

pytestmark = pytest.mark.django_db


def key_form(provider: Provider, credential: str, **more: Any) -> KeyForm:
    return KeyForm({"provider": provider.pk, "label": "main", "enabled": "on", "credential": credential, **more})


def test_a_key_comes_out_as_a_secret(acme: Provider, master_key: str) -> None:
    form = key_form(acme, f"  {KEY}\n")
    assert form.is_valid(), form.errors
    assert isinstance(form.cleaned_data["credential"], Secret)
    assert form.cleaned_data["credential"].reveal() == KEY
    assert KEY not in repr(form.cleaned_data)


@pytest.mark.parametrize("text", ["", "two words", "line\nbreak", "schlüssel", "k" * 4097, "a\x07b"])
def test_what_is_no_key_is_refused_and_not_shown(acme: Provider, master_key: str, text: str) -> None:
    form = key_form(acme, text)
    assert list(form.errors) == ["credential"]
    html = form.as_p()
    assert not text or text not in html


def test_the_typed_key_is_not_in_the_page_after_an_error(acme: Provider, master_key: str) -> None:
    form = key_form(acme, KEY, label="x" * 500)
    assert list(form.errors) == ["label"]
    assert KEY not in form.as_p()


def test_the_key_is_not_its_own_label(acme: Provider, master_key: str) -> None:
    form = key_form(acme, KEY, label=f"my {KEY}")

    assert list(form.errors) == ["label"]
    assert KEY not in form.as_p()


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        ("https://clerk:word@proxy.example:3128", "https://proxy.example:3128"),
        ("clerk:wo/rd@proxy.example", "proxy.example"),
        ("socks5://proxy.example", "socks5://proxy.example"),
    ],
)
def test_a_login_in_an_address_is_not_shown_again(acme: Provider, typed: str, again: str) -> None:
    form = ProviderForm({"name": "Acme", "slug": "acme", "proxy": typed}, instance=acme)
    assert not form.is_valid()
    assert form["proxy"].value() == again
    endpoint = EndpointForm({"protocol": "openai_chat", "base_url": f"{typed} "}, instance=acme.endpoints.first())
    assert "base_url" in endpoint.errors
    assert "word" not in endpoint.as_p()


def test_an_empty_field_keeps_what_is_stored(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    form = KeyForm({"provider": acme.pk, "label": "other", "enabled": "on", "credential": " "}, instance=row)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["credential"] is None
    assert "Leave empty to keep" in form.as_p()
    assert "credential" not in form.changed_data or form.cleaned_data["credential"] is None


def test_the_form_follows_the_kind_of_credential(acme: Provider, master_key: str) -> None:
    keyless = make_provider("free", "https://free.example", kind="none")
    assert list(key_form(keyless, KEY).errors) == ["provider"]
    acme.spec_data["auth"] = {"kind": "header", "header": "x-api-key"}
    acme.save()
    assert "x-api-key" in KeyForm(initial={"provider": str(acme.pk)}).as_p()
    acme.spec_data["auth"] = {"kind": "optional_bearer"}
    acme.save()
    assert "without a key" in KeyForm(initial={"provider": acme.pk}).as_p()
    assert KeyForm(initial={"provider": "x' OR 1"}).as_p()


def test_no_key_without_host_or_master(acme: Provider, settings: Any, tmp_path: Any, master_key: str) -> None:
    acme.endpoints.update(base_url="https://{resource}.example")
    assert "base URL" in str(key_form(acme, KEY).errors)
    settings.APP_KEYS_DIR = tmp_path / "none"
    assert "make_master_key" in str(key_form(acme, KEY).errors)


def endpoint_form(instance: Endpoint | None = None, **data: Any) -> EndpointForm:
    return EndpointForm({"protocol": "openai_chat", **data}, instance=instance)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://a.example",
        "https://u:p@a.example",
        "https://a.example/ x",
        "https://a.example\\@b.example",
        "https:///x",
        "http://a.example:0",
        "http://a.example:99999",
        "https://{resource}.example",
    ],
)
def test_strange_base_urls_are_refused(url: str) -> None:
    assert list(endpoint_form(base_url=url).errors) == ["base_url"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:1", "http://10.0.0.1", "http://gpu"])
def test_a_private_address_needs_a_grant(url: str, settings: Any) -> None:
    assert list(endpoint_form(base_url=url).errors) == ["base_url"]
    assert endpoint_form(base_url=url, allow_private="on").is_valid()


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://[fd00:ec2::254]"])
def test_no_grant_reaches_a_metadata_service(url: str) -> None:
    assert list(endpoint_form(base_url=url, allow_private="on").errors) == ["base_url"]


def test_a_grant_in_the_settings_is_enough(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ("10.0.0.1:8000",)
    assert endpoint_form(base_url="http://10.0.0.1:8000/v1").is_valid()
    assert not endpoint_form(base_url="http://10.0.0.1:8001/v1").is_valid()


def test_a_grant_ends_with_the_move_to_a_public_host(acme: Provider) -> None:
    form = endpoint_form(acme.endpoints.get(), base_url="https://a.example", allow_private="on")
    assert form.is_valid()
    assert (form.cleaned_data["allow_private"], form.grant_ended) == (False, True)
    acme.endpoints.update(allow_private=False)
    form = endpoint_form(acme.endpoints.get(), base_url="https://gpu.corp.example", allow_private="on")
    assert form.is_valid()
    assert (form.cleaned_data["allow_private"], form.grant_ended) == (True, False)


def test_an_unspoken_protocol_is_refused() -> None:
    assert list(endpoint_form(base_url="https://a.example", protocol="smoke_signals").errors) == ["protocol"]


def test_an_empty_base_url_means_the_catalog(db: None) -> None:
    endpoint = Endpoint.objects.get(provider__slug="openai", protocol="openai_chat")
    assert endpoint_form(endpoint, base_url="").is_valid()


def provider_form(**data: Any) -> ProviderForm:
    return ProviderForm({"name": "Mine", "slug": "mine", "enabled": "on", "credential_kind": "bearer", **data})


def test_a_provider_of_one_s_own_can_say_how_it_differs() -> None:
    form = provider_form(
        credential_kind="header",
        credential_header="x-api-key",
        facts='{"models_path": "/list", "quirks": {"stream_options": false}}',
    )
    assert form.is_valid(), form.errors
    spec = form.save().spec
    assert (spec.auth.kind, spec.auth.header, spec.models_path) == ("header", "x-api-key", "/list")
    assert spec.quirks.stream_options is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Big"}, "slug"),
        ({"slug": "a_b"}, "slug"),
        ({"slug": "demo"}, "slug"),
        ({"credential_kind": "header"}, "credential_header"),
        ({"credential_kind": "header", "credential_header": "x\r\nEvil: 1"}, "credential_header"),
        ({"facts": "[1]"}, "facts"),
        ({"facts": '{"env_key": ["DATABASE_URL"]}'}, "facts"),
        ({"facts": '{"env_base_url": ["HOME"]}'}, "facts"),
        ({"facts": '{"simulated": true}'}, "facts"),
        ({"facts": '{"auth": {"kind": "none"}}'}, "facts"),
        ({"facts": '{"headers": {"Authorization": "Bearer x"}}'}, "facts"),
        ({"facts": '{"quirks": {"no_such": 1}}'}, "facts"),
        ({"facts": '{"docs_url": "javascript:alert(1)"}'}, "facts"),
    ],
)
def test_what_a_provider_may_not_say(change: dict[str, Any], field: str) -> None:
    form = provider_form(**change)
    assert field in form.errors
    assert not Provider.objects.filter(slug="mine").exists()


def model_form(instance: ChatModel, **data: Any) -> Any:
    return ChatModelForm({"provider": instance.provider_id, "model_id": instance.model_id, **data}, instance=instance)


def test_capabilities_are_yes_no_or_unknown(acme: Provider) -> None:
    row = ChatModel(provider=acme, model_id="m", capabilities={"tools": False, "streaming": True})
    said = {"can_tools": "true", "can_reasoning": "false", "can_logprobs": "unknown", "can_streaming": "true"}
    form = model_form(row, **said)
    assert form.is_valid(), form.errors
    assert form.save().capabilities == {"streaming": True, "tools": True, "reasoning": False}
    assert "asked for whole" in form.fields["can_streaming"].help_text
    assert model_form(row, **{**said, "can_streaming": "false"}).save().capabilities["streaming"] is False


def test_prices_are_decimal_text(acme: Provider) -> None:
    row = ChatModel(provider=acme, model_id="m", prices={"input": "9"})
    form = model_form(row, price_input="2.50", price_output="0", price_cache_read="1e-3")
    assert form.is_valid(), form.errors
    assert form.save().prices == {"input": "2.5", "output": "0", "cache_read": "0.001"}
    assert Decimal(ChatModel.objects.get(pk=row.pk).prices["input"]) == Decimal("2.5")
    form = model_form(row)
    assert form.is_valid()
    assert form.save().prices is None


@pytest.mark.parametrize(
    "data",
    [{"price_input": "1"}, {"price_input": "-1", "price_output": "1"}, {"price_input": "x", "price_output": "1"}],
)
def test_half_a_price_is_none(acme: Provider, data: dict[str, str]) -> None:
    assert "price_input" in model_form(ChatModel(provider=acme, model_id="m"), **data).errors
