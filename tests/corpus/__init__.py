"""Hostile and awkward texts of our own, for every place that shows text from a model, a provider or a person.

Use `xss_payloads()` and `address_shapes()`; `SPIES` goes into a page before anything else and counts what fires.
"""

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
EVIL_HOST = "evil.example"

# Runs before the page's own scripts (Playwright's add_init_script): a dialog would block, a count does not.
SPIES = """
window.__fired = [];
for (const name of ["alert", "confirm", "prompt", "print"]) {
  window[name] = (...args) => { window.__fired.push(`${name}(${args.join()})`); return null; };
}
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def decode(line: str) -> str:
    """The text that a line of the corpus stands for."""
    text = line.replace("⏎", "\n").replace("⇥", "\t")
    return re.sub(r"\{U\+([0-9A-F]{4,6})\}", lambda match: chr(int(match[1], 16)), text)


@cache
def _lines(name: str) -> tuple[str, ...]:
    lines = (HERE / name).read_text(encoding="utf-8").split("\n")
    return tuple(decode(line) for line in lines if line.strip() and not line.startswith(";;"))


def xss_payloads() -> list[str]:
    """Texts that try to run script, one each."""
    return list(_lines("xss.txt"))


def address_shapes() -> list[str]:
    """Pictures and links in every spelling: texts that try to make the browser ask another host."""
    return list(_lines("shapes.txt"))
