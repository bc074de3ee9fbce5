"""What Claude models accept, told by their names. A name we cannot read (a deployment, another vendor's) is trusted."""

import re
from typing import NamedTuple

from providers.contract.messages import Effort

NAME = re.compile(
    r"claude-(?P<family>opus|sonnet|haiku|fable|mythos)-(?P<major>\d{1,2})(?:[-.](?P<minor>\d{1,2}))?(?!\d)"
)
OLD_NAME = re.compile(r"claude-(?P<major>[123])(?:[-.](?P<minor>\d))?-(?P<family>opus|sonnet|haiku)")
LEGACY = re.compile(r"claude-(?:[12]\b|instant)")
Version = tuple[int, int]


class Claude(NamedTuple):
    """One model. ``off``: the type of ``thinking`` that switches it off; empty where nothing does.

    ``budgets``: takes a token budget. ``adaptive``: decides itself how long to think. ``hides``: gives no text of its
    thinking unless asked. ``samples``: takes temperature and top_p. ``forced``: takes a tool choice that forces a call.
    """

    budgets: bool = True
    adaptive: bool = False
    efforts: tuple[Effort, ...] = ()
    off: str = "disabled"
    hides: bool = False
    samples: bool = True
    forced: bool = True
    system_inside: bool = False
    known: bool = True


UNKNOWN = Claude(efforts=("low", "medium", "high", "xhigh", "max"), known=False)


def claude(model_id: str) -> Claude:
    """The facts of a model by its id in any spelling: with a date, a region or vendor before it, a dot for a hyphen."""
    name = model_id.lower()
    found = NAME.search(name) or OLD_NAME.search(name)
    if found is None:
        return Claude(budgets=False, off="") if LEGACY.search(name) else UNKNOWN
    family = found["family"]
    version = (int(found["major"]), int(found["minor"] or 0))
    modern = version >= (4, 7)
    adaptive = version >= (5, 0) or (version >= (4, 6) and family != "haiku")
    return Claude(
        budgets=(3, 7) <= version < (4, 7),
        adaptive=adaptive,
        efforts=_efforts(family, version) if adaptive or (family, version) == ("opus", (4, 5)) else (),
        off=_off(family, version),
        hides=modern,
        samples=not modern,
        forced=not _refuses_force(family, version),
        system_inside=_system_inside(family, version),
    )


def _efforts(family: str, version: Version) -> tuple[Effort, ...]:
    efforts: tuple[Effort, ...] = ("low", "medium", "high")
    if version >= (4, 7):
        efforts += ("xhigh",)
    return efforts if version < (4, 6) else (*efforts, "max")


def _off(family: str, version: Version) -> str:
    if version < (3, 7) or family in {"fable", "mythos"} or (family == "opus" and version >= (5, 5)):
        return ""
    return "between_tools" if family == "sonnet" and version >= (5, 5) else "disabled"


def _refuses_force(family: str, version: Version) -> bool:
    if family in {"fable", "mythos"}:
        return version >= (5, 1)
    return family in {"opus", "sonnet"} and version >= (5, 5)


def _system_inside(family: str, version: Version) -> bool:
    first = {"opus": (4, 8), "sonnet": (5, 5), "haiku": (5, 5)}.get(family, (5, 0))
    return version >= first
