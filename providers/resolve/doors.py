"""One provider with several protocols: which endpoint a call uses, and the facts that hold for it."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from providers.contract.errors import SetupError
from providers.contract.spec import Auth, MediaKind, MediaRule, ProviderSpec
from providers.models import PROTOCOL_WORDS, Endpoint, Provider


def choose_endpoint(provider: Provider, spec: ProviderSpec, protocol: str) -> Endpoint:
    """The endpoint for ``auto``, a word that people use, or a protocol's own name."""
    endpoints = {row.protocol: row for row in sorted(provider.endpoints.all(), key=lambda row: row.pk)}
    if protocol == "auto":
        chosen = endpoints.get(spec.protocol) or next(iter(endpoints.values()), None)
        if chosen is None:
            message = _("%s has no endpoint. An administrator can add one.") % provider.name
            raise SetupError("bad_request", message)
        return chosen
    wanted = PROTOCOL_WORDS.get(protocol, protocol)
    if wanted not in endpoints:
        message = _("%(provider)s does not speak %(protocol)s here. It speaks: %(known)s.")
        known = ", ".join(endpoints) or "-"
        raise SetupError("unsupported", message % {"provider": provider.name, "protocol": wanted, "known": known})
    return endpoints[wanted]


def own_url(facts: ProviderSpec, protocol: str) -> str | None:
    """The catalog's own base URL for a protocol; None if the catalog knows of no such door."""
    if protocol == facts.protocol:
        return facts.base_url
    return next((door.base_url or facts.base_url for name, door in facts.doors.items() if name == protocol), None)


def auth_of(spec: ProviderSpec, protocol: str, kind: str = "") -> Auth:
    """How one proves who asks at this door; ``kind``: of the credential that there is, where it is not the first."""
    door = next((door for name, door in spec.doors.items() if name == protocol and name != spec.protocol), None)
    own = door.auth if door is not None and door.auth is not None else spec.auth
    if kind in {"", own.kind, spec.auth.kind}:
        return own
    chosen = next((auth for auth in spec.also_auth if auth.kind == kind), None)
    if chosen is None:
        message = _("The stored credential is of a kind that %s does not take. Enter it again.") % spec.name
        raise SetupError("authentication", message)
    return chosen


def needs_no_key(provider: Provider, auth: Auth, *, at_home: bool) -> bool:
    """Whether a request without a key may be tried: where the vendor's service wants one, a server at home need not.

    Of a provider of one's own an administrator has said whether it wants a key. ``at_home``: it is a server at home,
    and no key is stored for another place either: that one was meant to be used.
    """
    return auth.keyless_too or (at_home and provider.from_catalog and auth.kind in {"bearer", "header"})


def as_asked(spec: ProviderSpec, protocol: str, kind: str = "") -> ProviderSpec:
    """The facts for one door: its protocol, headers and way to prove who asks."""
    door = next((door for name, door in spec.doors.items() if name == protocol and name != spec.protocol), None)
    said = {
        "headers": spec.headers if door is None else {**spec.headers, **door.headers},
        "media": rules_of(spec, protocol),
    }
    return spec.model_copy(update={**said, "protocol": protocol, "auth": auth_of(spec, protocol, kind)})


def rules_of(spec: ProviderSpec, protocol: str) -> dict[MediaKind, MediaRule]:
    """What is taken of each kind of content at this door."""
    if protocol == spec.protocol:
        return spec.media
    return next((door.media for name, door in spec.doors.items() if name == protocol), {})


def check_settings(provider: Provider, values: Mapping[str, str]) -> None:
    """Raises SetupError that names what an administrator has not said yet."""
    missing = first_gap(provider.spec, values) if "settings" in provider.spec_data else ""
    if missing:
        message = _("%(provider)s needs its %(setting)s first. An administrator can enter it at the provider.")
        raise SetupError("bad_request", message % {"provider": provider.name, "setting": missing})


def first_gap(spec: ProviderSpec, values: Mapping[str, str]) -> str:
    """The first setting that must have a value and has none; empty if there is no such."""
    wanted = (setting for setting in spec.settings if setting.required and not setting.of)
    return next((setting.name for setting in wanted if setting.name not in values), "")
