"""The access matrix: every route, operation and method by every actor."""

from typing import Any

import pytest

from tests.security.matrix.people import ACTORS, World
from tests.security.matrix.policy import CALLS
from tests.security.matrix.probes import Knocker, calls_of, unclassified

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def test_every_door_has_a_policy_and_every_policy_a_door() -> None:
    assert unclassified() == []


@pytest.mark.parametrize("actor", ACTORS)
def test_pages_and_operations(everybody: World, actor: str, record_property: Any) -> None:
    knocker = Knocker(everybody, [actor])
    knocker.pages()
    findings = knocker.calls()
    record_property("probes", findings.probes)
    print(f"\n{actor}: {findings}")
    assert not findings.wrong, "\n".join(findings.wrong)
    assert findings.kinds["pages"] > LOOKED_AT_ONCE
    assert findings.kinds["calls"] == len(calls_of(actor)) >= len(CALLS)


LOOKED_AT_ONCE = 100
"""Pages that each actor is at least asked of."""


def test_there_are_enough_probes_and_everybody_knocks() -> None:
    linked = {"viewer", "expired_viewer", "revoked_viewer", "locked_viewer", "teammate", "former_teammate"}
    assert linked < set(ACTORS)
    probes = sum(len(calls_of(actor)) + LOOKED_AT_ONCE for actor in ACTORS)
    print(f"\n{len(ACTORS)} actors, at least {probes} probes")
    assert probes >= 1500


@pytest.mark.leisure
@pytest.mark.timeout(600)
@pytest.mark.parametrize("actor", ACTORS)
def test_every_method_at_every_door(everybody: World, actor: str) -> None:
    knocker = Knocker(everybody, [actor], thorough=True)
    knocker.pages()
    findings = knocker.calls()
    assert not findings.wrong, "\n".join(findings.wrong)
