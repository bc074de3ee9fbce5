"""Keys of an imported configuration: looked up, stored for the address they are for, found again the next time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.material import (
    PIECES,
    BadMaterial,
    compose,
    google_account,
    profile,
    secret_texts,
    shown_part,
)
from providers.contract.secret import BadKey, Secret, clean_key
from providers.custody import store_key
from providers.litellm.config import Config, Entry, is_secret, variable_of
from providers.litellm.places import Place, Unusable
from providers.models import ApiKey, Deployment, Provider
from providers.resolve.litellm_report import Report
from providers.resolve.targets import deployed_endpoint

PLACEHOLDERS = {"", "none", "null", "empty", "dummy", "fake", "fake-key", "not-needed", "no-key", "anything", "sk-none"}
"""What people write where a server wants no key."""
OURS = (
    "ALL_PROXY",
    "APP_KEY",
    "DATABASE_URL",
    "DJANGO_",
    "EMAIL_",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "OUTGOING_PROXY",
    "PGPASS",
    "POSTGRES_",
    "REDIS_URL",
    "SECRET_KEY",
)
"""Variables of this installation itself: no configuration may send those anywhere."""


class Variables:
    """Texts that ``os.environ/NAME`` stands for: of the file's own section first, then of whoever imports."""

    def __init__(self, config: Config, variable: Callable[[str, str], Secret | None], report: Report) -> None:
        self._own = config.variables
        self._variable = variable
        self._report = report

    def find(self, name: str, slug: str) -> Secret | None:
        """The value; None if it is not there or not to be read. From then on no report shows it."""
        found = self._own.get(name)
        if found is None and not name.upper().startswith(OURS):
            found = self._variable(name, slug)
        if found is not None:
            self._report.hide(found)
        return found

    @sensitive_variables()
    def filled(self, entry: Entry) -> Entry:
        """The entry with the variables of everything that is no secret put in."""
        params = dict(entry.params)
        for name, value in params.items():
            variable = variable_of(value)
            if variable and not is_secret(name):
                # It will be seen in rows and reports, so whoever imports must be somebody who may see all variables.
                found = self._own.get(variable) or (
                    None if variable.upper().startswith(OURS) else self._variable(variable, "")
                )
                if found is None:
                    raise Unusable(
                        "%(name)s is in the variable %(variable)s, which is not there.", name=name, variable=variable
                    )
                params[name] = found.reveal()
        return replace(entry, params=params)


class KeyRows:
    """``read_file``: the text of a file that the configuration names, None if files are not read."""

    def __init__(self, variables: Variables, read_file: Callable[[str], str | None], actor: str) -> None:
        self._variables = variables
        self._read_file = read_file
        self._actor = actor

    @sensitive_variables()
    def key_for(self, wanted: Deployment, place: Place, entry: Entry) -> tuple[ApiKey | None, str]:
        """The row of the key that a deployment names, stored if it is new; and what there is to say."""
        if not place.pieces:
            return None, ""
        provider = wanted.chat_model.provider
        texts: dict[str, str] = {}
        for piece, value in place.pieces.items():
            name = variable_of(value)
            secret = self._variables.find(name, provider.slug) if name else _secret(value)
            if secret is None:
                return None, _not_there(name, provider, wanted)
            texts[piece] = secret.reveal()
        if set(texts) == {"key"} and texts["key"].strip().lower() in PLACEHOLDERS:
            return None, ""
        if provider.spec.auth.kind == "none":
            return None, _("This provider takes no key.")
        kind: Any = place.kind or provider.spec.auth.kind
        try:
            credential = self._credential(kind, texts)
        except (BadKey, BadMaterial) as error:
            return None, _("The key was not stored: it cannot be one (%s).") % error.fault
        return self._row(wanted, kind, credential, entry)

    def _credential(self, kind: Any, texts: Mapping[str, str]) -> Secret:
        if kind == "google":
            text = texts["account"].strip()
            if not text.startswith("{"):
                text = self._read_file(text) or ""
            return google_account(text)
        if "profile" in texts:
            return profile(texts["profile"])
        return compose(kind, dict(texts)) if kind in PIECES else clean_key(next(iter(texts.values())))

    @sensitive_variables()
    def _row(self, wanted: Deployment, kind: str, credential: Secret, entry: Entry) -> tuple[ApiKey | None, str]:
        provider = wanted.chat_model.provider
        try:
            endpoint = deployed_endpoint(wanted, "auto")
        except SetupError as error:
            return None, _("The key was not stored: %s") % error.message
        known = ApiKey.objects.select_related("provider").filter(
            provider=provider, fingerprint=vault.fingerprint(credential), enabled=True
        )
        for row in known.order_by("pk"):
            if endpoint.origin in row.hosts:
                return row, ""
        elsewhere = bool(wanted.base_url or wanted.account)
        taken = elsewhere or provider.api_keys.filter(base_url="").exclude(ciphertext="").exists()
        first = provider.spec.auth.kind
        row = ApiKey(
            provider=provider,
            label=_label(entry, credential),
            kind="" if kind == first else kind,
            base_url=endpoint.url if taken else "",
        )
        store_key(row, credential, self._actor)
        return row, _("A key was stored for %s.") % ", ".join(row.hosts)


def _secret(value: Any) -> Secret | None:
    if isinstance(value, Secret):
        return value
    return Secret(value) if isinstance(value, str) else Secret(str(value)) if isinstance(value, int) else None


def _label(entry: Entry, credential: Secret) -> str:
    """Where it comes from; nothing of it, even if somebody has named a group after their key."""
    group = "".join(sign if sign.isprintable() else " " for sign in entry.group)
    label = f"LiteLLM: {group}"[:120]
    texts = [*secret_texts(credential), shown_part(credential).reveal()]
    return "LiteLLM" if any(text and text in label for text in texts) else label


def _not_there(name: str, provider: Provider, wanted: Deployment) -> str:
    facts = load_catalog().get(provider.slug) if provider.from_catalog else None
    if facts is not None and name in facts.env_key and not (wanted.base_url or wanted.account):
        return _("No key was stored: a worker that has the variable %s uses it by itself.") % name
    return _("No key was stored: the variable %s is not there. Enter the key in the administration.") % name
