"""Files with a prompt, as somebody attaches them: chosen, pasted, dropped, refused, removed, sent and seen again."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.e2e.test_shell_composer import KEEP
from tests.fakes.provider_server import says
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

Open = Callable[..., Page]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = {"name": "dot.png", "mimeType": "image/png", "buffer": base64.b64decode(PNG)}
PAGES = {"name": "a<b>.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n"}
QUOTED = "notes.md\n````\n```\nhello\n```\n````"
BLIND = """from providers.models import ChatModel
ChatModel.objects.filter(model_id="blind").update(capabilities={"image_input": False})"""
GIVE = """([selector, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], `${type}.png`, { type: "image/png" }));
  const init = { bubbles: true, cancelable: true, dataTransfer: given, clipboardData: given };
  const event = type === "paste" ? new ClipboardEvent(type, init) : new DragEvent(type, init);
  document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def upstream(site: Stack) -> Iterator[ThreadedProvider]:
    """A provider with a model that sees and one that is known not to."""
    with ThreadedProvider() as provider:
        address = ("--base-url", provider.provider.base_url)
        models = ("--model", "seeing", "--model", "blind")
        site.manage("add_provider", "eyes", "--protocol", "openai_chat", *address, *models)
        site.manage("shell", "-v", "0", "-c", BLIND)
        yield provider


def names(page: Page, place: str) -> Any:
    """Of the files that have arrived: nothing is sent while one is on its way."""
    return page.locator(f"{place} ts-attach .attached .chip:not(:has(progress)) .one-line")


def pictures_seen(page: Page, number: int) -> None:
    """A picture that is still on its way when its file is removed would not be found."""
    pictures = page.locator("ts-composer ts-attach img")
    expect(pictures).to_have_count(number)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", 1)


def remove_all_but_the_first(page: Page) -> None:
    for number, name in ((3, "a<b>.pdf"), (3, "paste.png"), (2, "drop.png")):
        pictures_seen(page, number)
        page.get_by_role("button", name=f"Remove {name}", exact=True).focus()
        page.keyboard.press("Enter")
    expect(names(page, "ts-composer")).to_have_text(["dot.png"])
    expect(page.get_by_role("button", name="Remove dot.png", exact=True)).to_be_focused()


def take_a_large_one(page: Page) -> None:
    """What is larger than other bodies may be arrives whole, too."""
    content = b"%PDF-1.4\n" + bytes(3_000_000)
    with page.expect_response("**/api/v1/attachments") as reply:
        page.locator("ts-composer ts-attach input").set_input_files(
            [{"name": "large.pdf", "mimeType": "application/pdf", "buffer": content}]
        )
    assert reply.value.json()["size"] == len(content)
    # The answer is known here before the page has drawn it.
    expect(names(page, "ts-composer").last).to_have_text("large.pdf")
    page.get_by_role("button", name="Remove large.pdf", exact=True).click()
    expect(names(page, "ts-composer")).to_have_text(["dot.png", "a<b>.pdf"])


def quote_a_text(page: Page) -> None:
    """The text of a text file is a part of the prompt."""
    notes = {"name": "notes.md", "mimeType": "", "buffer": b"```\r\nhello\r\n```\r\n"}
    broken = {"name": "odd.txt", "mimeType": "text/plain", "buffer": b"\xff\xfe"}
    page.locator("ts-composer ts-attach input").set_input_files([notes, broken])
    expect(page.locator("#prompt")).to_have_value(f"What is it?\n\n{QUOTED}\n")
    expect(page.locator("#attachments-error")).to_have_text("odd.txt is no text in UTF-8.")


def test_files_are_attached_sent_and_shown(open_page: Open, upstream: ThreadedProvider, problems: Problems) -> None:
    problems.allow.append("415")
    upstream.play(says("A dot."))
    page = open_page()
    expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)
    page.evaluate(KEEP, {"prompt": "What is it?", "columns": [{"model": "eyes/seeing"}, {"model": "eyes/blind"}]})
    page.reload()
    expect(page.locator("ts-composer .chip-name")).to_have_text(["eyes/seeing", "eyes/blind"])

    # Chosen with the button; what is no picture is refused where it was attached, and the rest stays.
    page.locator("ts-composer ts-attach input").set_input_files([PICTURE, PAGES])
    expect(names(page, "ts-composer")).to_have_text(["dot.png", "a<b>.pdf"])
    pictures_seen(page, 1)
    expect(page.locator("ts-composer .model-chip.unavailable .chip-name")).to_have_text(["eyes/blind"])
    expect(page.locator("ts-composer .model-chip.unavailable")).to_contain_text("does not take pictures")
    take_a_large_one(page)
    packed = {"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04"}
    page.locator("ts-composer ts-attach input").set_input_files([packed])
    expect(page.locator("#attachments-error")).to_contain_text("a.zip: This file cannot be attached.")
    quote_a_text(page)
    page.evaluate("() => { document.querySelector('ts-composer ts-attach').dataset.max = '3'; }")
    page.locator("ts-composer ts-attach input").set_input_files([PICTURE])
    expect(page.locator("#attachments-error")).to_have_text("dot.png is too large: at most 3 B.")
    expect(names(page, "ts-composer")).to_have_text(["dot.png", "a<b>.pdf"])

    # A reload keeps them; more are pasted and dropped, and removed with the keyboard.
    page.reload()
    expect(names(page, "ts-composer")).to_have_text(["dot.png", "a<b>.pdf"])
    page.evaluate(GIVE, ["#prompt", "paste", PNG])
    expect(names(page, "ts-composer")).to_have_count(3)
    page.evaluate(GIVE, ["ts-composer form", "drop", PNG])
    expect(names(page, "ts-composer")).to_have_text(["dot.png", "a<b>.pdf", "paste.png", "drop.png"])
    remove_all_but_the_first(page)

    page.keyboard.press("Control+Enter")
    expect(page.locator("ts-column").first).to_contain_text("A dot.")
    expect(page.locator("ts-column").nth(1)).to_contain_text("does not take image input")
    sent = upstream.requests[-1].json["messages"][-1]["content"]
    assert [part["type"] for part in sent] == ["image_url", "text"]
    assert sent[0]["image_url"]["url"] == f"data:image/png;base64,{PNG}"
    assert sent[1]["text"].strip() == f"What is it?\n\n{QUOTED}"

    # A follow-up with another one; what was asked shows both.
    expect(page.locator("ts-column").first.locator("ts-status")).to_have_text("Done · stop")
    page.locator("ts-follow-up ts-attach input").set_input_files([PAGES])
    expect(names(page, "ts-follow-up")).to_have_text(["a<b>.pdf"])
    page.focus("#follow-up")  # the file says all there is to say
    expect(page.locator("ts-follow-up [data-send]")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("Control+Enter")
    expect(names(page, "ts-follow-up")).to_have_count(0)
    expect(page.locator("ts-column").first.locator(".turn")).to_have_count(2)
    page.reload()
    expect(page.locator(".asked summary")).to_contain_text("a<b>.pdf")
    page.locator(".asked summary").click()
    shown = page.locator(".asked-all .attached a")
    expect(shown.locator(".one-line")).to_have_text(["dot.png", "a<b>.pdf"])
    expect(shown.first.locator("img")).to_have_js_property("naturalWidth", 1)
    assert page.request.get(str(shown.nth(1).evaluate("link => link.href"))).body() == PAGES["buffer"]
