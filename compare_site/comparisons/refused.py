"""Recognises that a provider has clearly refused a capability: tools, pictures, a schema or reasoning.

Only what leaves no doubt counts: a client error that says so of the model, about exactly one thing, in answer to a
request that asked for that thing. Errors that may be about the server, the account, a value or a combination do not.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from providers.contract.messages import ChatRequest

STATUSES = frozenset({400, 404, 415, 422, 501})
THINGS = {
    "tools": r"(?:tools?|tool[ -](?:use|calls?|calling)|functions?|function[ -]calling|function calls?)",
    "structured_output": (
        r"(?:structured[ _]outputs?|(?:the )?response[ _]formats? [`'\"]?json_schema[`'\"]?"
        r"|[`'\"]?response_format[`'\"]? of type [`'\"]json_schema[`'\"])"
    ),
    "json_mode": (
        r"(?:json[ _]mode|(?:the )?response[ _]formats? [`'\"]?json_object[`'\"]?"
        r"|[`'\"]?response_format[`'\"]? of type [`'\"]json_object[`'\"])"
    ),
    "reasoning": r"(?:thinking|reasoning|extended thinking)(?: mode)?",
    "image_input": r"(?:images?|vision|image[ _]inputs?|image content(?: blocks?)?)",
    "audio_input": r"(?:audio|audio[ _]inputs?|audio content(?: blocks?)?)",
    "video_input": r"(?:videos?|video[ _]inputs?|video content(?: blocks?)?)",
    "pdf_input": r"(?:pdfs?|pdf (?:inputs?|files?|documents?)|document content(?: blocks?)?)",
}
KINDS = {"image": "image_input", "audio": "audio_input", "video": "video_input", "file": "pdf_input"}
END = r"(?=\s*(?:$|[.,;!\"'`(]|inputs?\b\s*(?:$|[.,;(])|that you provided\b|yet\b))"
DOUBT = re.compile(
    r"\b(?:endpoint|api|server|provider|account|plan|tier|region|key|stream(?:ing)?|values?|together|combin\w+|when|"
    r"while|unless|if|only|temporar\w+|more than|version|both)\b"
)
NO_LETTER = re.compile(r"[\W_]+")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def refused(error: Mapping[str, Any], request: ChatRequest) -> str | None:
    """The capability that this error denies the model; None if it does not, or not clearly."""
    if error.get("status") not in STATUSES:
        return None
    said = {name for name in THINGS if _denies(name, str(error.get("message", "")), request)}
    if len(said) != 1:
        return None
    (name,) = said
    return name if name in asked_for(request) else None


def _denies(name: str, message: str, request: ChatRequest) -> bool:
    thing = THINGS[name]
    of_model = re.compile(
        rf"(?:\bmodel\b.{{0,120}}|\S[/:.\-]\S+[\"'`]?) (?P<said>(?:does not|doesn't|do not|don't) support "
        rf"(?:the |any )?{thing}){END}"
        rf"|{thing}[`'\"]? (?:is|are) not supported (?:by|with|for|in|on) (?:this|the) (?:requested |selected )?model\b"
    )
    nobody = re.compile(rf"^no endpoints found that support {thing}{END}")
    free = request.routing is None or request.routing.provider is None
    for sentence in SENTENCE.split(message.lower()):
        found = of_model.search(sentence)
        if found and not DOUBT.search(sentence) and not _is_echo(found["said"] or found[0], request):
            return True
        if free and nobody.search(sentence):
            return True
    return False


def _is_echo(words: str, request: ChatRequest) -> bool:
    """Whether somebody has sent these words, which the provider then only quotes: nobody may say no in its name."""
    return any(_letters(words) in _letters(text.lower()) for text in _texts(request.model_dump()))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _letters(text: str) -> str:
    return NO_LETTER.sub("", text)


def asked_for(request: ChatRequest) -> frozenset[str]:
    """The capabilities that a request needs of its model."""
    found = {KINDS[block.kind] for message in request.messages for block in message.content if block.kind in KINDS}
    method = (request.output or {}).get("method")
    if request.tools or method == "function_calling":
        found.add("tools")
    if method in {"json_schema", "json_mode"}:
        found.add("structured_output" if method == "json_schema" else "json_mode")
    wish = request.reasoning
    if wish is not None and (wish.effort not in {None, "none"} or wish.budget or wish.enabled):
        found.add("reasoning")
    return frozenset(found)
