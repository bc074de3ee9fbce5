"""The seam to kept prompts: ``library`` registers how a version and values become messages; nothing here imports it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from compare_site.comparisons.requests import Asking


class Filled(NamedTuple):
    """What a turn says. ``system`` None: nothing was said of it. ``version_id``: the version that it was made of."""

    messages: list[dict[str, Any]]
    system: str | None
    version_id: str | None = None
    variables: dict[str, str] | None = None


PromptSource = Callable[[int, str, Mapping[str, str]], Filled]
"""(user, id of the version, values) -> messages. Raises ``actions.Refused``."""

_sources: list[PromptSource] = []


def register_prompts(source: PromptSource) -> None:
    """How a version of a prompt is looked up and filled in."""
    _sources.append(source)


def said(user_id: int, asked: Asking) -> Filled:
    """What ``asked`` says: as it was written, or the version it names with its values. Its own ``system`` wins."""
    if asked.prompt_version is None:
        return Filled(asked.as_messages(), asked.system)
    filled = _sources[-1](user_id, asked.prompt_version, asked.variables or {})
    return filled if asked.system is None else filled._replace(system=asked.system)
