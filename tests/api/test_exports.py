"""Files over HTTP: the owner takes one away and brings it back, nobody else sees anything."""

import csv
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from compare_site.accounts.tokens import create_api_token
from compare_site.api.schemas import ImportedOut
from compare_site.comparisons import attachments, uploads
from compare_site.comparisons.models import Comparison
from compare_site.sharing import actions as sharing
from providers.models import ChatModel
from tests.api.callers import Caller
from tests.comparisons.driving import drive
from tests.comparisons.test_attachments import PICTURE
from tests.exports.rows import made

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("json", "application/json"),
        ("md", "text/markdown; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_file_is_saved_and_never_shown(caller: Caller, owner: Any, kind: str, content_type: str) -> None:
    comparison = made(owner, title='a "b"\r\nSet-Cookie: x=1; é')
    reply = caller.client.get(f"/api/v1/comparisons/{comparison.pk}/export", {"format": kind})

    assert reply.status_code == 200
    assert reply["Content-Type"] == content_type
    assert reply["Content-Disposition"].startswith("attachment; filename")
    assert "Set-Cookie" not in reply.headers
    assert reply["Cache-Control"] == "no-store"
    assert len(b"".join(reply.streaming_content)) == int(reply["Content-Length"])


def test_the_server_reads_files_without_waiting_for_the_disk(owner: Any) -> None:
    comparison, token = made(owner), create_api_token(owner, "test")[1]

    async def ask() -> bytes:
        path = f"/api/v1/comparisons/{comparison.pk}/export?format=json"
        reply = await AsyncClient().get(path, headers={"Authorization": f"Bearer {token}"})
        return b"".join([piece async for piece in reply.streaming_content])

    assert json.loads(async_to_sync(ask)())["comparison"]["id"] == comparison.pk


def test_only_the_owner_has_files(caller: Caller, owner: Any, stranger: Any) -> None:
    comparison = made(owner)
    path = f"comparisons/{comparison.pk}/export"
    guest = Client()
    guest.get(f"/s/{sharing.create_share(comparison, owner.pk)[1]}")

    assert Caller(guest)("GET", f"comparisons/{comparison.pk}")[0] == 200
    assert Caller(guest)("GET", path)[0] == 404
    assert Caller.bearer(stranger)("GET", path)[0] == 404
    assert Caller(Client())("GET", path)[0] == 401
    assert caller("GET", f"{path}?format=exe")[0] == 422


def test_there_and_back(caller: Caller, owner: Any) -> None:
    comparison = made(owner)
    file = b"".join(caller.client.get(f"/api/v1/comparisons/{comparison.pk}/export").streaming_content)
    status, answer = caller("POST", "comparisons/import", file)

    assert status == 201
    ImportedOut.model_validate(answer)
    assert answer["unknown_models"] == ["nobody/unknown"]
    assert answer["id"] != comparison.pk
    assert caller("GET", f"comparisons/{answer['id']}")[1]["title"] == "A title"


def test_files_that_stayed_elsewhere_are_named_and_never_asked_for(caller: Caller, owner: Any) -> None:
    comparison = made(owner)
    there = uploads.keep(owner.pk, "here.png", PICTURE)
    gone = {
        "kind": "image",
        "name": "*gone*.png",
        "data": {"attachment": "0" * 32, "size": 9, "media_type": "image/png"},
    }
    turn = comparison.turns.get(position=0)
    turn.messages[0]["content"] = [attachments.block_of(there), gone, {"kind": "text", "text": "?"}]
    turn.save()
    path = f"/api/v1/comparisons/{comparison.pk}/export"
    files = {kind: saved(caller, f"{path}?format={kind}") for kind in ("json", "md", "csv")}
    assert f"- here.png (image, {len(PICTURE)} bytes)\n- \\*gone\\*.png (image, 9 bytes)\n".encode() in files["md"]
    (first, *_) = csv.DictReader(files["csv"].decode("utf-8-sig").splitlines())
    assert [each["name"] for each in json.loads(first["attachments"])] == ["here.png", "*gone*.png"]

    answer = caller("POST", "comparisons/import", files["json"])[1]
    told = {"name": "*gone*.png", "kind": "image", "size": 9, "missing": True}
    assert answer["missing_files"] == [told]
    said = answer["state"]["turns"][0]["messages"][0]["content"]
    assert [block["data"].get("attachment") for block in said[:2]] == [there.pk, None]
    assert said[1]["data"] == {"size": 9, "media_type": "image/png", "missing": True}
    again = saved(caller, f"/api/v1/comparisons/{answer['id']}/export?format=md")
    assert b"gone\\*.png (image, 9 bytes, not here)" in again
    run = next(run for run in answer["state"]["runs"] if run["turn"] == answer["state"]["turns"][0]["id"])
    ChatModel.objects.update(capabilities={})
    status, anew = caller("POST", f"runs/{run['id']}/rerun", {"branch": True})
    assert status == 201
    ended = {each["id"]: each for each in drive(Comparison.objects.get(pk=answer["id"]))}[anew["id"]]
    assert ended["error"]["message"].endswith("attach it again."), ended["error"]


def saved(caller: Caller, path: str) -> bytes:
    return b"".join(caller.client.get(path).streaming_content)


def test_a_wrong_file_is_told_by_its_places(caller: Caller) -> None:
    file = {"format": "touchstone.comparison", "version": 1, "exported_at": "x", "columns": [{}], "runs": 3}
    status, answer = caller("POST", "comparisons/import", file)

    assert status == 422
    fields = {problem["field"] for problem in answer["error"]["details"]}
    assert {"exported_at", "columns.0.id", "runs", "turns"} <= fields
    assert caller("POST", "comparisons/import", b"\xff")[0] == 422
    assert caller("POST", "comparisons/import", {"format": "x"})[1]["error"]["details"][0]["field"] == ""
    assert not Comparison.objects.exists()
