"""The prompt library over HTTP: versions, rights, search, what is refused and how it is named."""

from typing import Any

import pytest

from compare_site.comparisons.models import Comparison, Run, Turn
from compare_site.library.models import Prompt, PromptVersion
from tests.api.callers import QUICK, Caller, drive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
TEMPLATE = {
    "name": "Summary 摘要",
    "system": "You write in {language}.",
    "messages": [
        {"role": "user", "content": "Sum up: {{braces}} as {language}"},
        {"role": "assistant", "content": 'As JSON: {"a": {"b": 1}}'},
        {"role": "user", "content": "Sum up: {text}"},
    ],
    "tags": ["writing", "摘要", "writing"],
}


def made(caller: Caller, **changes: Any) -> dict[str, Any]:
    status, body = caller("POST", "prompts", {**TEMPLATE, **changes})
    assert status == 201, body
    return dict(body)


def problems(body: Any) -> dict[str, str]:
    return {each["field"]: each["message"] for each in body["error"]["details"]}


def test_a_prompt_and_its_versions(caller: Caller) -> None:
    prompt = made(caller)
    assert prompt["version"]["number"] == 1
    assert prompt["version"]["variables"] == ["language", "text"]
    assert (prompt["tags"], prompt["mine"], prompt["team"], prompt["owner"]) == (
        ["writing", "摘要"],
        True,
        False,
        "owner",
    )
    path, first = f"prompts/{prompt['id']}", prompt["version"]
    status, renamed = caller("PATCH", path, {"name": "Other", "content": {"system": "", "prompt": "Hi {you}"}})
    assert status == 200
    assert (renamed["name"], renamed["version"]["number"]) == ("Other", 2)
    assert renamed["version"]["messages"] == [{"role": "user", "content": "Hi {you}"}]
    assert caller("PATCH", path, {"content": {"prompt": "Hi {you}"}})[1]["version"]["number"] == 2
    status, stale = caller("PATCH", path, {"content": {"prompt": "x"}, "based_on": first["id"]})
    assert (status, stale["error"]["code"]) == (409, "changed_meanwhile")
    assert caller("GET", path)[1]["version"]["number"] == 2
    versions = caller("GET", f"{path}/versions")[1]["items"]
    assert [(each["number"], each["uses"]) for each in versions] == [(2, 0), (1, 0)]
    assert versions[1] | {"uses": 0} == first | {"uses": 0}
    assert caller("GET", f"prompt-versions/{first['id']}")[1]["version"] == first
    assert caller("DELETE", path)[0] == 204
    assert caller("GET", path)[0] == caller("GET", f"prompt-versions/{first['id']}")[0] == 404


def test_what_is_wrong_is_named(caller: Caller) -> None:
    for change, field in (
        ({"name": "  "}, "name"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}, "messages"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": []}, "messages"),
        ({"prompt": "both"}, "prompt"),
        ({"tags": ["x" * 65]}, "tags.0"),
        ({"unknown": 1}, "unknown"),
        ({"system": "".join(f"{{v{n}}}" for n in range(101))}, ""),
    ):
        status, body = caller("POST", "prompts", {**TEMPLATE, **change})
        assert (status, list(problems(body))) == (422, [field]), change
    assert Prompt.objects.count() == 0


def test_teammates_read_and_copy_what_is_shared_and_nothing_else(caller: Caller, stranger: Any) -> None:
    mate = Caller.bearer(stranger)
    prompt = made(caller)
    path, version = f"prompts/{prompt['id']}", f"prompt-versions/{prompt['version']['id']}"
    own = {"GET": [path, f"{path}/versions", f"{path}/export", version, f"{version}/comparisons"]}
    assert {mate("GET", each)[0] for each in own["GET"]} == {404}
    assert mate("GET", "prompts")[1]["items"] == []
    assert caller("PATCH", path, {"team": True})[0] == 200
    assert {mate("GET", each)[0] for each in own["GET"]} == {200}
    (listed,) = mate("GET", "prompts")[1]["items"]
    assert (listed["mine"], listed["owner"], listed["examples"]) == (False, "owner", 2)
    assert mate("PATCH", path, {"name": "taken"})[0] == mate("DELETE", path)[0] == 404
    status, copy = mate("POST", f"{path}/duplicate")
    assert (status, copy["mine"], copy["team"], copy["version"]["number"]) == (201, True, False, 1)
    assert copy["version"]["messages"] == prompt["version"]["messages"]
    assert mate("GET", "prompts?scope=mine")[1]["items"][0]["name"] == "Summary 摘要 (copy)"
    assert [each["id"] for each in mate("GET", "prompts?scope=team")[1]["items"]] == [prompt["id"]]
    assert mate("GET", "prompts/export")[1]["prompts"][0]["name"] == "Summary 摘要 (copy)"
    caller("PATCH", path, {"team": False})
    assert mate("GET", path)[0] == 404


