"""Nothing that signs anybody in and no key comes out of a log line or an error report."""

import io
import logging
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.views.decorators.debug import sensitive_variables

from compare_site.log_scrub import MASK, SafeReporter, SafeReports, ScrubFilter, is_secret_name, scrub

TOKEN = "Zm9vYmFy-Zm9vYmFy_Zm9vYmFyZm9vYmFy"
HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
SHAPES = [
    "sk-proj-abcDEF0123456789abcDEF0123456789",
    "sk-ant-api03-abcDEF0123456789-abcDEF_0123456789AA",
    "AIzaSyA0123456789abcdefghijklmnopqrstuv",
    "gsk_abcDEF0123456789abcDEF0123456789",
    "xai-abcDEF0123456789abcDEF0123456789",
    "hf_abcDEFghijklmnopqrstuvwxyzABCDEF",
    "AKIAIOSFODNN7EXAMPLE",
    "nvapi-abcDEF0123456789abcDEF0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop",
]
NAMED = [
    f"api_key={HEX}",
    f"x-api-key: {HEX}",
    f"{{'api_key': '{HEX}', 'a': 1}}",
    f'{{"apiKey": "{HEX}"}}',
    f'{{\\"api_key\\": \\"{HEX}\\"}}',
    f"GET /v1/models?key={HEX}&x=1",
    f"Authorization: Bearer {HEX}",
    f"headers=[(b'authorization', b'Bearer {HEX}')]",
    f"('x-goog-api-key', '{HEX}')",
    f"redis://:{HEX}@cache:6379/0",
    f"postgres://touchstone:{HEX}@db/touchstone",
    f"Basic {HEX}",
    f"/s/{HEX}",
    f'"GET /accounts/link/{HEX}/ HTTP/1.1"',
    f"Set-Cookie: touchstone_session={HEX}; HttpOnly",
    f"&#x27;password&#x27;: &#x27;{HEX}&#x27;",
    f'"private_key": "-----BEGIN PRIVATE KEY-----\\n{HEX}\\n-----END PRIVATE KEY-----\\n"',
    f"-----BEGIN RSA PRIVATE KEY-----\n{HEX}\n",
]
HARMLESS = [
    "turn 0123456789abcdef0123456789abcdef: 32 runs",
    '127.0.0.1:40000 - - "GET /c/0123456789abcdef0123456789abcdef/" 200 5120',
    "the key, which was refused, belongs to another host",
    "a task-runner and a risk-assessment",
    "no key is stored for provider openai",
    "TypeError: unsupported operand type(s)",
    "basic settings apply",
]


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("around", ["{}", "said: {}", '"{}"', "https://h/?x={}&y=1", "<b>{}</b>"])
def test_what_has_the_shape_of_a_key_is_masked(secret: str, around: str) -> None:
    assert secret not in scrub(around.format(secret))
    assert MASK in scrub(around.format(secret))


