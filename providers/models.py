"""Providers, endpoints, chat models, API keys and the audit, as rows.

The catalog is synced to rows at start: catalog columns plus nullable overrides of an administrator. Methods here
concern one row; work on several rows lives in ``resolve`` and ``forms``.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.audit_rows import ACTIONS, AuditEntry
from providers.contract.errors import SetupError
from providers.contract.spec import ProviderSpec
from providers.contract.statements import Known, Source, strongest, with_statements, without_source
from providers.contract.templates import fill, values_of
from providers.group_rows import Deployment, ModelGroup
from providers.key_rows import KeyUse
from providers.transport.addresses import is_public
from providers.transport.origin import parse_origin

__all__ = [
    "ACTIONS",
    "CAPABILITIES",
    "PRICES",
    "PROTOCOL_WORDS",
    "ApiKey",
    "AuditEntry",
    "ChatModel",
    "Deployment",
    "Endpoint",
    "KeyUse",
    "ModelGroup",
    "Provider",
    "check_model_id",
]
LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
CAPABILITIES = (
    "tools",
    "structured_output",
    "json_mode",
    "local",
    "image_input",
    "audio_input",
    "video_input",
    "pdf_input",
    "logprobs",
    "reasoning",
)
FACTS = ("context_window", "prices")
"""What else than capabilities several may make statements about."""
PRICES = ("input", "output", "cache_read", "cache_creation", "web_searches")
"""USD per million tokens; the last per thousand."""
SOURCES = (("catalog", _("catalog")), ("listed", _("listed")), ("typed", _("typed")))
REFUSED = "authentication"
"""The last error of a key that its provider does not know (any more)."""
STRAIGHT = "direct"
"""The proxy of a provider that is reached without the one of the site."""
PROTOCOL_WORDS = {"chat": "openai_chat", "responses": "openai_responses", "messages": "anthropic_messages"}
"""What people call the protocols that one provider may speak side by side."""


def check_model_id(text: str) -> None:
    """Any model id can be typed; it must only be printable and not begin or end with white space."""
    if not text or text != text.strip() or not text.isprintable():
        raise ValidationError(_("A model id is printable and neither begins nor ends with white space."))
    if len(text) > 300:
        raise ValidationError(_("A model id has at most 300 characters."))


@lru_cache(maxsize=1024)
def _spec_of(data: str) -> ProviderSpec:
    """Frozen, so that all may share it: reading it takes a millisecond, and a turn asks for it many times."""
    return ProviderSpec.model_validate_json(data)


class Provider(models.Model):
    """Whom one talks to. ``spec`` is the catalog entry (or what an administrator typed) as JSON."""

    slug = models.SlugField(_("slug"), max_length=63, unique=True)
    name = models.CharField(_("name"), max_length=120)
    spec_data = models.JSONField(_("facts"), default=dict)
    from_catalog = models.BooleanField(_("from the catalog"), default=False, editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    account = models.JSONField(_("account"), default=dict, editable=False)
    """What an administrator has said for the settings of the facts: region, project, resource ..."""
    proxy = models.CharField(_("proxy"), max_length=300, blank=True, default="")
    """Empty: the site's. STRAIGHT: none. Else a URL, without a login in it."""
    proxy_login = models.TextField(editable=False, blank=True, default="", serialize=False)
    """The login for ``proxy``, encrypted and bound to it; ``providers.custody`` is the only one to touch it."""
    limits = models.JSONField(_("limits"), default=dict, editable=False)
    """Those of ``RateLimits`` that an administrator has set; the catalog's hold for the others."""
    overrides = models.JSONField(default=list, editable=False)
    """Names of fields that an administrator has changed: the catalog leaves them alone."""

    class Meta:
        ordering = ("name",)
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> ProviderSpec:
        """The typed facts of this provider."""
        return _spec_of(json.dumps(self.spec_data))

    @property
    def values(self) -> dict[str, str]:
        """The settings that have a value, with it."""
        return values_of(self.spec.settings, self.account) if "settings" in self.spec_data else {}


