"""Keys follow their hosts: stored for those of the moment, wiped when one goes."""

import pytest

from providers import custody, vault
from providers.contract.secret import Secret
from providers.models import ApiKey, AuditEntry, Endpoint, Provider
from tests.providers.key_fixtures import KEY, stored
from tests.providers.listener import Listener

pytestmark = pytest.mark.database


def actions(acme: Provider) -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_new_key_is_bound_to_the_hosts_of_the_moment(acme: Provider, master_key: str, old_host: Listener) -> None:
    row = ApiKey.objects.get(pk=stored(acme).pk)
    assert row.hosts == [old_host.origin]
    assert (row.last_four, row.fingerprint) == ("WXYZ", vault.fingerprint(Secret(KEY)))
    assert row.rotated_at is None
    assert vault.open_sealed(row).reveal() == KEY
    assert actions(acme) == ["created"]


def test_rotation_replaces_and_is_remembered(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    before = row.ciphertext
    custody.store_key(row, Secret("short-new-key"), "else")
    again = ApiKey.objects.get(pk=row.pk)
    assert again.ciphertext != before
    assert again.last_four == ""
    assert again.rotated_at is not None
    assert actions(acme) == ["created", "rotated"]
    assert AuditEntry.objects.order_by("-pk")[0].actor == "else"


def test_no_key_without_a_host(acme: Provider, master_key: str) -> None:
    acme.endpoints.update(base_url="https://{resource}.example.com")
    with pytest.raises(custody.NoHost, match="base URL"):
        stored(acme)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("url", ["https://127.0.0.1:{port}/v1", "http://127.0.0.1:1/v1", "http://localhost:{port}/v1"])
def test_scheme_host_and_port_each_count(acme: Provider, master_key: str, old_host: Listener, url: str) -> None:
    row = stored(acme)
    before = custody.origins_of(acme)
    acme.endpoints.update(base_url=url.format(port=old_host.server_address[1]))
    assert [key.pk for key in custody.settle_hosts(acme, before, "somebody")] == [row.pk]
    row.refresh_from_db()
    assert (row.ciphertext, row.fingerprint, row.last_four, row.hosts) == ("", "", "", [])
    assert actions(acme) == ["created", "host changed", "wiped"]


def test_another_path_keeps_the_key(acme: Provider, master_key: str, old_host: Listener) -> None:
    row = stored(acme)
    before = custody.origins_of(acme)
    acme.endpoints.update(base_url=f"{old_host.origin}/other")
    assert custody.settle_hosts(acme, before, "somebody") == []
    row.refresh_from_db()
    assert row.ciphertext
    assert actions(acme) == ["created"]


def test_an_added_host_gets_no_key_and_a_removed_one_takes_its_keys(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    before = custody.origins_of(acme)
    Endpoint.objects.create(provider=acme, protocol="openai_responses", base_url="https://b.example")
    assert custody.settle_hosts(acme, before, "somebody") == []
    row.refresh_from_db()
    assert "https://b.example:443" not in row.hosts
    before = custody.origins_of(acme)
    acme.endpoints.filter(protocol="openai_chat").delete()
    assert len(custody.settle_hosts(acme, before, "somebody")) == 1


def test_equal_keys_are_found(acme: Provider, master_key: str) -> None:
    first, second = stored(acme), stored(acme)
    stored(acme, "another-key")
    assert custody.equal_keys(second) == [first]
    assert custody.equal_keys(ApiKey(provider=acme)) == []
