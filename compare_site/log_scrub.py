"""Removes secrets from logs and error reports: by their shape, by the name they stand under, by what the request sent.

A second line of defence: code that handles keys does not log them. This is for what nobody thought of: a provider that
echoes a key in its error, a library that prints its headers, a traceback that shows its locals.
"""

import html
import logging
import re
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

MASK = "***"
_NAMES_BEFORE_VALUES = (
    r"(?:[a-z0-9]+[_-]){0,6}(?:(?:api|access|auth|private|secret|signing|master|session|subscription)[_-]?keys?"
    r"|token|secret|password|passwd|passphrase|credentials?|csrf|sessionid|session|signature)"
    r"|authorization|proxy-authorization|cookie|set-cookie|sig|key"
)
_QUOTE = r"(?:\\?[\"']|&quot;|&#x27;|&#39;)"
_NAME = re.compile(
    r"api_?key|auth|token|secret|pass(?:word|wd|phrase)?\d?$|signature|cookie|credential|csrf|dsn|session|private_?key"
    r"|(?:^|_)key$|^share_",
    re.IGNORECASE,
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(/s/|/accounts/(?:link|invitation)/)[^/\s\"'?<>&]+"), rf"\1{MASK}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"\b(bearer\s+)[\w.~+/=:-]{8,}|\b(basic\s+)[\w+/=]{12,}", re.IGNORECASE), rf"\1\2{MASK}"),
    (re.compile(r"(://[^/\s:@\"']*:)[^/\s@\"']+@"), rf"\1{MASK}@"),
    (
        # name: value, name=value, "name": "value", 'name': b'value', with or without escaped quotes
        re.compile(
            rf"(?<![\w-])((?:{_NAMES_BEFORE_VALUES})(?:{_QUOTE}?\s*[:=]\s*b?{_QUOTE}?|{_QUOTE},\s*b?{_QUOTE}))"
            r"(?!(?:None|null|true|false|\*\*\*)\b)[^\s\"'\\,;&<>()\[\]{}]{6,}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"\b(?:sk-|sk_|rk_|gsk_|xai-|hf_|nvapi-|pplx-|r8_|fw_|csk-|key-|tgp_v1_|ghp_|glpat-|AQVN|ya29\.|eyJ)"
            r"[\w.+/=-]{12,}|\bAIza[\w-]{20,}|\bA[KS]IA[0-9A-Z]{16}\b"
        ),
        MASK,
    ),
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def scrub(text: str) -> str:
    """``text`` without tokens in addresses, without what has the shape of a key, and without values of secret names."""
    text = str(text)  # a lazy string passes for one until a regular expression meets it
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def is_secret_name(name: object) -> bool:
    """Whether what stands under this name is better not shown."""
    return isinstance(name, str) and _NAME.search(name) is not None


class ScrubFilter(logging.Filter):
    """Scrubs records before any handler sees them: message, arguments, extra fields and the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.msg = scrub(record.msg) if isinstance(record.msg, str) else record.msg
        record.args = _clean_args(record.args)
        self._join_if_needed(record)
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, str):
                setattr(record, name, MASK if is_secret_name(name) else scrub(value))
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrub(record.exc_text or logging.Formatter().formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True

    def _join_if_needed(self, record: logging.LogRecord) -> None:
        """A secret may show only when message and arguments meet: ``"Bearer %s"``."""
        try:
            whole = record.getMessage()
        except Exception as error:
            # Logging would report a wrong format with the raw arguments.
            record.msg, record.args = f"{record.msg} [arguments left out: {type(error).__name__}]", ()
            return
        if (clean := scrub(whole)) != whole:
            record.msg, record.args = clean, ()


def _clean_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {name: MASK if is_secret_name(name) else _clean_arg(value) for name, value in args.items()}
    if isinstance(args, tuple):
        return tuple(_clean_arg(value) for value in args)
    return args


def _clean_arg(value: Any) -> Any:
    """Numbers stay what they are, for ``%d``; anything else is scrubbed as the text that it prints as."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return scrub(value)
    text, shown = str(value), repr(value)
    return value if scrub(text) == text and scrub(shown) == shown else scrub(text)


class SafeReports(SafeExceptionReporterFilter):
    """Hides locals, form fields, headers and settings whose name or value looks like a secret, DEBUG or not."""

    cleansed_substitute = MASK
    hidden_settings = _NAME

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: the page of DEBUG is read over shoulders and pasted into chats."""
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """Settings, headers and cookies."""
        cleansed = super().cleanse_setting(key, value)
        return scrub(cleansed) if isinstance(cleansed, str) else cleansed

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """The fields of the form that was sent."""
        return self._cleansed(super().get_post_parameters(request))

    def get_cleansed_multivaluedict(self, request: HttpRequest, multivaluedict: QueryDict) -> Any:
        """The same where a local variable holds the fields."""
        return self._cleansed(super().get_cleansed_multivaluedict(request, multivaluedict))

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        """Local variables. Django has hidden what ``sensitive_variables`` names."""
        shown = super().get_traceback_frame_variables(request, tb_frame)
        return {name: MASK if is_secret_name(name) else value for name, value in shown}.items()

    def _cleansed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: MASK if is_secret_name(name) else scrub(value) if isinstance(value, str) else value
            for name, value in fields.items()
        }


class SafeReporter(ExceptionReporter):
    """The finished report once more as a whole: what the request sent as a secret is nowhere in it."""

    def get_traceback_html(self) -> SafeString:
        """The technical page of DEBUG, and the HTML part of a mail."""
        return self._clean(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        """The text of a mail."""
        return self._clean(super().get_traceback_text())

    def _clean(self, report: str) -> SafeString:
        for secret in sorted(set(_secrets_of(self.request)), key=len, reverse=True):
            shown = repr(secret)[1:-1]
            for spelling in {secret, shown, html.escape(secret), html.escape(shown)}:
                report = report.replace(spelling, MASK)
        return mark_safe(scrub(report))  # noqa: S308 - Django has escaped it, masks hold nothing to escape


def _secrets_of(request: HttpRequest | None, shortest: int = 6) -> Iterator[str]:
    """The values that a request carried under secret names."""
    if request is None:
        return
    cookies = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    found = [value for name, value in request.COOKIES.items() if name in cookies or is_secret_name(name)]
    found += [str(value) for name, value in request.META.items() if name.startswith("HTTP_") and is_secret_name(name)]
    for fields in (request.GET, _sent_fields(request)):
        found += [value for name in fields if is_secret_name(name) for value in fields.getlist(name)]
    for value in found:
        for part in {value, *value.split()}:
            if len(part) >= shortest and part.lower() not in {"bearer", "basic"}:
                yield part


def _sent_fields(request: HttpRequest) -> Any:
    """The form, if somebody has parsed it already: reading it here could raise again."""
    return vars(request).get("_post") or QueryDict()
