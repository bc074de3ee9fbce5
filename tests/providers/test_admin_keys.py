"""Keys in Django admin, at its doors: added, tested, rotated, switched off, deleted; never shown, never misdirected."""

import sys
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.signals import got_request_exception
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from providers import vault
from providers.models import ApiKey, AuditEntry, Provider
from providers.resolve import resolve
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import KEY, make_provider, stored
from tests.providers.listener import Listener

pytestmark = pytest.mark.database

ROTATED = "sk-live-the-rotated-one-0123456789-NEWW"


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("actor", "action"))


def everything_shown(client: Client) -> str:
    """Every admin page that a key could be on."""
    urls = [reverse(f"{name}_changelist") for name in (pages.KEYS, pages.PROVIDERS, pages.AUDIT)]
    for row in ApiKey.objects.all():
        urls += [reverse(f"{pages.KEYS}_{page}", args=(row.pk,)) for page in ("change", "history", "delete")]
        urls.append(reverse(f"{pages.PROVIDERS}_change", args=(row.provider_id,)))
    urls.append(reverse("admin:index"))
    return "\n".join(client.get(url).content.decode() for url in urls)


def test_a_key_is_added_and_never_shown_again(
    signed_in: Client, acme: Provider, master_key: str, admin: Any, old_host: Listener
) -> None:
    response = pages.add_key(signed_in, acme, f" {KEY} ")
    assert response.status_code == 302
    row = ApiKey.objects.get()
    assert (row.created_by, row.last_four, row.hosts) == (admin, "WXYZ", [old_host.origin])
    assert vault.open_sealed(row).reveal() == KEY
    page = signed_in.get(reverse(f"{pages.KEYS}_change", args=(row.pk,))).content.decode()
    assert "WXYZ" in page
    assert row.fingerprint[:16] in page
    assert old_host.origin in page
    shown = everything_shown(signed_in)
    for hidden in (KEY, KEY[:20], row.ciphertext.rsplit(":", 1)[1], row.ciphertext[:40], row.fingerprint):
        assert hidden not in shown
    assert actions() == [("admin", "created")]
    assert KEY not in "".join(LogEntry.objects.values_list("change_message", flat=True))
    assert old_host.received == []


