"""What an error shows: to the visitor, to a developer with DEBUG, in the mail to administrators and in the log."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.log import AdminEmailHandler
from django.views import debug
from django.views.debug import ExceptionReporter

from compare_site.log_scrub import ScrubFilter
from providers.admin import keys as keys_admin
from providers.models import Provider
from tests.security.canary.keys import Scanner, shapes
from tests.security.matrix.people import World

KEYS = shapes()
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def reports(settings: Any) -> Iterator[io.StringIO]:
    """Mails with HTML to an administrator, and a log with tracebacks."""
    settings.ADMINS = [("Admin", "admin@touchstone.example")]
    written = io.StringIO()
    handlers = [AdminEmailHandler(include_html=True), AdminEmailHandler(), logging.StreamHandler(written)]
    logger = logging.getLogger("django.request")
    for handler in handlers:
        handler.addFilter(ScrubFilter())
        logger.addHandler(handler)
    yield written
    for handler in handlers:
        logger.removeHandler(handler)
        handler.close()


def scan(response: Any, written: io.StringIO) -> Scanner:
    """Everything that this error left. It is taken away, so that the next one is not looked for in it."""
    scanner = Scanner(KEYS)
    scanner.scan("error page", str(response.status_code), response.content)
    for message in mail.outbox:
        scanner.scan("mail", message.subject, message.message().as_bytes() + message.body.encode())
        for content, _kind in message.alternatives:
            scanner.scan("mail", "html", str(content).encode())
    scanner.scan("log", "", written.getvalue().encode())
    mail.outbox.clear()
    written.seek(0)
    written.truncate()
    return scanner


@pytest.mark.parametrize(
    ("field", "debugging"),
    [("credential", False), ("api_key", True), ("x-api-key", False), ("token", True), ("password", False)],
)
def test_a_view_that_fails_with_a_key_in_its_form(
    settings: Any, everybody: World, reports: io.StringIO, field: str, debugging: bool
) -> None:
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    settings.DEBUG = debugging
    for key in KEYS.values():
        response = everybody.client("admin").post("/fails/", {field: key, "api_key": key, "label": "mine"})
        assert response.status_code == 500
        assert len(mail.outbox) >= 2  # and Django's own, without DEBUG
        assert "ZeroDivisionError" in mail.outbox[0].body
        scanner = scan(response, reports)
        assert scanner.hits == []
        assert len(scanner.artefacts) == 3


@pytest.mark.parametrize("debugging", [False, True])
def test_the_admin_form_of_keys_that_fails(
    settings: Any, everybody: World, reports: io.StringIO, monkeypatch: pytest.MonkeyPatch, debugging: bool
) -> None:
    """The place where a key is in clear for a moment."""
    settings.DEBUG = debugging

    def fails(row: Any, credential: Any, actor: str) -> None:
        plain = credential.reveal()
        raise RuntimeError(f"the vault is on fire: {len(plain)}")

    monkeypatch.setattr(keys_admin, "store_key", fails)
    monkeypatch.setattr("providers.vault.fingerprint", lambda credential: "0" * 64)
    provider = str(Provider.objects.get(slug="acme").pk)
    for key in KEYS.values():
        form = {"provider": provider, "label": "mine", "credential": key, "enabled": "on"}
        response = everybody.client("admin").post("/admin/providers/apikey/add/", form)
        assert response.status_code == 500, response.content[:300]
        assert scan(response, reports).hits == []


@pytest.mark.parametrize("debugging", [False, True])
def test_a_key_in_an_address_or_header(settings: Any, everybody: World, reports: io.StringIO, debugging: bool) -> None:
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    settings.DEBUG = debugging
    for key in KEYS.values():
        headers = {"Authorization": f"Bearer {key}", "X-Api-Key": key}
        response = Client(raise_request_exception=False).get("/fails/", {"api_key": key}, headers=headers)
        assert response.status_code == 500
        assert scan(response, reports).hits == []


def test_the_same_without_the_safe_reporter_leaks(settings: Any, everybody: World, reports: io.StringIO) -> None:
    """The control: Django's own reporter shows it, and the scanner sees it."""
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    settings.DEBUG = True
    settings.DEFAULT_EXCEPTION_REPORTER = f"{ExceptionReporter.__module__}.{ExceptionReporter.__name__}"
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = "django.views.debug.SafeExceptionReporterFilter"
    debug.get_default_exception_reporter_filter.cache_clear()
    try:
        response = everybody.client("admin").post("/fails/", {"api_key": KEYS["hex"]})
        assert {hit.kind for hit in scan(response, reports).hits} == {"error page"}
    finally:
        debug.get_default_exception_reporter_filter.cache_clear()
