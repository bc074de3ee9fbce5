"""A LiteLLM configuration file as typed values: deployments, router settings, and what of it nobody reads here.

YAML is read by PyYAML's safe loader within limits of size, nodes and depth. Values that may be secret are kept as
``Secret``; a text that ``os.environ/NAME`` stands for is looked up by whoever imports, never here.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from providers.contract.grouping import Strategy
from providers.contract.secret import Secret

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
MOST_DEPTH = 30
MOST_DEPLOYMENTS = 1000
LONGEST_NUMBER = 40
"""In characters. YAML has ways to write numbers that take minutes to read, and none of them means anything here."""
NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
ENVIRONMENT = "os.environ/"
STRATEGIES: dict[str, Strategy] = {
    "simple-shuffle": "weighted_shuffle",
    "least-busy": "least_busy",
    "latency-based-routing": "lowest_latency",
    "cost-based-routing": "lowest_cost",
    "usage-based-routing": "usage_based",
    "usage-based-routing-v2": "usage_based",
}
SECTIONS = {"model_list", "router_settings", "litellm_settings", "environment_variables"}
ROUTER = {
    "routing_strategy",
    "fallbacks",
    "context_window_fallbacks",
    "default_fallbacks",
    "num_retries",
    "allowed_fails",
    "cooldown_time",
    "disable_cooldowns",
    "model_group_alias",
}
"""Settings that mean something here, wherever they stand; of the others only their names are told."""
SECRET_WORDS = ("key", "secret", "token", "password", "credential", "header")


class Told(Exception):
    """A sentence with values in it, translated where it is shown."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text % values)
        self.text = text
        self.values = values


