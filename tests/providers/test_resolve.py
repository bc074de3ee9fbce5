"""From a public id to a target: which key goes where, and what is said when none may go."""

from typing import Any

import pytest

from providers import resolve as door
from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.custody import store_key
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider
from tests.providers.key_fixtures import KEY, make_provider, stored
from tests.providers.listener import Listener

pytestmark = pytest.mark.database

OPENAI = "https://api.openai.com:443"


def refusal(public_id: str, protocol: str = "auto") -> SetupError:
    with pytest.raises(SetupError) as raised:
        door.resolve(public_id, protocol)
    return raised.value


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("demo/fast", ("demo", "fast")),
        ("demo:fast", ("demo", "fast")),
        ("openai/ft:base:org::id", ("openai", "ft:base:org::id")),
        ("openai:ft:base:org::id", ("openai", "ft:base:org::id")),
        ("openrouter:meta/llama:free", ("openrouter", "meta/llama:free")),
        ("fireworks/accounts/x/models/y", ("fireworks", "accounts/x/models/y")),
        ("demo/fast@rate=80,tokens=4", ("demo", "fast@rate=80,tokens=4")),
    ],
)
def test_public_ids_are_cut_at_the_first_separator(text: str, parts: tuple[str, str]) -> None:
    assert door.split_public_id(text) == parts


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nobody/x", "not_found"),
        ("meta-llama:x/y", "not_found"),
        ("fast", "bad_request"),
        ("", "bad_request"),
        ("demo/", "bad_request"),
        ("/fast", "bad_request"),
        ("demo/ a", "bad_request"),
        ("demo/a\x00", "bad_request"),
    ],
)
def test_what_names_no_model(text: str, code: str) -> None:
    for look in (door.split_public_id, door.resolve, lambda it: door.find_chat_model(it, create_typed=True)):
        with pytest.raises(SetupError) as raised:
            look(text)
        assert raised.value.code == code
    assert not ChatModel.objects.filter(source="typed").exists()


@pytest.mark.django_db
def test_the_demo_needs_nothing() -> None:
    target = door.resolve("demo/fast")
    assert (target.base_url, target.credential, target.origins) == ("demo:", None, frozenset())
    assert target.spec.simulated
    assert target.prices
    assert door.resolve("demo/slow").prices is None
    assert door.resolve("demo/thinker").capabilities["reasoning"] is True


@pytest.mark.django_db
def test_the_demo_can_be_switched_off(settings: Any) -> None:
    settings.DEMO_PROVIDER = False
    assert refusal("demo/fast").code == "permission"
    assert not any(model.simulated for model in door.list_models(frozenset()))


@pytest.mark.django_db
def test_a_typed_model_gets_a_row_once() -> None:
    first = door.find_chat_model("openai/ft:base:org::id", create_typed=True)
    assert (first.source, first.public_id) == ("typed", "openai/ft:base:org::id")
    assert door.find_chat_model("openai:ft:base:org::id", create_typed=True) == first
    with pytest.raises(SetupError) as raised:
        door.find_chat_model("openai/never-seen", create_typed=False)
    assert raised.value.code == "not_found"


@pytest.mark.django_db
def test_switched_off_means_off() -> None:
    ChatModel.objects.filter(provider__slug="demo", model_id="fast").update(enabled=False)
    Provider.objects.filter(slug="openai").update(enabled=False)
    for public_id in ("demo/fast", "openai/gpt-x"):
        assert refusal(public_id).code == "permission"
        with pytest.raises(SetupError, match="switched off"):
            door.find_chat_model(public_id, create_typed=True)
    assert not any(model.id == "demo/fast" or model.provider == "openai" for model in door.list_models(frozenset()))


def test_a_stored_key_comes_with_its_binding(acme: Provider, master_key: str, old_host: Listener) -> None:
    row = stored(acme)
    target = door.resolve("acme/any:model/id")
    assert isinstance(target.credential, Secret)
    assert target.credential.reveal() == KEY
    assert (target.model_id, target.base_url, target.key_pk) == ("any:model/id", old_host.base_url, row.pk)
    assert target.origins == {old_host.origin}
    assert target.allow_private
    assert KEY not in repr(target)


def test_no_key_says_what_to_do(acme: Provider) -> None:
    error = refusal("acme/x")
    assert (error.code, "administrator can store one" in error.message) == ("authentication", True)
    message = refusal("openai/x").message
    assert "OPENAI_API_KEY" in message


