"""Files over HTTP: upload, what is refused and how it is named, how their bytes come back, and asking with them."""

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compare_site.comparisons import uploads
from compare_site.comparisons.models import Attachment, AttachmentUse
from providers.resolve import NewProvider, set_up_provider
from tests.api.callers import QUICK, Caller, drive
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = b"GIF89a..."


def uploaded(caller: Caller, content: bytes = PNG, name: str = "dot.png") -> dict[str, Any]:
    status, body = caller("POST", "attachments", {"name": name, "data": base64.b64encode(content).decode()})
    assert status == 201, body
    return dict(body)


def refusal(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def test_a_file_comes_as_a_form_or_as_json(caller: Caller) -> None:
    # What the browser calls it says nothing.
    file = SimpleUploadedFile("C:\\my\\dot\u202e.html", PNG, content_type="text/html")
    reply = caller.client.post("/api/v1/attachments", {"file": file})
    assert reply.status_code == 201
    facts = {"kind": "image", "mime": "image/png", "size": len(PNG), "name": "dot.html"}
    assert facts.items() <= reply.json().items()
    as_json = uploaded(caller)
    assert {**facts, "name": "dot.png", "sha256": reply.json()["sha256"]}.items() <= as_json.items()
    assert caller("GET", f"attachments/{as_json['id']}")[1] == as_json
    assert caller("DELETE", f"attachments/{as_json['id']}")[0] == 204
    assert refusal(caller("GET", f"attachments/{as_json['id']}")) == (404, "not_found")


def test_what_cannot_be_attached_is_refused_with_words(caller: Caller, settings: Any, monkeypatch: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 2 * 1024 * 1024

    def post(content: bytes, **more: Any) -> tuple[int, Any]:
        body = {"name": "a.png", "data": base64.b64encode(content).decode(), **more}
        return caller("POST", "attachments", body)

    assert refusal(post(b"<svg onload=alert(1)>")) == (415, "unknown_file_type")
    assert refusal(post(b"")) == (422, "empty_file")
    assert refusal(post(PNG + bytes(2 * 1024 * 1024))) == (413, "too_large")
    assert post(PNG + bytes(2 * 1024 * 1024 - len(PNG)))[0] == 201
    status, body = post(PNG, data="no base64!")
    assert (status, body["error"]["details"][0]) == (422, {"field": "data", "message": "data must be base64."})
    assert post(PNG, more=1)[1]["error"]["details"][0]["field"] == "more"
    assert refusal(caller("POST", "attachments", b"{")) == (400, "bad_request")
    reply = caller.client.post("/api/v1/attachments", {"other": "x"})
    assert (reply.status_code, reply.json()["error"]["details"][0]["field"]) == (422, "file")
    monkeypatch.setattr(uploads, "MOST_WAITING", 1)
    assert refusal(post(PNG)) == (429, "too_many_files")


def test_asking_with_files_keeps_them(caller: Caller, stranger: Any) -> None:
    file, theirs = uploaded(caller), uploaded(Caller.bearer(stranger))
    status, body = caller("POST", "comparisons", {"prompt": "x", "models": [QUICK], "attachments": [file["id"]] * 9})
    assert status == 422
    status, body = caller(
        "POST", "comparisons", {"prompt": "x", "models": [QUICK], "attachments": [file["id"], theirs["id"]]}
    )
    assert (status, body["error"]["details"]) == (422, {"field": "attachments.1"})
    data = {"attachment": file["id"], "media_type": "image/png"}
    forged = [{"role": "user", "content": [{"kind": "image", "data": data}, {"kind": "text", "text": "x"}]}]
    status, body = caller("POST", "comparisons", {"messages": forged, "models": [QUICK]})
    assert (status, body["error"]["details"][0]["field"]) == (422, "messages")
    assert not AttachmentUse.objects.exists()

    made = caller.created(attachments=[file["id"]])
    blocks = made["state"]["turns"][0]["messages"][0]["content"]
    assert [(block["kind"], block.get("name")) for block in blocks] == [("image", "dot.png"), ("text", None)]
    assert refusal(caller("DELETE", f"attachments/{file['id']}")) == (409, "attachment_used")
    drive()
    second = uploaded(caller, GIF, "b.gif")
    path = f"comparisons/{made['id']}/turns"
    assert refusal(caller("POST", path, {"prompt": "y", "attachments": [theirs["id"]]})) == (422, "unknown_attachment")
    assert caller("POST", path, {"prompt": "y", "attachments": [second["id"]]})[0] == 201
    turns = caller("GET", f"comparisons/{made['id']}")[1]["turns"]
    assert turns[1]["messages"][0]["content"][0]["data"]["attachment"] == second["id"]
    drive()

    # A copy of it keeps its files, when the original has gone too.
    status, copy = caller("POST", f"comparisons/{made['id']}/fork")
    assert status == 201
    assert AttachmentUse.objects.filter(comparison=copy["id"]).count() == 2
    assert caller("DELETE", f"comparisons/{made['id']}")[0] == 204
    assert caller("DELETE", f"trash/{made['id']}")[0] == 204
    assert Attachment.objects.filter(owner__username="owner").count() == 2


def test_files_may_be_all_that_is_said(caller: Caller) -> None:
    said = {"attachments": [uploaded(caller)["id"]], "models": [QUICK]}
    with ThreadedProvider() as upstream:
        made = caller.created(**said | {"prompt": " ", "models": [upstream.as_rows()]})
        drive()
        (part,) = upstream.requests[0].json["messages"][0]["content"]
    assert part["type"] == "image_url"
    assert [block["kind"] for block in made["state"]["turns"][0]["messages"][0]["content"]] == ["image"]

    after = {"attachments": [uploaded(caller, GIF, "b.gif")["id"]], "prompt": ""}
    assert caller("POST", f"comparisons/{made['id']}/turns", after)[0] == 201
    example = [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}]
    status, body = caller("POST", "comparisons", said | {"messages": [*example, {"role": "user", "content": ""}]})
    assert status == 201
    assert [message["role"] for message in body["state"]["turns"][0]["messages"]] == ["user", "assistant", "user"]

    # Only where the files go, and only with a file.
    hollow = [{"role": "user", "content": ""}, *example[1:], example[0]]
    status, body = caller("POST", "comparisons", said | {"messages": hollow})
    assert (status, body["error"]["details"][0]["field"]) == (422, "messages.0.content")
    for empty in ({"prompt": " "}, {"messages": [{"role": "user", "content": ""}]}):
        assert caller("POST", "comparisons", {**empty, "models": [QUICK], "attachments": []})[0] == 422


def test_the_bytes_come_back_and_nothing_of_them_runs(caller: Caller, owner: Any, stranger: Any) -> None:
    picture, pages = uploaded(caller, name='a"\r\nb.png'), uploaded(caller, b"%PDF-1.4 <script>", "ä.pdf")
    browser = Client()
    browser.force_login(owner)
    reply = browser.get(f"/attachments/{picture['id']}")
    assert (reply.status_code, reply.content, reply["Content-Type"]) == (200, PNG, "image/png")
    assert reply["Content-Disposition"].startswith("inline")
    assert reply["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (reply["X-Content-Type-Options"], reply["Cache-Control"]) == ("nosniff", "private, no-store")
    reply = browser.get(f"/attachments/{pages['id']}")
    assert reply["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A4.pdf"
    assert browser.get(f"/attachments/{'0' * 32}").status_code == 404
    browser.force_login(stranger)
    assert browser.get(f"/attachments/{picture['id']}").status_code == 404
    assert refusal(Caller.bearer(stranger)("GET", f"attachments/{picture['id']}")) == (404, "not_found")
    assert Client().get(f"/attachments/{picture['id']}")["Location"].startswith("/accounts/sign-in")


def test_a_cache_breakpoint_behind_a_file(caller: Caller) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    files = [uploaded(caller)["id"], {"id": uploaded(caller, GIF, "b.gif")["id"], "cache_control": mark}]
    with ThreadedProvider() as upstream:
        set_up_provider(NewProvider("claude", "anthropic_messages", upstream.provider.base_url), "a test")
        column = {"model": "claude/m-1", "params": {"max_retries": 0}}
        caller.created(models=[column], attachments=files)
        drive()
        first, second, text = upstream.requests[0].json["messages"][0]["content"]
    assert [first.get("cache_control"), second["cache_control"], text.get("cache_control")] == [None, mark, None]
    status, body = caller("POST", "comparisons", {"prompt": "x", "models": [QUICK], "attachments": [{"name": "a"}]})
    assert status == 422
    assert {detail["field"] for detail in body["error"]["details"]} == {"attachments.0.id", "attachments.0.name"}
