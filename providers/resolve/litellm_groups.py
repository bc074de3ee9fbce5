"""Groups of an imported configuration: found again by name, deployments by what they are, rules as the file says."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.group_rows import GROUP, check_group_name
from providers.litellm.config import Config, Entry
from providers.models import ApiKey, AuditEntry, Deployment, ModelGroup
from providers.resolve.groups import circle_of
from providers.resolve.litellm_report import Report, Status

NOT_A_NAME = re.compile(r"[^A-Za-z0-9._:/@+-]+")
MOST = 2_000_000_000
MOST_WEIGHT = 1_000_000
OWN = ("allow_private", "api_key_id", "priority", "weight", "rpm", "tpm")
"""What may change of a deployment without its becoming another one."""


def group_named(text: str) -> tuple[str, str]:
    """The name of the group here, and what to say if it had to be changed. Raises ValidationError."""
    name = NOT_A_NAME.sub("-", text).lstrip("._:/@+-")[:200]
    check_group_name(name)
    return name, "" if name == text else _("The name was changed to fit.")


class GroupRows:
    """The groups that this import touches."""

    def __init__(self, config: Config, actor: str, report: Report) -> None:
        self._rules = config.rules
        self._actor = actor
        self._report = report
        self._groups: dict[str, ModelGroup] = {}
        self._status: dict[str, Status] = {}
        self._matched: dict[str, set[int]] = {}
        self._scale = {entry.group: 100 for entry in config.entries if _is_fraction(entry.params.get("weight"))}
        self._weighted = {entry.group for entry in config.entries if entry.params.get("weight") is not None}

    def place(self, name: str, wanted: Deployment, key: ApiKey | None, entry: Entry) -> Status:
        """Make or update the deployment of an entry, in the group ``name``."""
        group = self._group(name)
        wanted.group, wanted.api_key = group, key
        wanted.priority = entry.number_of("order", 32_000) or 1
        wanted.rpm, wanted.tpm = entry.number_of("rpm", MOST), entry.number_of("tpm", MOST)
        wanted.weight = self._weight(entry)
        row = self._known(group, wanted)
        if row is None:
            wanted.save()
            self._matched[name].add(wanted.pk)
            self._record("created", wanted)
            return "imported"
        self._matched[name].add(row.pk)
        if key is None:
            wanted.api_key_id = row.api_key_id
        changed = [field for field in OWN if getattr(row, field) != getattr(wanted, field)]
        if not changed:
            return "unchanged"
        for field in changed:
            setattr(row, field, getattr(wanted, field))
        row.save()
        self._record("changed", row, fields=changed)
        return "changed"

    def finish(self) -> None:
        """Rules, aliases and fallbacks, once all groups are there."""
        for alias, name in self._rules.aliases.items():
            self._alias(alias, name)
        for name, group in self._groups.items():
            changed = self._follow_rules(group)
            left = group.deployments.exclude(pk__in=self._matched[name]).count()
            said = [_("Rules of the file: %s.") % ", ".join(changed)] if changed else []
            if left:
                text = ngettext(
                    "%d deployment that is not in the file was left alone.",
                    "%d deployments that are not in the file were left alone.",
                    left,
                )
                said.append(text % left)
            status = self._status[name]
            status = "changed" if changed and status == "unchanged" else status
            self._report.add(group.public_id, status, " ".join(said))

    def _group(self, name: str) -> ModelGroup:
        if name not in self._groups:
            group, created = ModelGroup.objects.get_or_create(name=name, defaults={"strategy": self._rules.strategy})
            if created:
                AuditEntry.record(self._actor, "created", group.subject)
            self._groups[name], self._matched[name] = group, set()
            self._status[name] = "imported" if created else "unchanged"
        return self._groups[name]

    def _known(self, group: ModelGroup, wanted: Deployment) -> Deployment | None:
        """The same model at the same place; among several of them first the one with the same key."""
        same = group.deployments.filter(chat_model=wanted.chat_model, base_url=wanted.base_url)
        free = [row for row in same if row.pk not in self._matched[group.name] and row.account == wanted.account]
        with_key = [row for row in free if row.api_key_id == wanted.api_key_id]
        return next(iter((*with_key, *free)), None)

    def _weight(self, entry: Entry) -> int:
        """LiteLLM shuffles by weight, or else by what the limits are."""
        weight = entry.params.get("weight")
        if weight is not None and not isinstance(weight, bool | dict | list):
            try:
                return max(0, min(round(float(weight) * self._scale.get(entry.group, 1)), MOST_WEIGHT))
            except (ValueError, OverflowError, TypeError):
                return 1
        if entry.group in self._weighted:
            return 0
        return entry.number_of("rpm", MOST_WEIGHT) or entry.number_of("tpm", MOST_WEIGHT) or 1

    def _alias(self, alias: str, name: str) -> None:
        source = self._groups.get(name) or ModelGroup.objects.filter(name=name).first()
        if source is None or alias in self._groups:
            self._report.add(f"model_group_alias {alias}", "skipped", _("There is no such group to stand for."))
            return
        try:
            own, told = group_named(alias)
        except ValidationError as error:
            self._report.add(f"model_group_alias {alias}", "skipped", " ".join(error.messages))
            return
        group = self._group(own)
        for row in source.deployments.all():
            twin = Deployment(
                **{field: getattr(row, field) for field in (*OWN, "chat_model_id", "base_url", "account")}
            )
            twin.group = group
            known = self._known(group, twin)
            if known is None:
                twin.save()
                self._record("created", twin)
            self._matched[own].add((known or twin).pk)
        status: Status = self._status[own]
        said = f"{_('A group with the same deployments.')} {told}".strip()
        self._report.add(f"model_group_alias {alias}", status, said)

    def _follow_rules(self, group: ModelGroup) -> list[str]:
        rules = self._rules
        wanted: dict[str, Any] = {
            "strategy": rules.strategy,
            "retries": rules.retries,
            "allowed_failures": rules.allowed_failures,
            "cooldown_seconds": rules.cooldown_seconds,
            "fallbacks": self._fallbacks(group),
        }
        changed = [name for name, value in wanted.items() if value is not None and getattr(group, name) != value]
        for name in changed:
            setattr(group, name, wanted[name])
        if changed:
            group.save(update_fields=changed)
            AuditEntry.record(self._actor, "changed", group.subject, fields=changed)
        return changed

    def _fallbacks(self, group: ModelGroup) -> list[str] | None:
        named = next((names for own, names in self._rules.fallbacks.items() if group_of(own) == group.name), None)
        names = self._rules.everywhere if named is None else named
        if named is None and group.name in {group_of(each) for each in names}:
            names = ()
        found: list[str] = []
        for name in names:
            public_id = f"{GROUP}/{group_of(name)}"
            if not ModelGroup.objects.filter(name=group_of(name)).exists():
                self._report.add(f"fallbacks of {group.name}", "skipped", _("There is no group “%s”.") % name[:100])
            elif way := circle_of(group.name, [*found, public_id]):
                self._report.add(f"fallbacks of {group.name}", "skipped", _("A circle: %s.") % " → ".join(way))
            else:
                found.append(public_id)
        return found or None

    def _record(self, action: str, row: Deployment, **detail: Any) -> None:
        about = {"model": row.chat_model.public_id, "base_url": row.base_url, "key": row.api_key_id, **detail}
        AuditEntry.record(self._actor, action, f"deployment of {row.group.subject}", **about)


def group_of(name: str) -> str:
    """The name of a group here that the file calls so."""
    return NOT_A_NAME.sub("-", name).lstrip("._:/@+-")[:200]


def _is_fraction(weight: Any) -> bool:
    return isinstance(weight, float) and not weight.is_integer()