def test_a_disabled_key_is_not_used(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    ApiKey.objects.update(enabled=False)
    assert refusal("acme/x").code == "authentication"
    assert door.provider_target(acme, key=row).credential is not None


def test_the_newest_key_that_is_bound_to_the_host_is_used(acme: Provider, master_key: str) -> None:
    stored(acme, "first-key-of-the-provider")
    second = stored(acme, "second-key-of-the-provider")
    assert door.resolve("acme/x").key_pk == second.pk


def test_a_newer_key_for_another_host_is_passed_over(acme: Provider, master_key: str, new_host: Listener) -> None:
    here = stored(acme)
    old_url = acme.endpoints.get().base_url
    acme.endpoints.update(base_url=new_host.base_url)
    there = stored(acme, "the-key-for-the-new-host")
    assert door.resolve("acme/x").key_pk == there.pk
    acme.endpoints.update(base_url=old_url)
    assert door.resolve("acme/x").key_pk == here.pk


def test_a_host_changed_in_the_database_gets_no_key(acme: Provider, master_key: str, new_host: Listener) -> None:
    row = stored(acme)
    acme.endpoints.update(base_url=new_host.base_url)
    error = refusal("acme/x")
    assert error.code == "authentication"
    assert "bound to" in error.message
    with pytest.raises(SetupError, match="not sent to"):
        door.provider_target(acme, key=row)


def test_nor_does_one_whose_host_list_was_changed_too(acme: Provider, master_key: str, new_host: Listener) -> None:
    row = stored(acme)
    acme.endpoints.update(base_url=new_host.base_url)
    ApiKey.objects.update(hosts=[new_host.origin])
    assert refusal("acme/x").code == "authentication"
    entry = AuditEntry.objects.get(action="failed to decrypt")
    assert (entry.subject, entry.detail) == (row.subject, {"reason": "CannotOpen"})


def test_a_swapped_ciphertext_does_not_open(acme: Provider, master_key: str, new_host: Listener) -> None:
    evil = make_provider("evil", new_host.base_url)
    ours, theirs = stored(acme), stored(evil, "the-key-of-the-other-one")
    ApiKey.objects.filter(pk=theirs.pk).update(ciphertext=ours.ciphertext, hosts=ours.hosts)
    assert refusal("evil/x").code == "authentication"
    ApiKey.objects.filter(pk=theirs.pk).update(hosts=[new_host.origin])
    assert "cannot be decrypted" in refusal("evil/x").message
    assert door.resolve("acme/x").credential is not None


def test_a_lost_master_key_is_said(acme: Provider, master_key: str, settings: Any, tmp_path: Any) -> None:
    stored(acme)
    settings.APP_KEYS_DIR = tmp_path / "empty"
    assert master_key in refusal("acme/x").message


@pytest.mark.django_db
def test_a_key_of_the_environment_works_without_being_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    assert door.env_key_names() == []
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    target = door.resolve("openai/gpt-x")
    assert target.credential is not None
    assert target.credential.reveal() == KEY
    assert (target.origins, target.key_pk) == ({OPENAI}, None)
    assert door.env_key_names() == ["OPENAI_API_KEY"]
    assert not ApiKey.objects.exists()


def test_a_stored_key_wins_over_the_environment(db: None, master_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-of-the-environment")
    stored(Provider.objects.get(slug="openai"))
    target = door.resolve("openai/gpt-x")
    assert target.credential is not None
    assert target.credential.reveal() == KEY


@pytest.mark.django_db
def test_a_key_of_the_environment_stays_with_the_host_of_the_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Endpoint.objects.filter(provider__slug="openai").update(base_url="https://evil.example/v1")
    assert refusal("openai/gpt-x").code == "authentication"
    assert not _listed("openai", {"OPENAI_API_KEY"}).available
    Endpoint.objects.filter(provider__slug="openai").update(base_url="", catalog_base_url="https://evil.example/v1")
    assert refusal("openai/gpt-x").code == "authentication"


@pytest.mark.django_db
def test_a_row_cannot_name_a_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", KEY)
    provider = make_provider("acme", "https://evil.example")
    for from_catalog in (False, True):
        provider.spec_data["env_key"] = ["DATABASE_PASSWORD"]
        provider.from_catalog = from_catalog
        provider.save()
        assert refusal("acme/x").code == "authentication"


@pytest.mark.django_db
def test_a_base_url_of_the_environment_gets_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://10.0.0.7:8080/v1/")
    target = door.resolve("openai/gpt-x")
    assert (target.base_url, target.origins, target.allow_private) == (
        "http://10.0.0.7:8080/v1",
        {"http://10.0.0.7:8080"},
        True,
    )
    assert target.credential is not None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user@evil/")
    assert refusal("openai/gpt-x").code == "bad_request"


def test_a_stored_key_never_follows_a_base_url_of_the_environment(
    db: None, master_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(Provider.objects.get(slug="openai"))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://10.0.0.7:8080/v1/")
    assert door.resolve("openai/gpt-x").origins == {OPENAI}


@pytest.mark.django_db
def test_unusable_keys_of_the_environment_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "two words")
    error = refusal("openai/x")
    assert "OPENAI_API_KEY" in error.message
    assert "two words" not in error.message
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "absent"))
    assert "OPENAI_API_KEY_FILE" in refusal("openai/x").message
    (tmp_path / "absent").write_text(KEY)
    assert door.resolve("openai/x").credential is not None


@pytest.mark.django_db
def test_protocols_are_chosen_by_word_or_name(acme: Provider, master_key: str) -> None:
    stored(acme)
    for word in ("auto", "chat", "openai_chat"):
        assert door.resolve("acme/x", word).adapter.protocol == "openai_chat"
    for word in ("messages", "anthropic_messages", "nonsense"):
        assert refusal("acme/x", word).code == "unsupported"
    acme.endpoints.all().delete()
    assert refusal("acme/x").code == "bad_request"


