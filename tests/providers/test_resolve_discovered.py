"""Looking for model servers and adding them: on request only, where settings say, exactly the host and port."""

from pathlib import Path
from typing import Any

import pytest

from providers.contract.errors import SetupError
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider
from providers.resolve import add_found, discovered, list_models, look_for_servers, resolve
from tests.fakes.local_servers import SERVERS, LocalServer, listed, serving
from tests.providers.key_fixtures import make_provider, stored

pytestmark = pytest.mark.django_db
Servers = dict[str, LocalServer]


def test_what_is_found_is_told_and_not_added(servers: Servers) -> None:
    before = (Provider.objects.count(), ChatModel.objects.count())

    found = look_for_servers("somebody")

    assert [each.kind for each in found] == list(SERVERS)
    assert {each.provider for each in found} == {""}
    assert (Provider.objects.count(), ChatModel.objects.count()) == before
    entry = AuditEntry.objects.get(action="servers looked for")
    assert entry.actor == "somebody"
    assert f"{servers['vllm'].place} vllm" in entry.detail["found"]


def test_the_places_come_from_settings(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = [], []
    monkeypatch.setattr(discovered, "CONTAINER_MARKS", (str(tmp_path / "none"),))
    usual = {11434, 8080, 8000, 1234, 9997, 3000, 4000}
    assert set(discovered._places()) == {("127.0.0.1", port) for port in usual}

    (tmp_path / "mark").touch()
    monkeypatch.setattr(discovered, "CONTAINER_MARKS", (str(tmp_path / "mark"),))
    assert {host for host, _ in discovered._places()} == {"127.0.0.1", "host.docker.internal"}
    settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["gpu.lan"], [9]
    assert discovered._places() == [("gpu.lan", 9)]


def test_adding_allows_exactly_this_host_and_port(servers: Servers) -> None:
    place = servers["tgi"].place
    provider, count = add_found(place, "somebody")

    assert (provider.slug, count) == (f"tgi-{servers['tgi'].port}", 1)
    assert not provider.from_catalog
    target = resolve(f"{provider.slug}/org/model")
    assert (target.base_url, target.allow_private) == (f"http://{place}/v1", True)
    assert target.credential is None
    assert not target.spec.quirks.choice_index, "with what the catalog knows of its kind"
    assert [row.host_port for row in Endpoint.objects.filter(provider=provider, allow_private=True)] == [place]
    listing = next(each for each in list_models(frozenset()) if each.provider == provider.slug)
    assert (listing.available, listing.local, listing.source) == (True, True, "listed")
    again = next(each for each in look_for_servers("somebody") if each.kind == "tgi")
    assert (again.provider, again.missing) == (provider.slug, 0)
    assert add_found(place, "somebody") == (provider, 0)


def test_all_doors_of_a_kind_come_along(servers: Servers) -> None:
    provider, _ = add_found(servers["ollama"].place, "somebody")

    place = servers["ollama"].place
    assert {row.protocol: row.url for row in provider.endpoints.all()} == {
        **dict.fromkeys(("openai_chat", "openai_responses", "anthropic_messages"), f"http://{place}/v1"),
        "ollama_chat": f"http://{place}",
    }
    assert resolve(f"{provider.slug}/qwen3:8b", "ollama_chat").allow_private


def test_the_catalogs_own_place_gets_the_models(settings: Any) -> None:
    with serving(SERVERS["ollama"]) as server:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
        own = Endpoint.objects.filter(provider__slug="ollama")
        own.update(catalog_base_url=f"http://localhost:{server.port}/v1")
        provider, count = add_found(server.place, "somebody")

    assert (provider.slug, count) == ("ollama", 1)
    assert ChatModel.objects.filter(provider=provider, model_id="qwen3:8b", source="listed").exists()
    assert not Provider.objects.filter(slug__startswith="ollama-").exists()


def test_the_catalogs_own_row_moves_to_another_host_of_the_same_port(settings: Any) -> None:
    with serving(SERVERS["vllm"]) as server:
        Endpoint.objects.filter(provider__slug="vllm").update(catalog_base_url=f"http://gpu.lan:{server.port}/v1")
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
        provider, _ = add_found(server.place, "somebody")

    assert provider.slug == "vllm"
    assert {row.host_port for row in provider.endpoints.all()} == {server.place}
    assert all(row.allow_private for row in provider.endpoints.all())
    assert AuditEntry.objects.filter(action="host changed", subject="provider vllm").exists()


def test_a_provider_of_ones_own_is_recognised_and_keeps_its_key(settings: Any, master_key: str) -> None:
    with serving({"/v1/models": listed("new-one")}) as server:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
        mine = make_provider("mine", f"http://localhost:{server.port}/v1")
        row = stored(mine)
        (found,) = look_for_servers("somebody")
        provider, count = add_found(server.place, "somebody")

    assert (found.provider, found.missing) == ("mine", 1)
    assert (provider, count) == (mine, 1)
    assert ApiKey.objects.get(pk=row.pk).ciphertext
    assert not any("Authorization" in headers for headers in server.headers), "looking shows nobody a key"


def test_two_of_a_kind(settings: Any) -> None:
    with serving(SERVERS["vllm"]) as one, serving({"/v1/models": listed("x")}) as other:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [one.port, other.port]
        Provider.objects.create(slug=f"local-{other.port}", name="taken", spec_data={})
        slugs = [add_found(server.place, "somebody")[0].slug for server in (one, other)]

    assert slugs == [f"vllm-{one.port}", f"local-{other.port}-2"]


@pytest.mark.parametrize("place", ["169.254.169.254:80", "127.0.0.1:22", "example.com:443", "", "127.0.0.1"])
def test_a_request_names_no_place_of_its_own(servers: Servers, place: str) -> None:
    with pytest.raises(SetupError, match="DISCOVERY_HOSTS"):
        add_found(place, "somebody")


def test_one_that_has_gone_meanwhile(settings: Any) -> None:
    with serving(SERVERS["tgi"]) as server:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
    with pytest.raises(SetupError, match="no model server"):
        add_found(server.place, "somebody")
    assert not Provider.objects.filter(slug__startswith="tgi-").exists()
