"""The access matrix: every route, operation and method by every actor."""

from typing import Any

import pytest

from tests.security.matrix.people import ACTORS, World
from tests.security.matrix.probes import Knocker, unclassified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def test_every_door_has_a_policy_and_every_policy_a_door() -> None:
    assert unclassified() == []


@pytest.mark.parametrize("actor", ACTORS)
def test_pages(everybody: World, actor: str, record_property: Any) -> None:
    findings = Knocker(everybody, [actor]).pages()
    record_property("probes", findings.probes)
    print(f"\n{actor}, pages: {findings}")
    assert not findings.wrong, "\n".join(findings.wrong)
    assert findings.probes > 150


@pytest.mark.parametrize("actor", ACTORS)
def test_operations(everybody: World, actor: str, record_property: Any) -> None:
    findings = Knocker(everybody, [actor]).calls()
    record_property("probes", findings.probes)
    print(f"\n{actor}, API: {findings}")
    assert not findings.wrong, "\n".join(findings.wrong)
    assert findings.probes > 60
