"""A LiteLLM configuration becomes rows: providers, keys, deployments, groups. Doing it again changes nothing.

Every entry is a step of its own that succeeds or is taken back. No report, log or audit entry holds a key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.custody import NoHost
from providers.litellm.config import BadConfig, Config, Entry, read_config
from providers.litellm.places import Place, Unusable, place_of
from providers.models import AuditEntry, ChatModel, Deployment, Provider, check_model_id
from providers.resolve.litellm_groups import GroupRows, group_named
from providers.resolve.litellm_keys import KeyRows, Variables
from providers.resolve.litellm_report import Line, Report, Status
from providers.resolve.litellm_servers import check_address, own_server
from providers.resolve.public_ids import check_enabled
from providers.vault import VaultError, ensure_master_key

CHAT_MODES = {None, "chat", "completion", "responses"}
LEFT_OUT = {
    "model",
    "api_base",
    "base_url",
    "api_version",
    "custom_llm_provider",
    "rpm",
    "tpm",
    "weight",
    "order",
    "tenant_id",
    "client_id",
    "organization",
}
"""Parameters that are read; of the others that are no part of a credential the report says that they are not."""
CAPABILITIES = {
    "supports_vision": "image_input",
    "supports_function_calling": "tools",
    "supports_response_schema": "structured_output",
    "supports_reasoning": "reasoning",
    "supports_audio_input": "audio_input",
    "supports_pdf_input": "pdf_input",
}
MILLION = 1_000_000
PLAIN = r"[\x21-\x7e]{1,200}"
"""Of a setting that the provider does not know."""


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """``variable``: the value of an environment variable for a provider, None if it is not there or not to be read.

    ``read_file``: the text of a file that the configuration names. ``allow_private``: private addresses are wanted.
    """

    variable: Callable[[str, str], Secret | None]
    read_file: Callable[[str], str | None] = field(default=lambda path: None)
    allow_private: bool = False
    dry_run: bool = False


@sensitive_variables()
def import_litellm(data: bytes, choices: ImportChoices, actor: str) -> Report:
    """Bring the rows up to the configuration in ``data``; a dry run tells what would happen and takes it all back.

    Raises SetupError if it is no configuration, VaultError if keys cannot be stored.
    """
    try:
        config = read_config(data)
    except BadConfig as error:
        raise SetupError("bad_request", _(error.text) % error.values) from None
    ensure_master_key()
    report = Report(config.secrets)
    with transaction.atomic():
        _Import(config, choices, actor, report).run()
        AuditEntry.record(actor, "imported", "a LiteLLM configuration", **report.counts)
        if choices.dry_run:
            transaction.set_rollback(True)
    return report


class _Import:
    def __init__(self, config: Config, choices: ImportChoices, actor: str, report: Report) -> None:
        self._config = config
        self._choices = choices
        self._actor = actor
        self._report = report
        self._variables = Variables(config, choices.variable, report)
        self._keys = KeyRows(self._variables, choices.read_file, actor)
        self._groups = GroupRows(config, actor, report)

    def run(self) -> None:
        for where in self._config.broken:
            self._report.add(where, "skipped", _("Without model_name and litellm_params.model it says nothing."))
        for entry in self._config.entries:
            try:
                with transaction.atomic():
                    line = self._entry(entry)
            except Unusable as error:
                line = Line(entry.where, "skipped", _(error.text) % error.values)
            except SetupError as error:
                line = Line(entry.where, "skipped", _(error.message))
            except (NoHost, VaultError) as error:
                line = Line(entry.where, "skipped", str(error))
            except ValidationError as error:
                line = Line(entry.where, "skipped", " ".join(error.messages))
            self._report.add(*line)
        self._groups.finish()
        for name in self._config.unread:
            self._report.add(name, "skipped", _("This means nothing here."))

    @sensitive_variables()
    def _entry(self, entry: Entry) -> Line:
        _check_kind(entry)
        entry = self._variables.filled(entry)
        place = place_of(entry, load_catalog())
        if self._report.is_hidden(entry.group, place.model_id, place.base_url, *place.account.values()):
            raise Unusable("A key of this file stands in its name, model, address or settings, which people can read.")
        check_model_id(place.model_id)
        check_address(place.base_url, allow_private=self._choices.allow_private)
        if place.slug:
            provider, note = Provider.objects.get(slug=place.slug), ""
            check_enabled(provider)
        else:
            provider, note = own_server(place.base_url, self._actor, allow_private=self._choices.allow_private)
        model = _chat_model(provider, place, entry)
        wanted = Deployment(
            chat_model=model,
            base_url=place.base_url if place.slug else "",
            allow_private=bool(place.slug and place.base_url) and self._choices.allow_private,
            account=_account(provider, place, entry),
        )
        key, told = self._keys.key_for(wanted, place, entry)
        group, renamed = group_named(entry.group)
        status: Status = self._groups.place(group, wanted, key, entry)
        made = _("%(model)s in group/%(group)s.") % {"model": model.public_id, "group": group}
        notes = (made, renamed, note, told, _ignored(entry, place))
        return Line(entry.where, status, " ".join(each for each in notes if each))


def _check_kind(entry: Entry) -> None:
    if "*" in entry.group or "*" in entry.model:
        raise Unusable("A pattern is not needed: every model of a provider can be chosen by its own id here.")
    mode = entry.info.get("mode")
    if not isinstance(mode, str | None) or mode not in CHAT_MODES:
        raise Unusable("Only chat models are taken, not “%(mode)s”.", mode=str(mode)[:40])


def _account(provider: Provider, place: Place, entry: Entry) -> dict[str, str]:
    """What differs from what the provider's row says itself; an organization is a setting, too."""
    account = dict(place.account)
    asked = {setting.name: setting.pattern for setting in provider.spec.settings}
    if entry.text("organization") and "organization" in asked:
        account["organization"] = entry.text("organization")
    for name, value in account.items():
        if not re.fullmatch(asked.get(name, PLAIN), value):
            raise Unusable("This does not look like a value of %(name)s.", name=name)
    return {name: value for name, value in account.items() if provider.account.get(name) != value}


