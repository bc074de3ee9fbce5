"""What the bench does with a part that fails."""

import sys
from typing import Any

import pytest

from tests.bench import __main__ as bench


def test_a_part_that_fails_loses_nothing_of_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> dict[str, Any]:
        raise RuntimeError("no such program")

    monkeypatch.setattr(bench.starting, "from_nothing", broken)
    monkeypatch.setattr(bench.adapters, "measure", lambda: {"measured": 17})
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "start", "--only", "adapters"])
    assert bench.main() == 1
    said = capsys.readouterr()
    assert '"measured": 17' in said.out
    assert "no such program" in said.err
    assert said.err.endswith("Failed: start\n")
