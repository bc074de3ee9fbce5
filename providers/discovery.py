"""Looks for model servers on given places, by what they answer to GET. Never on its own: an administrator asks.

Whatever listens there may be hostile or no model server at all: little is read, briefly, and only what has the shape
of a version or of a model id is kept.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from providers.contract.errors import ProviderError, SetupError
from providers.contract.spec import ProviderSpec, Telltale
from providers.dialects.jsonvalue import as_dict, as_list, as_text, at_path, read_json
from providers.transport.http import Outgoing, Transport

SECONDS = 4.0
"""For one answer; the questions to one place are asked at once, after the first one."""
MOST_BYTES = 512 * 1024
MOST_MODELS = 500
LONGEST_ID = 300
LONGEST_VERSION = 60
LOCKED = frozenset({401, 403})
MODELS = "/v1/models"


class Place(NamedTuple):
    """Where to look."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Discovered:
    """A model server. ``kind``: the catalog's slug; empty where it lists models as OpenAI does and tells no more."""

    place: Place
    kind: str = ""
    version: str = ""
    models: tuple[str, ...] = ()
    locked: bool = False
    """It wants a key before it lists its models."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int = 0
    body: bytes = b""
    value: Any = field(default=None, hash=False)


async def look(places: Iterable[Place], specs: Iterable[ProviderSpec], transport: Transport) -> list[Discovered]:
    """The model servers on these places, in order. ``specs``: those with a telltale are recognised."""
    known = sorted((spec for spec in specs if spec.telltale is not None), key=_weakest_last)
    found = await asyncio.gather(*(_look_at(place, known, transport) for place in places))
    return [each for each in found if each is not None]


def _weakest_last(spec: ProviderSpec) -> tuple[bool, bool, str]:
    """One telltale may also be given by servers that are built on another one."""
    telltale = spec.telltale
    return telltale is None or bool(telltale.owner), bool(telltale and telltale.says), spec.slug


async def _look_at(place: Place, known: Sequence[ProviderSpec], transport: Transport) -> Discovered | None:
    try:
        models = await _get(place, MODELS, transport)
    except _NobodyThere:
        return None
    paths = {path for spec in known if spec.telltale for path in spec.telltale.asks}
    got = await asyncio.gather(*(_get(place, path, transport) for path in sorted(paths)))
    answers = dict(zip(sorted(paths), got, strict=True))
    locked = models.status in LOCKED
    listed = as_list(as_dict(models.value).get("data")) if models.status == 200 else []
    ids = tuple(dict.fromkeys(filter(None, map(_model_id, listed[:MOST_MODELS]))))
    for spec in known:
        if spec.telltale is not None and _is(spec.telltale, answers, listed):
            first = answers[next(iter(spec.telltale.asks))]
            return Discovered(place, spec.slug, _version(first.value, spec.telltale.version), ids, locked)
    return Discovered(place, models=ids) if ids else None


def _is(telltale: Telltale, answers: dict[str, _Answer], listed: list[Any]) -> bool:
    for path, names in telltale.asks.items():
        answer = answers[path]
        if answer.status != 200:
            return False
        if telltale.says:
            if telltale.says.encode() not in answer.body[:200]:
                return False
        elif not isinstance(answer.value, dict) or any(at_path(answer.value, name) is None for name in names):
            return False
    return not telltale.owner or any(as_dict(each).get("owned_by") == telltale.owner for each in listed)


def _model_id(entry: Any) -> str:
    text = as_text(as_dict(entry).get("id"))
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() and text == text.strip() else ""


def _version(value: Any, name: str) -> str:
    text = as_text(at_path(value, name)) if name else ""
    return text[:LONGEST_VERSION] if text.isprintable() else ""


class _NobodyThere(Exception):
    """Nothing listens, or nothing may be asked there."""


async def _get(place: Place, path: str, transport: Transport) -> _Answer:
    """What is answered; nothing for whatever is no proper answer. Redirects are none."""
    outgoing = Outgoing("GET", f"http://{place}{path}", {"accept": "application/json"}, allow_private=True)
    try:
        async with asyncio.timeout(SECONDS), transport.stream(outgoing, limit=MOST_BYTES) as response:
            body = await response.read(MOST_BYTES)
            status = response.status
    except SetupError:
        raise _NobodyThere from None
    except ProviderError as error:
        if path == MODELS and error.status is None and error.code == "connection":
            raise _NobodyThere from None
        return _Answer()
    except TimeoutError:
        return _Answer()
    try:
        return _Answer(status, body, read_json(body))
    except ValueError:
        return _Answer(status, body)
