"""A comparison of somebody, and the bare site of the account tests."""

from typing import Any

import pytest

from compare_site.comparisons.models import Comparison
from tests.accounts.conftest import bare_site

__all__ = ["bare_site"]


@pytest.fixture
def comparison(owner: Any) -> Comparison:
    return Comparison.objects.create(owner=owner, title="Shared title")


@pytest.fixture
def other(owner: Any) -> Comparison:
    return Comparison.objects.create(owner=owner, title="Other title")