class BadConfig(Told):
    """The file cannot be used; the sentence says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of ``model_list``. ``params``: of ``litellm_params``, with ``Secret`` where a value may be one."""

    number: int
    group: str
    model: str
    params: Mapping[str, Any]
    info: Mapping[str, Any]

    @property
    def where(self) -> str:
        """How a report names this entry."""
        return f"model_list[{self.number}] {self.group}"

    def text(self, name: str) -> str:
        """A parameter as text; empty if it is not there or is something else. A version like 2024-10-21 is a date."""
        value = self.params.get(name)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(value).strip()

    def number_of(self, name: str, most: int) -> int | None:
        """A parameter as a whole number from 1 on; None if it is none."""
        value = self.params.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            number = round(float(value))
        except (ValueError, OverflowError):
            return None
        return min(number, most) if number >= 1 else None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the router does, as far as groups here do it, too. ``aliases``: another name -> the name of a group."""

    strategy: Strategy = "weighted_shuffle"
    retries: int | None = None
    allowed_failures: int | None = None
    cooldown_seconds: int | None = None
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    everywhere: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """The file. ``variables``: of its own ``environment_variables``. ``unread``: names of what means nothing here."""

    entries: tuple[Entry, ...]
    rules: Rules
    variables: Mapping[str, Secret]
    unread: tuple[str, ...]
    broken: tuple[str, ...]
    secrets: tuple[Secret, ...]


def read_config(data: bytes) -> Config:
    """The configuration in ``data``. Raises BadConfig."""
    found = _load(data)
    if not isinstance(found, dict) or not isinstance(found.get("model_list"), list):
        raise BadConfig("This is no configuration of a LiteLLM proxy: there is no model_list in it.")
    listed = found["model_list"]
    if len(listed) > MOST_DEPLOYMENTS:
        raise BadConfig("There are more than %(most)d entries in model_list.", most=MOST_DEPLOYMENTS)
    entries, broken = [], []
    for number, item in enumerate(listed):
        entry = _entry(number, item)
        if entry is None:
            broken.append(f"model_list[{number}]")
        else:
            entries.append(entry)
    variables = {str(name): Secret(str(value)) for name, value in _mapping(found.get("environment_variables")).items()}
    settings = {**_mapping(found.get("litellm_settings")), **_mapping(found.get("router_settings"))}
    return Config(
        entries=tuple(entries),
        rules=_rules(settings),
        variables=variables,
        unread=tuple(sorted(_unread(found))),
        broken=tuple(broken),
        secrets=tuple(_secrets(found)),
    )


def variable_of(value: Any) -> str:
    """The NAME of ``os.environ/NAME``; empty if the value is something else."""
    text = value.reveal() if isinstance(value, Secret) else value
    return text[len(ENVIRONMENT) :].strip() if isinstance(text, str) and text.startswith(ENVIRONMENT) else ""


def is_secret(name: str) -> bool:
    """Whether a parameter of this name may hold what nobody may see."""
    return any(word in name.lower() for word in SECRET_WORDS)


def _load(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        raise BadConfig("The file is larger than %(most)d KB.", most=MOST_BYTES // 1024)
    try:
        loader = yaml.SafeLoader(io.StringIO(data.decode("utf-8-sig")))
        try:
            node = loader.get_single_node()
            _check_size(node)
            return loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise BadConfig("The file is no YAML that can be read safely: look near line %(line)d.", line=line) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError, OverflowError):
        raise BadConfig("The file is no YAML that can be read safely.") from None
    except RecursionError:
        raise BadConfig("The file is nested too deeply.") from None


def _check_size(root: yaml.Node | None) -> None:
    """Counted as often as it is used: an alias of an alias of an alias must not blow up."""
    waiting = [(root, 0)] if root is not None else []
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > MOST_NODES:
            raise BadConfig("The file holds too much once its aliases are put in.")
        if depth > MOST_DEPTH:
            raise BadConfig("The file is nested too deeply.")
        if isinstance(node, yaml.MappingNode):
            waiting.extend((each, depth + 1) for pair in node.value for each in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((each, depth + 1) for each in node.value)
        elif node.tag in NUMBERS and len(node.value) > LONGEST_NUMBER:
            raise BadConfig("A number in the file is too long: look near line %(line)d.", line=node.start_mark.line + 1)


def _entry(number: int, item: Any) -> Entry | None:
    own = _mapping(item)
    params = _mapping(own.get("litellm_params"))
    group, model = own.get("model_name"), params.get("model")
    if not (isinstance(group, str) and isinstance(model, str) and group.strip() and model.strip()):
        return None
    # rpm, tpm and weight stand beside the parameters in older files.
    beside = {name: own[name] for name in ("rpm", "tpm", "weight") if name in own}
    values = {str(name): _kept(str(name), value) for name, value in {**beside, **params}.items()}
    return Entry(number, group.strip(), model.strip(), values, _mapping(own.get("model_info")))


def _kept(name: str, value: Any) -> Any:
    return Secret(value) if is_secret(name) and isinstance(value, str) else value


def _rules(settings: Mapping[str, Any]) -> Rules:
    rests = _whole(settings.get("cooldown_time"), 3600)
    fails = _whole(settings.get("allowed_fails"), 999)
    fallbacks: dict[str, tuple[str, ...]] = {}
    for name in ("fallbacks", "context_window_fallbacks"):
        for group, others in _fallbacks(settings.get(name)):
            fallbacks[group] = tuple(dict.fromkeys((*fallbacks.get(group, ()), *others)))
    return Rules(
        strategy=STRATEGIES.get(str(settings.get("routing_strategy")), "weighted_shuffle"),
        retries=_whole(settings.get("num_retries"), 5),
        # There so many failures are allowed, and the next one makes it rest.
        allowed_failures=None if fails is None else fails + 1,
        cooldown_seconds=0 if settings.get("disable_cooldowns") is True else rests,
        fallbacks=fallbacks,
        everywhere=_names(settings.get("default_fallbacks")),
        aliases=dict(_aliases(_mapping(settings.get("model_group_alias")))),
    )


def _aliases(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in said.items():
        group = value.get("model") if isinstance(value, dict) else value
        if isinstance(group, str):
            yield str(name), group


def _fallbacks(said: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in said if isinstance(said, list) else ():
        for group, others in _mapping(each).items():
            yield str(group), _names(others)


def _names(said: Any) -> tuple[str, ...]:
    return tuple(each for each in said if isinstance(each, str)) if isinstance(said, list) else ()


def _whole(value: Any, most: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return min(round(value), most)


def _unread(found: Mapping[str, Any]) -> Iterator[str]:
    for section, value in found.items():
        if section not in SECTIONS:
            yield str(section)
        elif section in {"router_settings", "litellm_settings"}:
            yield from (f"{section}.{name}" for name in _mapping(value) if name not in ROUTER)


def _secrets(value: Any, name: str = "") -> Iterator[Secret]:
    """Every text in the file that nobody may see, wherever it stands. Bounded: the nodes have been counted."""
    if isinstance(value, dict):
        everything = name == "environment_variables"
        for key, each in value.items():
            yield from _secrets(each, name if everything or is_secret(name) else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _secrets(each, name)
    elif isinstance(value, str) and (is_secret(name) or name == "environment_variables") and not variable_of(value):
        yield Secret(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return {str(name): each for name, each in value.items()} if isinstance(value, dict) else {}
