"""The access matrix: every route, operation and method by every actor."""

from typing import Any

import pytest

from tests.security.matrix.people import ACTORS, World
from tests.security.matrix.policy import CALLS, METHODS
from tests.security.matrix.probes import Knocker, unclassified

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
    assert findings.kinds["calls"] == operations_asked()


LOOKED_AT_ONCE = 100
"""Pages that each actor is at least asked of."""


def operations_asked() -> int:
    """Every address of the API by every method, for one actor."""
    return len({call.door.partition(" ")[2] for call in CALLS}) * len(METHODS)


def test_there_are_enough_probes_and_everybody_knocks() -> None:
    linked = {"viewer", "expired_viewer", "revoked_viewer", "locked_viewer", "teammate", "former_teammate"}
    assert linked < set(ACTORS)
    probes = len(ACTORS) * (operations_asked() + LOOKED_AT_ONCE)
    print(f"\n{len(ACTORS)} actors, at least {probes} probes")
    assert probes >= 1500


@pytest.mark.leisure
@pytest.mark.timeout(600)
@pytest.mark.parametrize("actor", ACTORS)
def test_every_method_on_every_page(everybody: World, actor: str) -> None:
    findings = Knocker(everybody, [actor], thorough=True).pages()
    assert not findings.wrong, "\n".join(findings.wrong)