def test_a_comparison_is_made_of_a_version_and_its_few_shot_messages_are_sent(caller: Caller) -> None:
    version = made(caller)["version"]
    values = {"language": "{text} {{x}}", "text": "the <b>text</b> 文"}
    body = {"models": [QUICK], "prompt_version": version["id"], "variables": values}
    status, answer = caller("POST", "comparisons", body)
    assert status == 201, answer
    drive()
    sent = Run.objects.select_related("record").get().record.sent["messages"]
    assert sent == [
        {"role": "system", "content": "You write in {text} {{x}}."},
        {"role": "user", "content": "Sum up: {braces} as {text} {{x}}"},
        {"role": "assistant", "content": 'As JSON: {"a": {"b": 1}}'},
        {"role": "user", "content": "Sum up: the <b>text</b> 文"},
    ]
    turn = Turn.objects.get()
    assert (turn.prompt_version_id, turn.variables) == (version["id"], values)
    assert turn.messages[-1]["content"][0]["text"] == "Sum up: the <b>text</b> 文"
    (told,) = caller("GET", f"comparisons/{answer['id']}")[1]["turns"]
    assert (told["prompt_version"], told["variables"]) == (version["id"], values)
    uses = caller("GET", f"prompt-versions/{version['id']}/comparisons")[1]["items"]
    assert [each["id"] for each in uses] == [answer["id"]]
    follow = {"prompt_version": version["id"], "variables": {"language": "en", "text": "more"}}
    assert caller("POST", f"comparisons/{answer['id']}/turns", follow)[0] == 201
    assert Turn.objects.get(position=1).system == "You write in en."
    assert caller("GET", f"prompts/{version['prompt']}/versions")[1]["items"][0]["uses"] == 1
    assert caller("DELETE", f"prompts/{version['prompt']}")[0] == 204
    assert Turn.objects.filter(prompt_version=None, variables__isnull=False).count() == 2


def test_values_that_are_missing_unknown_or_too_long_are_refused_by_name(caller: Caller, stranger: Any) -> None:
    version = made(caller)["version"]["id"]
    long = "x" * 600_000
    for body, fields in (
        ({}, ["variables.language", "variables.text"]),
        ({"variables": {"language": "en"}}, ["variables.text"]),
        ({"variables": {"language": "en", "text": "t", "more": ""}}, ["variables.more"]),
        ({"variables": {"language": "en", "text": 5}}, ["variables.text"]),
        ({"variables": {"language": long, "text": "t"}}, ["variables"]),
        ({"prompt": "x"}, ["prompt"]),
    ):
        status, answer = caller("POST", "comparisons", {"models": [QUICK], "prompt_version": version, **body})
        assert (status, list(problems(answer))) == (422, fields)
    status, answer = caller("POST", "comparisons", {"models": [QUICK], "prompt": "x", "variables": {"a": "b"}})
    assert (status, list(problems(answer))) == (422, ["variables"])
    values = {"language": "en", "text": "t"}
    for asked in (version, "0" * 32, "no id", "\x00" * 32):
        body = {"models": [QUICK], "prompt_version": asked, "variables": values}
        status, answer = Caller.bearer(stranger)("POST", "comparisons", body)
        assert (status, answer["error"]["code"]) == (422, "unknown_prompt_version")
    assert Comparison.objects.count() == 0


def test_plain_prompts_are_no_templates(caller: Caller) -> None:
    text = "Explain {name} and {{x}} and {}"
    caller.created(prompt=text, system="{y}")
    assert Turn.objects.get().messages[0]["content"][0]["text"] == text
    assert Comparison.objects.get().system == "{y}"


def test_an_exported_library_comes_back_whole(caller: Caller, stranger: Any) -> None:
    prompt = made(caller, description="why", team=True)
    caller("PATCH", f"prompts/{prompt['id']}", {"content": {"system": "s", "prompt": "second {x}"}})
    made(caller, name="Another")
    status, file = caller("GET", "prompts/export")
    assert (status, [each["name"] for each in file["prompts"]]) == (200, ["Another", "Summary 摘要"])
    mate = Caller.bearer(stranger)
    assert mate("POST", "prompts/import", file)[1]["skipped"] == 0
    back = mate("GET", "prompts/export")[1]
    assert back["prompts"] == file["prompts"]
    assert mate("POST", "prompts/import", back)[1] == {"items": [], "skipped": 2, "next": None}
    assert PromptVersion.objects.filter(prompt__owner=stranger).count() == 3
    one = caller("GET", f"prompts/{prompt['id']}/export")[1]
    assert [each["name"] for each in one["prompts"]] == ["Summary 摘要"]


def test_a_file_with_an_error_is_refused_whole_and_says_where(caller: Caller) -> None:
    good = {"name": "good", "versions": [{"prompt": "x"}]}
    for bad, field in (
        ({"versions": [{"prompt": "x"}]}, "prompts.1.name"),
        ({"name": "n", "versions": []}, "prompts.1.versions"),
        ({"name": "n", "versions": [{"prompt": "x", "number": 2}, {"prompt": "y", "number": 2}]}, "prompts.1"),
        (
            {"name": "n", "versions": [{"messages": [{"role": "user", "content": 1}]}]},
            "prompts.1.versions.0.messages.0.content",
        ),
        ({"name": "n", "versions": [{"prompt": "x", "more": 1}]}, "prompts.1.versions.0.more"),
    ):
        body = {"format": "touchstone-prompts", "version": 1, "prompts": [good, bad]}
        status, answer = caller("POST", "prompts/import", body)
        assert (status, list(problems(answer))) == (422, [field])
    assert caller("POST", "prompts/import", {"prompts": [good]})[0] == 422
    assert Prompt.objects.count() == 0
