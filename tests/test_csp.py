"""Headers of every page: the policy with the hash of the import map, and everything around it."""

import base64
import hashlib
import re
from typing import Any

import pytest
from django.test import Client

from compare_site import staticfiles

pytestmark = pytest.mark.django_db


def policy_of(answer: Any) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


def test_a_page_allows_its_own_files_and_one_import_map(client: Client) -> None:
    answer = client.get("/accounts/sign-in/")
    text = re.search(r'<script type="importmap">(.*?)</script>', answer.content.decode(), re.DOTALL)
    assert text is not None
    digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()

    policy = policy_of(answer)

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["style-src"] == policy["connect-src"] == policy["font-src"] == policy["form-action"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_admin_is_exempt_from_trusted_types_and_nothing_else(client: Client, admin: Any) -> None:
    page = policy_of(client.get("/accounts/sign-in/"))
    client.force_login(admin)

    assert policy_of(client.get("/admin/")) == {
        name: value for name, value in page.items() if name != "require-trusted-types-for"
    }


@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/admin/", "/healthz", "/nothing-here/", "/api/v1/models"])
def test_every_answer_has_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Cache-Control"]
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    # Not no-referrer: browsers would then send "Origin: null" with forms, which the CSRF check refuses.
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-DNS-Prefetch-Control"] == "off"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_hash_belongs_to_the_map() -> None:
    digest = base64.b64encode(hashlib.sha256(staticfiles.import_map().encode()).digest()).decode()

    assert staticfiles.import_map_hash() == f"'sha256-{digest}'"
