"""What is shared by mistake is found, and shown so that nobody can use it."""

from typing import Any

import pytest

from compare_site.sharing.scan import MOST, Finding, masked, scan

FOUND = [
    ("api_key", "sk-" + "a1B2" * 10),
    ("api_key", "sk-ant-api03-" + "a1B2" * 10),
    ("api_key", "AIza" + "Sy" * 18),
    ("api_key", "AKIA" + "ABCD1234EFGH5678"),
    ("api_key", "hf_" + "a1B2" * 8),
    ("token", "ghp_" + "a1B2" * 9),
    ("token", "xoxb-1234567890-abcdef"),
    ("token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
    ("token", "Bearer abcdefghijklmnop1234"),
    ("password", "password: hunter2hunter2"),
    ("password", 'API_KEY = "0123456789abcdef"'),
    ("password", "postgres://admin:hunter2@db.internal/x"),
    ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ("private_key", "-----BEGIN PGP PRIVATE KEY BLOCK-----"),
    ("email", "ada.lovelace+x@mail.example.org"),
]
QUIET = [
    "the token limit is 4096",
    "password: no",
    "I risk-averse-ly skip the task-list",
    "user@host",
    "sk-learn",
    "Bearer of bad news",
    "-----BEGIN CERTIFICATE-----",
    "a@b.c means nothing",
]


@pytest.mark.parametrize(("kind", "secret"), FOUND)
def test_what_is_found(kind: str, secret: str) -> None:
    (finding,) = scan({"title": f"look: {secret}, isn't it"})
    assert (finding.kind, finding.place) == (kind, "title")
    assert len(finding.sample) < len(secret) or kind == "private_key"


@pytest.mark.parametrize("text", QUIET)
def test_what_is_not(text: str) -> None:
    assert scan({"title": text, "system": text}) == []


def test_everywhere_it_is_named_where() -> None:
    mail = "ada@example.org"
    said: Any = {"content": [{"kind": "text", "text": mail}]}
    state = {
        "system": mail,
        "settings": {"tools": [{"description": mail}]},
        "columns": [{"id": "c", "label": "B", "overrides": {"extra": {"api_key": "0123456789abcdef"}}}],
        "turns": [{"messages": []}, {"messages": [said]}],
        "runs": [
            {
                "column": "c",
                "content": [{"kind": "reasoning", "text": mail}, {"kind": "text", "text": mail}],
                "error": {"message": mail},
            }
        ],
    }
    assert [(each.place, each.label) for each in scan(state)] == [
        ("system", ""),
        ("settings", ""),
        ("settings", "B"),
        ("prompt", "2"),
        ("reasoning", "B"),
        ("answer", "B"),
        ("other", "B"),
    ]


def test_each_is_told_once_and_not_without_end() -> None:
    assert scan({"title": "ada@example.org ada@example.org"}) == [Finding("email", "title", "", "ad…@example.org")]
    assert len(scan({"title": " ".join(f"a{number}@{number}.example.org" for number in range(200))})) == MOST


def test_samples_are_masked() -> None:
    assert masked("sk-0123456789abcdef") == "sk-0…ef"
    assert masked("postgres://admin:hunter2@") == "post…2@"


LONG = (
    *("a" * 400_000, "a@" * 200_000, "a@b.cc " * 60_000, "eyJ" * 100_000, "eyJ-" * 100_000),
    *("password:" * 50_000, "sk-" * 100_000, "-----BEGIN " * 40_000),
)


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:8])
def test_long_texts_end(text: str) -> None:
    """Each would take minutes with a pattern that tries everything twice."""
    assert all(finding.kind != "private_key" for finding in scan({"title": text}))
