"""Processes that open keys leave no image of their memory behind."""

import json
import subprocess
import sys

SAID = "import json, resource; print(json.dumps(resource.getrlimit(resource.RLIMIT_CORE)))"


def limits_after(code: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{SAID}"], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_the_limit_is_zero_and_stays() -> None:
    code = "from compare_site.processes.core_dumps import forbid_core_dumps\nforbid_core_dumps()"

    assert limits_after(code) == [0, 0]