def test_a_key_cannot_be_searched_for(signed_in: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    for text in (KEY, row.fingerprint, row.ciphertext[-20:], "WXYZ"):
        page = signed_in.get(reverse(f"{pages.KEYS}_changelist"), {"q": text}).content.decode()
        assert "0 API keys" in page
    for lookup in ("ciphertext__startswith", "fingerprint", "last_four", "hosts__contains"):
        response = signed_in.get(reverse(f"{pages.KEYS}_changelist"), {lookup: "v1"})
        assert response.status_code in {302, 400}


@pytest.mark.parametrize("text", ["", "two words", "k\nk", "schlüssel", "k" * 5000])
def test_what_is_no_key_is_refused_without_an_echo(
    signed_in: Client, acme: Provider, master_key: str, text: str
) -> None:
    response = pages.add_key(signed_in, acme, text)
    assert response.status_code == 200
    assert not text or text not in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_good_key_passes_its_test_and_a_bad_one_does_not(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener
) -> None:
    row = stored(acme)
    old_host.accepts = KEY
    response = pages.run_action(signed_in, pages.KEYS, "test_keys", row.pk)
    assert "main (…WXYZ) works: the provider lists 2 models." in pages.told(response)
    assert f"Bearer {KEY}".encode() in old_host.bytes
    old_host.accepts = "another"
    response = pages.run_action(signed_in, pages.KEYS, "test_keys", row.pk)
    message = pages.told(response)
    assert "does not work" in message
    assert KEY not in message
    row.refresh_from_db()
    assert row.last_error == "authentication"
    assert actions()[1:] == [("admin", "tested"), ("admin", "tested")]
    assert KEY not in everything_shown(signed_in)


def test_save_and_test_in_one_go(signed_in: Client, acme: Provider, master_key: str, old_host: Listener) -> None:
    page = signed_in.get(reverse(f"{pages.KEYS}_add")).content.decode()
    assert 'name="_test"' in page
    old_host.accepts = KEY
    response = pages.add_key(signed_in, acme, KEY, _test="1")
    assert response["Location"] == reverse(f"{pages.KEYS}_change", args=(ApiKey.objects.get().pk,))
    assert "works" in pages.told(response)


def test_rotation_is_entering_a_new_one(signed_in: Client, acme: Provider, master_key: str, old_host: Listener) -> None:
    row = stored(acme)
    pages.change_key(signed_in, row, credential=ROTATED, _test="1")
    row.refresh_from_db()
    assert vault.open_sealed(row).reveal() == ROTATED
    assert row.last_four == "NEWW"
    assert row.rotated_at is not None
    assert KEY.encode() not in old_host.bytes
    assert ROTATED.encode() in old_host.bytes
    assert ("admin", "rotated") in actions()


def test_an_empty_field_keeps_the_key(signed_in: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    before = row.ciphertext
    pages.change_key(signed_in, row, label="renamed")
    row.refresh_from_db()
    assert (row.label, row.ciphertext, row.rotated_at) == ("renamed", before, None)
    assert actions()[-1] == ("admin", "changed")


def test_a_wipe_is_not_undone_by_a_form_that_was_open(signed_in: Client, acme: Provider, master_key: str) -> None:
    """Somebody moves the provider between the moment the form reads the row and the moment it saves it."""
    row = stored(acme)

    def wipe(**kwargs: Any) -> None:
        ApiKey.objects.update(ciphertext="", hosts=[])

    pre_save.connect(wipe, sender=ApiKey)
    try:
        pages.change_key(signed_in, row, label="renamed")
    finally:
        pre_save.disconnect(wipe, sender=ApiKey)
    row.refresh_from_db()
    assert (row.label, row.ciphertext, row.hosts) == ("renamed", "", [])


def test_switching_off_and_deleting(signed_in: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    pages.change_key(signed_in, row, enabled="")
    row.refresh_from_db()
    assert not row.enabled
    signed_in.post(reverse(f"{pages.KEYS}_delete", args=(row.pk,)), {"post": "yes"})
    second = stored(acme)
    data = {"action": "delete_selected", "_selected_action": second.pk, "post": "yes"}
    signed_in.post(reverse(f"{pages.KEYS}_changelist"), data)
    assert not ApiKey.objects.exists()
    assert [action for actor, action in actions() if actor == "admin"] == ["disabled", "deleted", "deleted"]


def test_the_same_key_twice_is_told(signed_in: Client, acme: Provider, master_key: str) -> None:
    stored(acme)
    assert "second time" in pages.told(pages.add_key(signed_in, acme, KEY))


def test_the_form_follows_the_kind_of_credential(signed_in: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    url = reverse(f"{pages.KEYS}_change", args=(row.pk,))
    assert 'type="password"' in signed_in.get(url).content.decode()
    acme.spec_data["auth"] = {"kind": "none"}
    acme.save()
    page = signed_in.get(url).content.decode()
    assert 'type="password"' not in page
    assert "takes no key" in page
    signed_in.post(url, {"label": "x", "enabled": "on", "credential": ROTATED})
    row.refresh_from_db()
    assert vault.open_sealed(row).reveal() == KEY
    assert resolve("acme/m").credential is None


def test_a_provider_of_the_url_is_preselected(signed_in: Client, acme: Provider) -> None:
    page = signed_in.get(reverse(f"{pages.KEYS}_add") + f"?provider={acme.pk}").content.decode()
    assert f'<option value="{acme.pk}" selected>' in page
    assert "Demo (simulated)" not in page


def test_a_key_does_not_move_to_another_provider(
    signed_in: Client, acme: Provider, master_key: str, new_host: Listener
) -> None:
    row = stored(acme)
    evil = make_provider("evil", new_host.base_url)
    pages.change_key(signed_in, row, provider=evil.pk)
    row.refresh_from_db()
    assert row.provider == acme


def test_an_error_page_holds_no_key(signed_in: Client, acme: Provider, master_key: str, settings: Any) -> None:
    """A database that fails in the middle of saving: neither report of Django shows what was typed.

    With Django's own filter, so that the views are safe by themselves, whatever else the site filters.
    """
    settings.DEBUG = False
    reports: list[str] = []

    def report(request: Any, **kwargs: Any) -> None:
        request.exception_reporter_filter = SafeExceptionReporterFilter()
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))

    got_request_exception.connect(report)
    signed_in.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE providers_auditentry RENAME TO away")
    try:
        response = pages.add_key(signed_in, acme, KEY)
    finally:
        got_request_exception.disconnect(report)
        connection.set_rollback(True)
    assert response.status_code == 500
    assert len(reports) == 2
    for text in (*reports, response.content.decode()):
        assert KEY not in text
        assert KEY[:16] not in text


MINE = {"view": "view_apikey", "add": "add_apikey", "change": "change_apikey", "delete": "delete_apikey"}


def test_staff_may_what_they_may(client: Client, acme: Provider, master_key: str, old_host: Listener) -> None:
    """Each page and forged POST, for each single permission: only the one that allows it changes anything."""
    row = stored(acme)
    for have in (None, *MINE):
        user = pages.staff(*([MINE[have]] if have else []))
        client.force_login(user)
        _try_everything(client, acme, row, have)
        assert ApiKey.objects.filter(pk=row.pk).exists() == (have != "delete")
        user.delete()
    assert old_host.received == []


def _try_everything(client: Client, acme: Provider, row: ApiKey, have: str | None) -> None:
    before = row.ciphertext
    change = reverse(f"{pages.KEYS}_change", args=(row.pk,))
    assert client.get(change).status_code == (200 if have in {"view", "change"} else 403)
    assert client.get(reverse(f"{pages.KEYS}_add")).status_code == (200 if have == "add" else 403)
    added = pages.add_key(client, acme, "a-key-that-was-forged-perhaps")
    assert added.status_code == (302 if have == "add" else 403)
    ApiKey.objects.exclude(pk=row.pk).delete()
    if have != "change":
        assert pages.change_key(client, row, credential=ROTATED, _test="1").status_code == 403
        pages.run_action(client, pages.KEYS, "test_keys", row.pk)
        row.refresh_from_db()
        assert row.ciphertext == before
    deleted = client.post(reverse(f"{pages.KEYS}_delete", args=(row.pk,)), {"post": "yes"})
    assert deleted.status_code == (302 if have == "delete" else 403)


def test_no_one_signed_in_gets_nothing(client: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    for page in ("change", "delete", "history"):
        assert client.get(reverse(f"{pages.KEYS}_{page}", args=(row.pk,))).status_code == 302
    assert pages.change_key(client, row, credential=ROTATED).status_code == 302
    assert vault.open_sealed(ApiKey.objects.select_related("provider").get()).reveal() == KEY
