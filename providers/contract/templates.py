"""``{name}`` in the facts of a provider, filled with what an administrator has said about their account there.

Nothing of a request comes here: whoever can choose a host can choose where a key goes.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from providers.contract.spec import ProviderSpec, Setting

PLACE = re.compile(r"\{([a-z][a-z_]{0,30})\}")


def values_of(settings: Iterable[Setting], said: Mapping[str, Any]) -> dict[str, str]:
    """Setting -> what was said if it looks as it must, else the default. Those without a value are absent."""
    found: dict[str, str] = {}
    for setting in settings:
        if setting.of:
            source = found.get(setting.of, "")
            value = fill(setting.derived.get(source, setting.default), found) if source else ""
        else:
            value = str(said.get(setting.name) or setting.default)
            value = value if re.fullmatch(setting.pattern, value) else ""
        if value:
            found[setting.name] = value
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the values that there are; another ``{name}`` stays."""
    return PLACE.sub(lambda match: values.get(match[1], match[0]), text)


def gaps(text: str, settings: Iterable[Setting]) -> list[str]:
    """The settings that ``text`` still needs, by the names an administrator knows them by."""
    known = {setting.name: setting.of or setting.name for setting in settings}
    return [known[name] for name in PLACE.findall(text) if name in known]


def fill_spec(spec: ProviderSpec, values: Mapping[str, str]) -> ProviderSpec:
    """All facts filled. Headers that lack an optional value are left out."""
    if not spec.settings:
        return spec
    facts = spec.model_dump(mode="json", exclude={"models", "settings"}, exclude_defaults=True)
    filled = ProviderSpec.model_validate({**_filled(facts, values), "settings": spec.settings})
    doors = {
        name: door.model_copy(update={"headers": _complete(door.headers, spec)}) for name, door in filled.doors.items()
    }
    return filled.model_copy(
        update={"headers": _complete(filled.headers, spec), "doors": doors, "models": spec.models},
    )


def _complete(headers: Mapping[str, str], spec: ProviderSpec) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not gaps(value, spec.settings)}


def _filled(facts: Any, values: Mapping[str, str]) -> Any:
    if isinstance(facts, str):
        return fill(facts, values)
    if isinstance(facts, dict):
        return {name: _filled(value, values) for name, value in facts.items()}
    return [_filled(value, values) for value in facts] if isinstance(facts, list) else facts