@pytest.mark.parametrize("text", NAMED)
def test_what_stands_under_a_secret_name_is_masked(text: str) -> None:
    assert HEX not in scrub(text)
    assert HEX not in scrub(scrub(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("api_key", True),
        ("APIKEY", True),
        ("HTTP_AUTHORIZATION", True),
        ("csrfmiddlewaretoken", True),
        ("password1", True),
        ("new_password", True),
        ("share_0123", True),
        ("SECRET_KEY", True),
        ("DATABASE_DSN", True),
        ("key", True),
        ("monkey", False),
        ("title", False),
        (3, False),
    ],
)
def test_names(name: object, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger whose handler has the filter, and what it wrote."""
    logger, written = logging.getLogger("tests.security.scrub"), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(ScrubFilter())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, written
    logger.removeHandler(handler)


def fail(error: Exception) -> NoReturn:
    """Raise it, one frame deeper."""
    raise error


class Headers(dict[str, str]):
    """Something that prints itself."""

    def __repr__(self) -> str:
        return f"Headers({super().__repr__()})"


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"refused {SHAPES[0]}", ()),
        ("refused %s", (SHAPES[0],)),
        ("refused %r for %d", (SHAPES[0], 7)),
        ("Bearer %s", (HEX,)),
        ("api_key=%s", (HEX,)),
        ("%(api_key)s of %(who)s", ({"api_key": HEX, "who": "alice"},)),
        ("sent %s", (Headers({"x-api-key": HEX}),)),
        ("sent %s", (ValueError(f"authorization: {HEX}"),)),
        ("sent %s", (f"api_key={HEX}".encode(),)),
        ("too many %s", (HEX, SHAPES[0])),
    ],
)
def test_messages_and_arguments(log: Any, message: str, arguments: tuple[Any, ...]) -> None:
    logger, written = log
    logger.warning(message, *arguments)
    assert written.getvalue().startswith("WARNING ")
    assert HEX not in written.getvalue()
    assert SHAPES[0] not in written.getvalue()


def test_numbers_and_harmless_arguments_are_kept(log: Any) -> None:
    logger, written = log
    logger.info("%s took %d ms, %.1f %%", "run", 12, 3.14)
    assert written.getvalue() == "INFO run took 12 ms, 3.1 %\n"


def test_tracebacks_and_stacks(log: Any) -> None:
    logger, written = log
    try:
        fail(RuntimeError(f"provider said: invalid key {SHAPES[1]}"))
    except RuntimeError:
        logger.exception("failed", stack_info=True)
    assert "RuntimeError: provider said: invalid key ***" in written.getvalue()
    assert SHAPES[1] not in written.getvalue()


def test_extra_fields(log: Any) -> None:
    logger, written = log
    logger.handlers[0].setFormatter(logging.Formatter("%(message)s %(address)s %(api_key)s"))
    logger.info("asked", extra={"address": f"https://h/?key={HEX}", "api_key": HEX})
    assert written.getvalue() == f"asked https://h/?key={MASK} {MASK}\n"


def test_long_lines_do_not_take_long(log: Any) -> None:
    logger, written = log
    for piece in ("a-", "key", "-----BEGIN PRIVATE KEY-----", "://a:", "Bearer ", "sk-"):
        logger.info(piece * (200_000 // len(piece)))
    assert written.tell()


def _report(settings_debug: bool, kind: str, request: Any = None) -> str:
    api_key, innocent = HEX, {"api_key": HEX, "line": f"Bearer {HEX}"}
    try:
        fail(ValueError(f"the provider refused {SHAPES[2]} with {len(api_key) + len(innocent)}"))
    except ValueError:
        reporter = SafeReporter(request, *sys.exc_info())
        return reporter.get_traceback_html() if kind == "html" else reporter.get_traceback_text()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("kind", ["html", "text"])
def test_error_reports(settings: Any, debug: bool, kind: str) -> None:
    settings.DEBUG = debug
    settings.SERVICE_CONNECTION = f"redis://:{HEX}@cache:6379/0"
    settings.UPSTREAM = {"api_key": HEX, "nested": [{"TOKEN": HEX}]}
    other = "Qx7-odd\"chars'&<>-0123456789"
    request = RequestFactory().post(
        f"/s/{HEX}?token={HEX}",
        {"api_key": other, "label": f"mine is {SHAPES[0]}", "colour": "green", "echo": f"again {other}"},
        headers={"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "10.0.0.1"},
    )
    request.COOKIES = {settings.SESSION_COOKIE_NAME: "s" * 32, f"share_{'a' * 32}": "f" * 64, "theme": "dark"}
    assert request.POST["colour"] == "green"
    report = _report(debug, kind, request)
    for secret in (HEX, TOKEN, other, "Qx7-odd", *SHAPES[:3], "s" * 32, "f" * 64):
        assert secret not in report, secret
    assert "green" in report
    assert "ValueError" in report


@pytest.mark.parametrize("debug", [False, True])
def test_sensitive_variables_hold_with_debug_too(settings: Any, debug: bool) -> None:
    settings.DEBUG = debug

    @sensitive_variables()
    def open_it() -> None:
        value = "-".join(["plain", "words", "of", "nobody"])
        raise ValueError(len(value))

    try:
        open_it()
    except ValueError:
        report = SafeReporter(None, *sys.exc_info()).get_traceback_html()
    assert "open_it" in report
    assert "-".join(("plain", "words")) not in report
    assert SafeReports().is_active(None)


def test_the_site_uses_them() -> None:
    assert settings.DEFAULT_EXCEPTION_REPORTER_FILTER == "compare_site.log_scrub.SafeReports"
    assert settings.DEFAULT_EXCEPTION_REPORTER == "compare_site.log_scrub.SafeReporter"
    filters = settings.LOGGING["filters"]
    for name, handler in settings.LOGGING["handlers"].items():
        used = [filters[each]["()"] for each in handler.get("filters", ())]
        assert "compare_site.log_scrub.ScrubFilter" in used, name
