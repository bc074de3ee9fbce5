"""Every variable that the site reads is explained in .env.example."""

import re

from tests.architecture.test_budgets import ROOT, tracked

READ = re.compile(r"""env\.(?:text|boolean|integer|items)\(\s*["']([A-Z_]+)["']""")


def test_every_variable_is_in_the_example() -> None:
    names = tracked("compare_site/*.py", "compare_site/**/*.py", "providers/*.py", "providers/**/*.py")
    read = {name for path in names for name in READ.findall((ROOT / path).read_text(encoding="utf-8"))}
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert len(read) > 10
    assert read - explained == set()