def _chat_model(provider: Provider, place: Place, entry: Entry) -> ChatModel:
    """The row of the model. What the file says of a model goes where nobody has said anything yet."""
    row, _created = ChatModel.objects.get_or_create(
        provider=provider, model_id=place.model_id, defaults={"protocol": _protocol(place, entry)}
    )
    said = {ours: entry.info.get(theirs) for theirs, ours in CAPABILITIES.items()}
    facts: dict[str, Any] = {name: value for name, value in said.items() if isinstance(value, bool)}
    facts |= {"context_window": entry_number(entry.info.get("max_input_tokens")), "prices": _prices(entry)}
    news = {name: value for name, value in facts.items() if value is not None and row.known(name) is None}
    if news:
        row.state("administrator", news, timezone.now().date().isoformat(), whole=False)
        row.save(update_fields=("capabilities", "prices", "context_window", "statements"))
    return row


def _protocol(place: Place, entry: Entry) -> str:
    return "responses" if entry.info.get("mode") == "responses" else place.protocol


def entry_number(value: Any) -> int | None:
    """A number of tokens; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else None


def _prices(entry: Entry) -> dict[str, str] | None:
    """USD a token there, a million tokens here."""
    found: dict[str, str] = {}
    for ours, theirs in (("input", "input_cost_per_token"), ("output", "output_cost_per_token")):
        value = entry.params.get(theirs, entry.info.get(theirs))
        try:
            price = float(value) * MILLION
        except (TypeError, ValueError):
            return None
        if not 0 <= price < 1e6:
            return None
        found[ours] = format(round(price, 8), "f").rstrip("0").rstrip(".") or "0"
    return found


def _ignored(entry: Entry, place: Place) -> str:
    """The parameters that were not taken over, by name."""
    told = LEFT_OUT | {"input_cost_per_token", "output_cost_per_token"}
    names = [name for name in entry.params if name not in told and not _of_account(name)]
    return _("Not taken over: %s.") % ", ".join(sorted(names)[:20]) if names else ""


def _of_account(name: str) -> bool:
    return name in {"api_key", "azure_ad_token", "client_secret"} or name.startswith(("aws_", "vertex_"))
