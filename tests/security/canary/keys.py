"""Canary keys of ten shapes, and the scanner that knows them in every spelling."""

import base64
import html
import json
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

ALPHABET = string.ascii_letters + string.digits
SHORTEST = 10
"""What is shorter than this could be there by chance."""


def shapes(seed: int = 7) -> dict[str, str]:
    """One key of every shape. They fit into a header and open nothing."""
    chance = random.Random(seed)

    def some(count: int, letters: str = ALPHABET) -> str:
        return "".join(chance.choice(letters) for _ in range(count))

    account = {
        "type": "service_account",
        "private_key_id": some(40, "0123456789abcdef"),
        "private_key": some(120),
        "client_email": f"{some(12)}@canary.example",
    }
    return {
        "openai": f"sk-proj-{some(44)}",
        "anthropic": f"sk-ant-api03-{some(48)}-{some(12)}AA",
        "google": f"AIza{some(35)}",
        "groq": f"gsk_{some(40)}",
        "xai": f"xai-{some(40)}",
        "huggingface": f"hf_{some(34)}",
        "hex": some(64, "0123456789abcdef"),
        "json": json.dumps(account, separators=(",", ":")),
        "quotes": f"{some(14)}\"{some(6)}'{some(6)}`{some(6)}\\{some(14)}",
        "odd": f"~!@#${some(12)}^*()_+{{}}|:?[];,./={some(12)}<&>%20%",
    }


def spellings(key: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which a key may be left somewhere."""
    raw, half = key.encode(), len(key) // 2
    yield "plain", raw
    yield "reversed", raw[::-1]
    yield "first half", raw[:half]
    yield "second half", raw[half:]
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "url", quote(key, safe="").encode()
    yield "url plus", quote_plus(key).encode()
    yield "json", json.dumps(key)[1:-1].encode()
    yield "json twice", json.dumps(json.dumps(key)[1:-1])[1:-1].encode()
    yield "html", html.escape(key).encode()
    yield "repr", repr(key)[1:-1].encode()
    yield "sql", key.replace("'", "''").encode()
    yield "utf-16", key.encode("utf-16-le")
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        # Only the characters that this key alone determines, wherever it stands in what was encoded.
        last = (offset + len(raw)) * 8 // 6
        padded = b"\x00" * offset + raw
        yield f"base64+{offset}", base64.b64encode(padded)[first:last]
        yield f"base64url+{offset}", base64.urlsafe_b64encode(padded)[first:last]


@dataclass(frozen=True, slots=True)
class Hit:
    """A key, where it should not be."""

    kind: str
    place: str
    shape: str
    spelling: str


@dataclass
class Scanner:
    """Looks for all spellings of all keys."""

    keys: dict[str, str]
    artefacts: dict[str, int] = field(default_factory=dict)
    """How many things of each kind were looked through."""
    looked_through: int = 0
    hits: list[Hit] = field(default_factory=list)
    clean: set[bytes] = field(default_factory=set)
    """Lines that show nothing. Most lines of a page are those of every page: one look at each is enough."""

    def __post_init__(self) -> None:
        self._patterns: dict[bytes, tuple[str, str]] = {}
        for shape, key in self.keys.items():
            for spelling, pattern in spellings(key):
                assert len(pattern) >= SHORTEST, (shape, spelling)
                self._patterns.setdefault(pattern, (shape, spelling))

    def scan(self, kind: str, place: str, data: bytes) -> list[Hit]:
        """Every key that ``data`` shows."""
        self.artefacts[kind] = self.artefacts.get(kind, 0) + 1
        self.looked_through += len(data)
        lines = set(data.split(b"\n")) - self.clean
        fresh = b"\n".join(lines)
        shown = [pattern for pattern in self._patterns if pattern in (data if b"\n" in pattern else fresh)]
        self.clean |= {line for line in lines if not any(pattern in line for pattern in shown)}
        found = [Hit(kind, place, *self._patterns[pattern]) for pattern in shown]
        self.hits += found
        return found

    def scan_all(self, things: Iterator[tuple[str, str, bytes]]) -> list[Hit]:
        """The same for many."""
        return [hit for thing in things for hit in self.scan(*thing)]

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.artefacts.items()))
        size = self.looked_through // 1024
        return (
            f"{len(self._patterns)} spellings of {len(self.keys)} keys in {sum(self.artefacts.values())} artefacts "
            f"of {len(self.artefacts)} kinds ({size} KiB: {kinds}): {len(self.hits)} hits"
        )
