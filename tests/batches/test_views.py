"""The pages of batches: what was typed stays, problems stand at their field."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compare_site.batches.models import Batch
from tests.comparisons.driving import QUICK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def browser(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def form(**fields: Any) -> dict[str, Any]:
    return {"inputs": "one\n\n two \r\n", "models": f"{QUICK}\n", "max_concurrency": "2", **fields}


def test_lines_become_a_batch(browser: Client, owner: Any) -> None:
    reply = browser.post("/batches/new/", form(title="T", system="s", temperature="0", max_tokens="12"))
    batch = Batch.objects.get()

    assert reply.status_code == 302
    assert reply["Location"] == f"/batches/{batch.pk}/"
    assert (batch.owner, batch.title, batch.total, batch.max_concurrency) == (owner, "T", 2, 2)
    assert batch.asked == {
        "models": [{"model": QUICK}],
        "system": "s",
        "params": {"temperature": 0.0, "max_tokens": 12},
    }
    assert [item.asked for item in batch.inputs.all()] == [{"prompt": "one"}, {"prompt": " two "}]
    assert b"0 of 2 ended" in browser.get("/batches/").content
    page = browser.get(f"/batches/{batch.pk}/")
    assert page.status_code == 200
    assert b"ts-batch-state" in page.content


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"inputs": ""}, "inputs-error", "Write one input"),
        ({"models": ""}, "models-error", "at least one model"),
        ({"models": "nobody/nothing"}, "models-error", "nobody"),
        ({"temperature": "99"}, "temperature-error", "10"),
        ({"max_concurrency": "33"}, "concurrency-error", "32"),
        ({"inputs": "", "file": SimpleUploadedFile("a.csv", b"question\nx")}, "file-error", "Line 1"),
        ({"inputs": "", "file": SimpleUploadedFile("a.csv", b"prompt\n\xff")}, "file-error", "UTF-8"),
        ({"inputs": "", "file": SimpleUploadedFile("a.exe", b"prompt\nx")}, "file-error", ".csv"),
        ({"inputs": "", "file": SimpleUploadedFile("a.jsonl", b'{"prompt": ""}')}, "file-error", "inputs.0"),
        (
            {"inputs": "", "file": SimpleUploadedFile("a.jsonl", b'{"prompt_version": "gone"}')},
            "file-error",
            "no such version",
        ),
        ({"file": SimpleUploadedFile("a.csv", b"prompt\nx")}, "inputs-error", "one of the two"),
    ],
)
def test_a_problem_stands_at_its_field(browser: Client, fields: dict[str, Any], field: str, says: str) -> None:
    if (file := fields.get("file")) is not None:
        file.seek(0)
    reply = browser.post("/batches/new/", form(title="Kept", **fields))
    text = reply.content.decode()

    assert reply.status_code == 422
    assert says in text[text.index(f'id="{field}"') :].partition("</p>")[0]
    assert 'value="Kept"' in text
    assert not Batch.objects.exists()


def test_a_file_becomes_a_batch(browser: Client) -> None:
    file = SimpleUploadedFile("a.CSV", "prompt,city\r\nWhere?,Rome\r\n".encode("utf-8-sig"))
    assert browser.post("/batches/new/", form(inputs="", file=file)).status_code == 302
    assert Batch.objects.get().inputs.get().asked == {"prompt": "Where?", "metadata": {"city": "Rome"}}


def test_somebody_elses_batch_does_not_exist(browser: Client, stranger: Any) -> None:
    batch = Batch.objects.create(owner=stranger, total=0, asked={"models": []})
    assert browser.get(f"/batches/{batch.pk}/").status_code == 404
    assert batch.pk not in browser.get("/batches/").content.decode()
    assert "No batches yet" in browser.get("/batches/").content.decode()
    assert Client().get("/batches/").status_code == 302


def test_the_limit_of_files_is_said_wherever_it_holds(browser: Client, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 1024 * 1024
    large = SimpleUploadedFile("a.csv", b"prompt\n" + b"x" * settings.FILE_MAX_BYTES)
    assert b"This file is larger than 1 MiB." in browser.post("/batches/new/", form(inputs="", file=large)).content
    for path, words in (("/batches/new/", b"inputs, 1 MiB in all."), ("/batches/", b"inputs, 1 MiB")):
        assert words in browser.get(path).content, path
    for path in ("/batches/", "/history/", "/prompts/"):
        assert b'data-max="1048576"' in browser.get(path).content, path
