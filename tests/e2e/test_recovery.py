"""A short sample of ``make faults``: one of each kind, with the same rules."""

import pytest

from tests.clients.api_client import Api
from tests.faults.rig import Rig
from tests.faults.trial import FAULTS, Fault, Trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SEED = 7


@pytest.fixture(scope="module")
def rig():  # type: ignore[no-untyped-def]
    with Rig() as rig:
        yield rig


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_people_saw_survives(rig: Rig, fault: Fault) -> None:
    rig.wait_ready()
    async with Api(rig.url, rig.token) as api:
        verdict = await Trial(rig, api, fault, SEED).run()
    assert verdict.problems == []
    assert sum(verdict.runs.values()) == 16
    if fault in ("valkey", "web"):
        assert verdict.runs == {"finished": 16}
    else:
        assert verdict.runs.get("interrupted")
        assert verdict.redriven