class Endpoint(models.Model):
    """Where a provider speaks one protocol. ``base_url`` overrides the catalog's when it is not empty."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="endpoints", verbose_name=_("provider")
    )
    protocol = models.CharField(_("protocol"), max_length=32, default="openai_chat")
    catalog_base_url = models.CharField(_("base URL of the catalog"), max_length=500, blank=True, editable=False)
    base_url = models.CharField(_("base URL"), max_length=500, blank=True)
    allow_private = models.BooleanField(_("private address allowed"), default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "protocol"), name="one_endpoint_a_protocol"),)
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")

    def __str__(self) -> str:
        return f"{self.provider_id}:{self.protocol}"

    @property
    def url(self) -> str:
        """The base URL in force, without a trailing slash, with what is known of the account filled in."""
        url = (self.base_url or self.catalog_base_url).rstrip("/")
        return fill(url, self.provider.values) if "{" in url and self.provider_id is not None else url

    @property
    def origin(self) -> str:
        """``https://host:port`` of the base URL in force; empty if that is no usable URL (yet)."""
        try:
            return str(parse_origin(self.url))
        except SetupError:
            return ""

    @property
    def host_port(self) -> str:
        """``host:port``, as PRIVATE_HOSTS lists it; empty without a usable URL."""
        return self.origin.partition("://")[2]

    @property
    def is_local(self) -> bool:
        """Whether the host is private or this machine by its spelling; names are not looked up."""
        host = self.host_port.rpartition(":")[0].strip("[]")
        try:
            return not is_public(str(ip_address(host)))
        except ValueError:
            return bool(host) and ("." not in host or host.endswith(LOCAL_SUFFIXES))

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine by its spelling."""
        host = self.host_port.rpartition(":")[0].strip("[]")
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def private_allowed(self) -> bool:
        """Whether an administrator has allowed this host and port although they may be private."""
        return self.allow_private or self.host_port in settings.PRIVATE_HOSTS


class ChatModel(models.Model):
    """A model of a provider. Public id: ``<provider slug>/<model_id>``. A capability that is absent is unknown."""

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="chat_models", verbose_name=_("provider")
    )
    model_id = models.CharField(_("model id"), max_length=300, validators=[check_model_id])
    label = models.CharField(_("label"), max_length=200, blank=True)
    capabilities = models.JSONField(_("capabilities"), default=dict, blank=True)
    context_window = models.PositiveIntegerField(_("context window"), null=True, blank=True)
    prices = models.JSONField(_("prices (USD per million tokens)"), null=True, blank=True)
    statements = models.JSONField(default=dict, editable=False)
    """Who has said what of capabilities, context window and prices, and when (``contract.statements``)."""
    protocol = models.CharField(_("protocol"), max_length=32, default="auto", blank=True)
    """What it is asked by where a column leaves it open: auto, a word of PROTOCOL_WORDS, or a protocol."""
    source = models.CharField(_("source"), max_length=16, choices=SOURCES, default="typed", editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    overrides = models.JSONField(default=list, editable=False)
    """Names of fields that an administrator has changed: the catalog leaves them alone."""

    class Meta:
        ordering = ("provider__name", "model_id")
        constraints = (models.UniqueConstraint(fields=("provider", "model_id"), name="one_row_a_model"),)
        verbose_name = _("chat model")
        verbose_name_plural = _("chat models")

    def __str__(self) -> str:
        return self.public_id

    @property
    def only_typed(self) -> bool:
        """Whether nobody but those who typed this id speaks for it: no catalog, no provider, no administrator."""
        return self.source == "typed" and "model_id" not in self.overrides

    def vouch(self) -> None:
        """An administrator stands for this id. Not saved yet."""
        if self.only_typed:
            self.overrides = [*self.overrides, "model_id"]

    @property
    def public_id(self) -> str:
        """What people, the API and columns call this model."""
        return f"{self.provider.slug}/{self.model_id}"

    def state(self, source: Source, values: Mapping[str, Any], date: str, *, whole: bool = True) -> None:
        """Let somebody say what this model can, costs and holds; the fields follow the strongest. Does not save.

        ``whole``: what this source has said before and does not say now is taken back.
        """
        before = self.statements
        self.statements = with_statements(before, source, values, date, whole=whole)
        self._follow({*before, *self.statements} if whole else values)

    def give_back(self) -> None:
        """Forget all that an administrator has said. Does not save."""
        before, self.overrides = self.statements, []
        self.statements = without_source(before, "administrator")
        self._follow({*before, *FACTS})

    def _follow(self, names: Iterable[str]) -> None:
        """What nobody has ever made a statement about stays as it is."""
        can = dict(self.capabilities)
        for name in names:
            known = strongest(self.statements, name)
            value = known.value if known is not None else None
            if name in FACTS:
                if name not in self.overrides:
                    setattr(self, name, value)
            elif value is None:
                can.pop(name, None)
            else:
                can[name] = value
        self.capabilities = can

    def known(self, name: str) -> Known | None:
        """What counts for a capability or a fact, who said so and when: for what nobody has said, an administrator."""
        value = getattr(self, name) if name in FACTS else self.capabilities.get(name)
        found = None if name in FACTS and name in self.overrides else strongest(self.statements, name)
        if found is not None and found.value == value:
            return found
        return None if value is None else Known(value, "administrator", "")


class ApiKey(models.Model):
    """A credential of a provider, encrypted (``providers.vault``) and bound to this row and to ``hosts``.

    ``hosts``: ["https://api.example.com:443"], the only origins the key is ever sent to. The ciphertext and what is
    derived from it are left out of ``dumpdata``: a dump is no place for keys, and without its row one cannot be opened.
    """

    provider = models.ForeignKey(
        Provider, on_delete=models.CASCADE, related_name="api_keys", verbose_name=_("provider")
    )
    label = models.CharField(_("label"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=32, blank=True, default="", editable=False)
    """Which of the kinds of credential that the provider takes; empty: its first."""
    base_url = models.CharField(
        _("only for deployments at"),
        max_length=500,
        blank=True,
        help_text=_("Empty: the key of the provider. Else it is bound to this host and used by model groups only."),
    )
    ciphertext = models.TextField(editable=False, blank=True, serialize=False)
    hosts = models.JSONField(_("hosts"), default=list, editable=False, serialize=False)
    last_four = models.CharField(_("last four"), max_length=4, blank=True, editable=False, serialize=False)
    fingerprint = models.CharField(
        _("fingerprint"), max_length=64, blank=True, editable=False, db_index=True, serialize=False
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    expires_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("From the day after, this key is not used any more. Empty: it has no end here."),
    )
    limits = models.JSONField(_("limits"), default=dict, editable=False)
    """Of ``RateLimits``, for all that is called with this key."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    rotated_at = models.DateTimeField(_("rotated"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=32, blank=True, editable=False)

    class Meta:
        ordering = ("provider__name", "-created_at")
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        name = self.label or self.provider.name
        return f"{name} (…{self.last_four})" if self.last_four else name

    def __getstate__(self) -> NoReturn:
        raise TypeError("an API key is never pickled")

    @property
    def is_usable(self) -> bool:
        """Whether it is there, switched on, and its last day not over."""
        return self.enabled and bool(self.ciphertext) and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether its last day is over, in UTC."""
        return self.expires_on is not None and self.expires_on < timezone.now().date()

    @property
    def precedence(self) -> tuple[bool, int]:
        """To sort by: the newer key of a provider first, one that was refused the last time after the others."""
        return self.last_error == REFUSED, -self.pk

    @property
    def subject(self) -> str:
        """How the audit names this key."""
        return f"key {self.pk} of {self.provider.slug}"