@pytest.mark.django_db
def test_local_servers_need_no_key_and_are_allowed_on_their_own_port_only() -> None:
    target = door.resolve("ollama/llama3")
    assert (target.base_url, target.credential, target.allow_private) == ("http://localhost:11434/v1", None, True)
    allowed = set(Endpoint.objects.filter(allow_private=True).values_list("provider__slug", flat=True))
    assert allowed == {
        spec.slug for spec in load_catalog().values() if spec.base_url.startswith("http://") and spec.enabled
    }


def _listed(slug: str, env_keys: set[str]) -> door.ModelListing:
    return next(model for model in door.list_models(frozenset(env_keys)) if model.provider == slug)


def test_what_can_be_chosen_and_why_not(acme: Provider, master_key: str) -> None:
    ChatModel.objects.create(provider=acme, model_id="x", capabilities={"tools": True, "image_input": True})
    assert "administrator" in _listed("acme", set()).why_unavailable
    stored(acme)
    acme = _listed("acme", set())
    assert (acme.id, acme.label, acme.available, acme.why_unavailable) == ("acme/x", "x", True, "")
    assert acme.capabilities["tools"] is True
    assert acme.capabilities["local"] is True
    assert acme.capabilities["reasoning"] is None
    assert acme.media == {"input": ["text", "image"], "output": ["text"]}
    openai = _listed("openai", set())
    assert not openai.available
    assert "OPENAI_API_KEY" in openai.why_unavailable
    assert openai.capabilities["local"] is False
    assert _listed("openai", {"OPENAI_API_KEY"}).available
    assert _listed("demo", set()).available


def test_the_number_of_queries_is_constant(acme: Provider, master_key: str, django_assert_num_queries: Any) -> None:
    stored(acme)
    ChatModel.objects.bulk_create(ChatModel(provider=acme, model_id=f"m{number}") for number in range(300))
    with django_assert_num_queries(5):
        assert len(door.list_models(frozenset())) > 300
    with django_assert_num_queries(4):
        assert len(door.overview()) > 10


def test_a_new_master_key_wraps_all_keys_again(acme: Provider, master_key: str, settings: Any) -> None:
    rows = [stored(acme, f"a-key-number-{number}-of-the-provider") for number in range(3)]
    newer = door.make_master_key()
    settings.APP_KEY_ID = newer
    assert (door.rewrap_keys("somebody"), door.rewrap_keys("somebody")) == (3, 0)
    (settings.APP_KEYS_DIR / master_key).unlink()
    for number, row in enumerate(rows):
        target = door.provider_target(acme, key=ApiKey.objects.get(pk=row.pk))
        assert target.credential is not None
        assert target.credential.reveal() == f"a-key-number-{number}-of-the-provider"
    again = ApiKey(provider=acme)
    store_key(again, Secret("a-key-number-1-of-the-provider"), "somebody")
    assert again.fingerprint == ApiKey.objects.get(pk=rows[1].pk).fingerprint


@pytest.mark.django_db
def test_many_models_are_resolved_as_each_alone_with_few_questions(django_assert_max_num_queries: Any) -> None:
    wanted = [(f"demo/fast@tokens={number}", "auto") for number in range(30)]
    wanted += [("demo/fast", "auto"), ("demo/thinker", "chat"), ("nobody/x", "auto"), ("demo/fast", "messages")]
    with django_assert_max_num_queries(6):
        found = door.resolve_all(wanted)
    good = [pair for pair in wanted if not isinstance(found[pair], SetupError)]
    assert [str(found[pair]) for pair in wanted[-2:]] == [str(refusal(*pair)) for pair in wanted[-2:]]
    assert len(good) == 32
    for public_id, protocol in good:
        assert found[public_id, protocol] == door.resolve(public_id, protocol)
        assert door.resolve(public_id, protocol).model_id == public_id.removeprefix("demo/")


@pytest.mark.django_db
def test_many_providers_take_no_more_questions_than_one(django_assert_num_queries: Any) -> None:
    pairs = [(f"{slug}/some-model", "auto") for slug in load_catalog()]
    with django_assert_num_queries(4):
        door.resolve_all(pairs[:1])
    with django_assert_num_queries(4):
        found = door.resolve_all(pairs)
    assert set(found) == set(pairs)
    assert len(pairs) > 8


@pytest.mark.django_db
def test_many_models_are_found_with_one_question_and_each_error_is_its_own(django_assert_num_queries: Any) -> None:
    listed = [f"demo/{name}" for name in ("fast", "slow", "thinker")]
    with django_assert_num_queries(1):
        found = door.find_chat_models(listed, create_typed=False)
    assert [getattr(found[name], "public_id", None) for name in listed] == listed
    mixed = door.find_chat_models(["demo/fast", "nobody/x", "demo", "demo/new"], create_typed=True)
    codes = [each.code if isinstance(each, SetupError) else each.model_id for each in mixed.values()]
    assert codes == ["fast", "not_found", "bad_request", "new"]
