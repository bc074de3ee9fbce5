"""Uploaded files on their way to providers, in their own shapes, and when they go."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compare_site.comparisons import actions, attachments, uploads
from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.models import Attachment, AttachmentBytes, Comparison
from compare_site.comparisons.requests import AddTurn
from compare_site.comparisons.snapshot import state_of
from compare_site.comparisons.trash import delete, put_in
from compare_site.sharing.actions import ShareOptions, create_share
from providers.models import ChatModel
from providers.resolve import NewProvider, set_up_provider
from tests.comparisons.driving import QUICK, drive, started
from tests.comparisons.test_pictures_asked import CHAT, GEMINI, MESSAGES, PNG
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
PICTURE = base64.b64decode(PNG)
PAGES = b"%PDF-1.4\nnothing on it"
PDF = base64.b64encode(PAGES).decode()


def of_chat(body: Any) -> list[Any]:
    return [part.get("image_url", part.get("file")) for part in body["messages"][0]["content"][:2]]


def of_messages(body: Any) -> list[Any]:
    return [part["source"] for part in body["messages"][0]["content"][:2]]


def of_gemini(body: Any) -> list[Any]:
    return [part["inlineData"] for part in body["contents"][0]["parts"][:2]]


def base(mime: str, data: str) -> dict[str, str]:
    return {"type": "base64", "media_type": mime, "data": data}


@pytest.mark.parametrize(
    ("protocol", "script", "read", "sent"),
    [
        (
            "openai_chat",
            CHAT,
            of_chat,
            [
                {"url": f"data:image/png;base64,{PNG}"},
                {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
            ],
        ),
        ("anthropic_messages", MESSAGES, of_messages, [base("image/png", PNG), base("application/pdf", PDF)]),
        (
            "gemini_generate",
            GEMINI,
            of_gemini,
            [{"mimeType": "image/png", "data": PNG}, {"mimeType": "application/pdf", "data": PDF}],
        ),
    ],
)
def test_files_reach_the_provider_with_their_turn_and_with_the_next(
    owner: Any, upstream: ThreadedProvider, protocol: str, script: Any, read: Any, sent: Any
) -> None:
    upstream.play(script)
    set_up_provider(NewProvider("seeing", protocol, upstream.provider.base_url), "a test")
    picture, pages = uploads.keep(owner.pk, "dot.png", PICTURE), uploads.keep(owner.pk, "a.pdf", PAGES)
    comparison = started(owner, "seeing/model-1", prompt="What is it?", attachments=[picture.pk, pages.pk])
    (run,) = drive(comparison)
    assert (run["status"], run["text"]) == ("finished", "A dot.")
    assert read(upstream.received().json) == sent

    upstream.play(script)
    actions.add_turn(comparison, AddTurn(prompt="Are you sure?"))
    drive(comparison)
    assert read(upstream.received().json) == sent
    record = comparison.runs.order_by("queued_at").last().record
    kept = json.dumps([record.sent, record.state])
    assert (PNG in kept, PDF in kept, f"<attachment {picture.pk}>" in kept) == (False, False, True)
    shown = state_of(comparison)["turns"][0]["messages"][0]["content"]
    facts = {"attachment": picture.pk, "media_type": "image/png", "size": len(PICTURE)}
    assert shown[0] == {"kind": "image", "text": "", "name": "dot.png", "data": facts}
    assert [block["kind"] for block in shown] == ["image", "file", "text"]


def test_a_model_that_takes_no_pictures_is_not_asked(owner: Any, upstream: ThreadedProvider) -> None:
    provider = set_up_provider(NewProvider("blind", "openai_chat", upstream.provider.base_url), "a test").provider
    facts = {"capabilities": {"image_input": False}, "overrides": ["capabilities"]}
    ChatModel.objects.create(provider=provider, model_id="model-1", **facts)
    file = uploads.keep(owner.pk, "dot.png", PICTURE)
    (run,) = drive(started(owner, "blind/model-1", attachments=[file.pk]))
    assert (run["status"], run["error"]["code"]) == ("failed", "unsupported")
    assert "does not take image input" in run["error"]["message"]


def test_a_file_that_has_gone_ends_the_run_with_words(owner: Any) -> None:
    file = uploads.keep(owner.pk, "dot.png", PICTURE)
    comparison = started(owner, attachments=[file.pk])
    Attachment.objects.all().delete()
    (run,) = drive(comparison)
    assert (run["status"], run["error"]["code"]) == ("failed", "bad_request")
    assert "not here any more" in run["error"]["message"]


def test_the_files_of_another_comparison_are_not_sent(owner: Any, stranger: Any) -> None:
    file = uploads.keep(stranger.pk, "dot.png", PICTURE)
    comparison = started(owner)
    turn = comparison.turns.get()
    turn.messages[0]["content"].insert(0, attachments.block_of(file))
    turn.save()
    started(stranger, attachments=[file.pk])
    (run,) = drive(comparison)
    assert (run["status"], run["error"]["code"]) == ("failed", "bad_request")


def test_files_go_with_the_last_comparison_that_uses_them(owner: Any) -> None:
    file, other = uploads.keep(owner.pk, "a.png", PICTURE), uploads.keep(owner.pk, "b.png", PICTURE)
    first, second = started(owner, attachments=[file.pk, other.pk]), started(owner, attachments=[file.pk])
    put_in(first.pk)
    delete(first.pk)
    assert list(Attachment.objects.values_list("pk", flat=True)) == [file.pk]
    put_in(second.pk)
    delete(second.pk)
    assert not Attachment.objects.exists()
    assert not AttachmentBytes.objects.exists()


def test_what_nobody_uses_goes_after_a_day(owner: Any) -> None:
    old, used, fresh = (uploads.keep(owner.pk, name, PICTURE) for name in ("old.png", "used.png", "fresh.png"))
    started(owner, attachments=[used.pk])
    long_ago = timezone.now() - timedelta(hours=attachments.UNUSED_HOURS, minutes=1)
    Attachment.objects.filter(pk__in=[old.pk, used.pk]).update(created_at=long_ago)
    assert attachments.forget_unused() == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}


def came_by(comparison: Comparison, user_id: int, parts: list[str], frozen: bool = False) -> Client:
    """A browser that has opened a link with these parts."""
    asked = ShareOptions.model_validate({"parts": parts, "mode": "snapshot" if frozen else "live"})
    _share, token = create_share(comparison, user_id, asked)
    client = Client()
    client.get(f"/s/{token}", follow=True)
    return client


def test_a_share_shows_files_with_its_part_alone(owner: Any) -> None:
    file, later = uploads.keep(owner.pk, "dot.png", PICTURE), uploads.keep(owner.pk, "later.png", PICTURE)
    comparison = started(owner, QUICK, attachments=[file.pk])
    drive(comparison)
    seeing = came_by(comparison, owner.pk, ["prompt", "attachments"])
    blind = came_by(comparison, owner.pk, ["prompt"])
    frozen = came_by(comparison, owner.pk, ["prompt", "attachments"], frozen=True)
    actions.add_turn(comparison, AddTurn(prompt="And this?", attachments=[later.pk]))

    def status(client: Client, row: Attachment) -> int:
        return client.get(f"/attachments/{row.pk}").status_code

    assert [status(seeing, file), status(blind, file), status(frozen, file)] == [200, 404, 200]
    assert [status(seeing, later), status(blind, later), status(frozen, later)] == [200, 404, 404]
    path = f"/api/v1/comparisons/{comparison.pk}"
    blocks = [client.get(path).json()["turns"][0]["messages"][0]["content"] for client in (seeing, blind)]
    assert [block["kind"] for block in blocks[0]] == ["image", "text"]
    assert blocks[0][0]["data"]["attachment"] == file.pk
    assert [block["kind"] for block in blocks[1]] == ["text"]
    assert file.pk not in json.dumps(blind.get(path).json())


def test_nobody_reads_a_file_that_is_not_there(owner: Any) -> None:
    for each in ("0" * 32, "x", "\x00" * 32):
        with pytest.raises(Denied):
            attachments.readable(Principal(user_id=owner.pk), each)


def test_media_that_stood_in_the_messages_are_not_kept_with_the_request() -> None:
    data = "QUJD" * 4000
    body = {"url": f"data:image/png;base64,{data}", "data": [data], "text": "a, b " * 5000, "key": "QUJD"}

    kept = attachments.without_bytes(body, {})

    said = "<16000 characters of base64>"
    assert kept == {**body, "url": f"data:image/png;base64,{said}", "data": [said]}
