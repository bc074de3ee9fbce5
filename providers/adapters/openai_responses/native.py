"""Output items as the wire has them: what of each is shown, and what goes back to the provider later."""

from typing import Any

from providers.dialects.jsonvalue import as_dict, as_list, as_text

PROTOCOL = "openai_responses"
SHOWN_ELSEWHERE = frozenset({"message", "reasoning", "function_call", "custom_tool_call", ""})
RUN_BY_XAI = frozenset({"x_keyword_search", "x_semantic_search", "x_user_search", "x_thread_fetch", "view_x_video"})
"""xAI reports steps of its own search as calls of custom tools that nobody offered."""
RUN_BY_XAI_ID = "xs_"
"""How the ids of such calls begin."""
INPUTS = ("action", "queries", "arguments", "code", "input", "prompt", "revised_prompt", "server_label", "operation")
OUTPUTS = ("output", "outputs", "results", "result", "tools", "error")
FORMATS = {"jpg": "jpeg"}


def is_tool(kind: str) -> bool:
    """Whether items of this type are something the provider did itself."""
    return kind not in SHOWN_ELSEWHERE


def is_ours(raw: dict[str, Any], offered: frozenset[str]) -> bool:
    """Whether a call is for us to run: a custom tool that nobody offered is the provider's own."""
    if raw.get("type") != "custom_tool_call":
        return True
    name = as_text(raw.get("name"))
    if as_text(raw.get("call_id")).startswith(RUN_BY_XAI_ID):
        return False
    return name not in RUN_BY_XAI and not (offered and name and name not in offered)


def offered_names(tools: Any) -> frozenset[str]:
    """The names of the tools a response lists as its own, those in namespaces included; types count as names."""
    found: set[str] = set()
    for tool in map(as_dict, as_list(tools)):
        found.update(name for key in ("name", "type") if (name := as_text(tool.get(key))))
        found.update(offered_names(tool.get("tools")))
    return frozenset(found)


def texts(part: dict[str, Any], number: int) -> list[tuple[tuple[str, int], str]]:
    """The text of one content part of a message, with where it belongs."""
    kind = part.get("type")
    if kind == "refusal":
        return [(("refusal", number), as_text(part.get("refusal")))]
    if kind in {"output_text", "text"}:
        return [(("text", number), as_text(part.get("text")))]
    return []


def whole_text(raw: dict[str, Any]) -> str:
    """All text of an item."""
    if raw.get("type") == "message":
        parts = enumerate(as_list(raw.get("content")))
        return "".join(text for number, part in parts for _, text in texts(as_dict(part), number))
    if raw.get("type") == "reasoning":
        return "".join(reasoning_texts(raw.get("summary")) or reasoning_texts(raw.get("content")))
    return as_text(raw.get("arguments")) or as_text(raw.get("input"))


def reasoning_texts(parts: Any) -> list[str]:
    if isinstance(parts, str):
        return [parts] if parts else []
    found = (part if isinstance(part, str) else as_text(as_dict(part).get("text")) for part in as_list(parts))
    return [text for text in found if text]


def citation(annotation: dict[str, Any]) -> dict[str, Any]:
    """``url`` and ``title``, or the file that was quoted."""
    annotation = as_dict(annotation.get("url_citation")) or annotation
    data: dict[str, Any] = {}
    for name, wanted in (("url", "url"), ("title", "title"), ("filename", "title"), ("file_id", "file_id")):
        value = as_text(annotation.get(name))
        if value and wanted not in data:
            data[wanted] = value
    return data


def image_in(part: dict[str, Any]) -> dict[str, Any] | None:
    """A picture among the parts of a message."""
    if part.get("type") not in {"output_image", "image", "image_url"}:
        return None
    link = part.get("image_url") or part.get("url") or part.get("result") or part.get("b64_json")
    return _image(as_text(as_dict(link).get("url")) if isinstance(link, dict) else as_text(link), part)


def generated_image(raw: dict[str, Any]) -> dict[str, Any] | None:
    if raw.get("type") != "image_generation_call":
        return None
    return _image(as_text(raw.get("result")), raw)


def _image(said: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    if not said:
        return None
    if said.startswith(("http://", "https://", "data:")):
        return {"url": said}
    form = as_text(raw.get("output_format")) or "png"
    return {"data": said, "media_type": f"image/{FORMATS.get(form, form)}"}


def tool_name(kind: str) -> str:
    return kind.removesuffix("_call") or "tool"


def tool_data(raw: dict[str, Any]) -> dict[str, Any]:
    """``input`` and ``output`` of a tool the provider ran, whatever fields its kind keeps them in."""
    given = {name: raw[name] for name in INPUTS if raw.get(name) not in (None, "", [], {})}
    got = {name: raw[name] for name in OUTPUTS if raw.get(name) not in (None, "", [], {})}
    data: dict[str, Any] = {}
    if given:
        data["input"] = _only(given)
    if got:
        data["output"] = _only(got)
    if raw.get("status"):
        data["status"] = raw["status"]
    if as_text(raw.get("server_label")):
        data["server"] = raw["server_label"]
    return data


def _only(values: dict[str, Any]) -> Any:
    return next(iter(values.values())) if len(values) == 1 else values


def message_of(item_id: str, phase: str) -> dict[str, Any]:
    return {"type": "message", "id": item_id, **({"phase": phase} if phase else {})}


def call_of(kind: str, item_id: str) -> dict[str, Any] | None:
    return {"type": kind, "id": item_id} if item_id else None


def reasoning_of(raw: dict[str, Any]) -> dict[str, Any] | None:
    """The state behind reasoning; None where nothing would be gained by sending it back."""
    if not raw.get("encrypted_content") and not reasoning_texts(raw.get("content")):
        return None
    kept = ("id", "summary", "content", "encrypted_content")
    return {"type": "reasoning", "summary": [], **{name: raw[name] for name in kept if raw.get(name)}}


def tool_of(raw: dict[str, Any]) -> dict[str, Any]:
    """The item itself; a picture is kept once only, in its block."""
    unkept = {"result"} if raw.get("type") == "image_generation_call" else set()
    return {name: value for name, value in raw.items() if name not in unkept}
