"""Recorded answers in which one value is of another kind than it should be: events or a named failure, no crash."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import get_adapter
from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.contract.spec import ProviderSpec
from tests.providers.recordings.reading import Case, cases

pytestmark = pytest.mark.slow
SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
PROTOCOLS = ("gemini_generate", "cohere_v2", "cohere_v1")
ODD: list[Any] = [None, True, 0, -1, 1.5, 1e308, "x", "", [], {}, [[]], [None], [{}], {"a": [1]}, "\ud800", "\0"]


def chunks(case: Case) -> list[Any]:
    """The JSON values of a recording."""
    found = []
    for line in case.body.splitlines():
        try:
            found.append(json.loads(line.removeprefix(b"data:")))
        except ValueError:
            continue
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


def replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], odd)
    return copy


def check(events: list[StreamEvent]) -> None:
    opened = list(dict.fromkeys(event.index for event in events if isinstance(event, BlockOpened)))
    assert opened == list(range(len(opened)))
    assert all(event.index in opened for event in events if isinstance(event, Delta))
    for event in events:
        repr(event).encode()


@cache
def with_chunks(protocol: str) -> list[Case]:
    return [case for case in cases() if case.protocol == protocol and chunks(case)]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(st.data())
def test_one_odd_value(protocol: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(with_chunks(protocol)))
    said = chunks(case)
    which = data.draw(st.integers(0, len(said) - 1))
    path = data.draw(st.sampled_from(list(places(said[which]))))
    said[which] = replaced(said[which], path, data.draw(st.sampled_from(ODD)))

    adapter = get_adapter(protocol)
    parser = adapter.parser(SPEC)
    check([*(event for chunk in said for event in parser.feed(json.dumps(chunk).encode())), *parser.end()])
    for chunk in said:
        check(list(adapter.parse_whole(json.dumps(chunk).encode(), SPEC)))
