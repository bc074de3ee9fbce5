"""One provider behind several doors: each with its own address and way to prove who asks, all with one key."""

import json
from pathlib import Path
from typing import Any

import pytest

from providers.contract.errors import SetupError
from providers.contract.material import compose
from providers.contract.secret import Secret
from providers.contract.templates import fill_spec, values_of
from providers.custody import settle_hosts, store_key
from providers.models import ApiKey, ChatModel, Endpoint, Provider
from providers.resolve import doors, list_models, provider_target, resolve
from providers.resolve.environment import env_key_names
from tests.providers.account_fixtures import many_doors, publish

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "doors-key-3f9a7c55d1e84b0296aa7e01"
AWS = compose("sigv4", {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret-secret-secret-0123456789"})
OTHERS = [f"https://{host}.doors.example:443" for host in ("anthropic.eu-1", "eu-1", "login")]


@pytest.fixture(autouse=True)
def _spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """All doors of these tests are spoken, whatever adapters there are."""
    monkeypatch.setattr("providers.resolve.targets.get_adapter", lambda protocol: protocol)


def stored(provider: Any, secret: Secret, kind: str = "") -> ApiKey:
    row = ApiKey(provider=provider, label="main", kind=kind)
    store_key(row, secret, "somebody")
    return row


def refusal(public_id: str, protocol: str = "auto") -> SetupError:
    with pytest.raises(SetupError) as caught:
        resolve(public_id, protocol)
    return caught.value


def test_a_row_a_door(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1")

    urls = {row.protocol: row.url for row in provider.endpoints.all()}

    assert urls == {
        "openai_chat": "https://eu-1.doors.example/v1",
        "openai_responses": "https://eu-1.doors.example/v1",
        "anthropic_messages": "https://anthropic.eu-1.doors.example",
    }


def test_one_key_opens_them_all(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1", tenant="t-1", organisation="ours")
    assert stored(provider, Secret(KEY)).hosts == OTHERS

    chat, responses, messages = (resolve("manydoors/m", word) for word in ("chat", "responses", "messages"))

    assert {each.credential.reveal() for each in (chat, responses, messages) if each.credential} == {KEY}
    assert [each.spec.protocol for each in (chat, responses, messages)] == [
        "openai_chat",
        "openai_responses",
        "anthropic_messages",
    ]
    assert (chat.base_url, chat.origins) == ("https://eu-1.doors.example/v1", {"https://eu-1.doors.example:443"})
    assert chat.spec.headers == {"X-Organisation": "ours", "X-Region": "eu-1"}
    assert chat.spec.quirks.chat_path == "/chat?region=eu-1"
    assert responses.spec.auth.kind == "bearer"
    assert messages.base_url == "https://anthropic.eu-1.doors.example"
    assert (messages.spec.auth.kind, messages.spec.auth.header) == ("header", "x-api-key")
    assert messages.spec.headers == {**chat.spec.headers, "anthropic-version": "2023-06-01"}
    assert resolve("manydoors/m", "anthropic_messages").spec == messages.spec
    assert refusal("manydoors/m", "gemini_generate").code == "unsupported"


def test_a_model_can_say_its_door(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1")
    stored(provider, Secret(KEY))
    ChatModel.objects.create(provider=provider, model_id="m", protocol="responses")

    assert resolve("manydoors/m").spec.protocol == "openai_responses"
    assert resolve("manydoors/m", "messages").spec.protocol == "anthropic_messages"
    assert resolve("manydoors/other").spec.protocol == "openai_chat"


@pytest.mark.parametrize("account", [{}, {"region": ""}, {"region": "evil.example/x"}, {"region": "a@b"}])
def test_an_address_that_is_not_complete_is_said(
    master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, account: dict[str, str]
) -> None:
    provider = many_doors(monkeypatch, tmp_path, **account)
    ChatModel.objects.create(provider=provider, model_id="m")

    error = refusal("manydoors/m")

    assert (error.code, "region" in error.message, "Many Doors" in error.message) == ("bad_request", True, True)
    (listed,) = (each for each in list_models(frozenset()) if each.provider == "manydoors")
    assert not listed.available
    assert "region" in listed.why_unavailable


def test_an_optional_setting_leaves_its_header_out(
    master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1")
    stored(provider, Secret(KEY))

    assert resolve("manydoors/m").spec.headers == {"X-Region": "eu-1"}


def test_a_key_says_its_kind(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1", tenant="t-1")
    row = stored(provider, AWS, "sigv4")
    assert row.last_four == "6789"

    target = resolve("manydoors/m")
    assert (target.spec.auth.kind, target.spec.auth.region, target.spec.auth.service) == ("sigv4", "eu-1", "doors")
    assert target.origins == {"https://eu-1.doors.example:443"}

    client = compose("client_credentials", {"client_id": "id", "client_secret": "x" * 30})
    target = provider_target(provider, key=stored(provider, client, "client_credentials"))
    assert target.spec.auth.token_url == "https://login.doors.example/t-1/token"
    assert target.origins == {"https://eu-1.doors.example:443", "https://login.doors.example:443"}

    ApiKey.objects.update(kind="google")
    assert refusal("manydoors/m").code == "authentication"


def test_another_region_is_another_host(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1", tenant="t-1")
    row = stored(provider, Secret(KEY))
    provider.account = {"region": "us-1", "tenant": "t-1"}
    provider.save()

    assert refusal("manydoors/m").code == "authentication"
    settle_hosts(provider, frozenset(row.hosts), "somebody")
    row.refresh_from_db()
    assert row.ciphertext == ""


def test_an_address_of_tokens_that_was_changed_in_the_database(
    master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1", tenant="t-1")
    client = compose("client_credentials", {"client_id": "id", "client_secret": "x" * 30})
    stored(provider, client, "client_credentials")
    facts = json.loads(json.dumps(provider.spec_data).replace("login.doors.example", "login.evil.example"))
    type(provider).objects.update(spec_data=facts)

    assert resolve("manydoors/m").origins == {"https://eu-1.doors.example:443"}


def test_everything_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path)
    ChatModel.objects.create(provider=provider, model_id="m")
    monkeypatch.setenv("DOORS_REGION", "eu-1")
    monkeypatch.setenv("DOORS_ID", "AKIDEXAMPLE")
    assert refusal("manydoors/m").code == "authentication"
    monkeypatch.setenv("DOORS_SECRET", "secret-secret")

    target = resolve("manydoors/m")

    assert (target.base_url, target.spec.auth.kind) == ("https://eu-1.doors.example/v1", "sigv4")
    assert target.spec.auth.region == "eu-1"
    assert {"DOORS_REGION", "DOORS_ID", "DOORS_SECRET"} <= set(env_key_names())
    names = frozenset(env_key_names())
    (listed,) = (each for each in list_models(names) if each.provider == "manydoors")
    assert listed.available, listed.why_unavailable
    (listed,) = (each for each in list_models(names - {"DOORS_SECRET"}) if each.provider == "manydoors")
    assert not listed.available


def test_a_key_of_the_environment_does_not_follow_what_a_row_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="evil-1")
    monkeypatch.setenv("DOORS_KEY", KEY)
    assert refusal("manydoors/m").code == "authentication"
    monkeypatch.setenv("DOORS_REGION", "eu-1")
    assert resolve("manydoors/m").base_url == "https://eu-1.doors.example/v1"
    Endpoint.objects.filter(provider=provider).update(base_url="https://evil.example")
    assert refusal("manydoors/m").code == "authentication"


def test_the_deployment_is_the_model_s_id(master_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (
        'slug = "classic"\nname = "Classic"\nbase_url = "https://classic.example/openai"\nenv_key = ["CLASSIC_KEY"]\n'
        'quirks = { chat_path = "/deployments/{deployment}/chat" }\n'
        'settings = [{ name = "deployment", required = false }]'
    )
    publish(monkeypatch, tmp_path, text, "classic")
    monkeypatch.setenv("CLASSIC_KEY", KEY)

    assert resolve("classic/a b/../c").spec.quirks.chat_path == "/deployments/a%20b%2F..%2Fc/chat"
    assert refusal("classic/..").code == "bad_request"


def test_settings_follow_from_others() -> None:
    text = {"slug": "v", "name": "V", "base_url": "https://{host}/v1", "settings": [
        {"name": "location", "default": "global"},
        {"name": "host", "of": "location", "default": "{location}-x.example", "derived": {"global": "x.example"}},
    ]}  # fmt: skip
    spec = doors.ProviderSpec.model_validate(text)

    assert fill_spec(spec, values_of(spec.settings, {})).base_url == "https://x.example/v1"
    assert fill_spec(spec, values_of(spec.settings, {"location": "eu"})).base_url == "https://eu-x.example/v1"


def test_what_is_listed_says_where_and_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    provider = many_doors(monkeypatch, tmp_path, region="eu-1")
    ChatModel.objects.create(provider=provider, model_id="m")
    ChatModel.objects.create(provider=Provider.objects.get(slug="ollama"), model_id="m")

    listed = {each.id: each for each in list_models(frozenset())}

    assert not listed["manydoors/m"].local
    assert listed["ollama/m"].local
    assert listed["manydoors/m"].protocols == ["auto", "chat", "responses", "messages"]
    provider.endpoints.update(base_url="http://10.1.2.3:8000/v1")
    listed = {each.id: each for each in list_models(frozenset())}
    assert listed["manydoors/m"].local


def test_a_google_account_of_the_environment_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text('{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}')
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p-1")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    assert resolve("vertex/m").credential is not None

    for wrong in (str(tmp_path / "none.json"), str(tmp_path)):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", wrong)
        error = refusal("vertex/m")
        assert (error.code, "GOOGLE_APPLICATION_CREDENTIALS" in error.message) == ("authentication", True)
