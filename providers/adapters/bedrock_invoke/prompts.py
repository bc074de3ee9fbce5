"""Requests for models that complete a prompt: a conversation as the text that each was trained on."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message, RequestReport
from providers.contract.quirks import BedrockBody
from providers.dialects.fields import Fields

WHY = "this model completes a prompt and has no such parameter"
NAMES = ("max_tokens", "temperature", "top_p", "stop", "seed", "logprobs", "top_logprobs", "service_tier")
ASKED = ("tools", "tool_choice", "parallel_tool_calls", "output")
SILENT = frozenset({"reasoning", "citation", "server_tool"})


class Form(NamedTuple):
    """Where the text goes and what the parameters are called. ``inner``: the object that holds them."""

    text: str
    names: dict[str, str]
    inner: str = ""


FORMS: dict[str, Form] = {
    "titan": Form(
        "inputText",
        {"max_tokens": "maxTokenCount", "temperature": "temperature", "top_p": "topP", "stop": "stopSequences"},
        "textGenerationConfig",
    ),
    "llama": Form("prompt", {"max_tokens": "max_gen_len", "temperature": "temperature", "top_p": "top_p"}),
    "mistral": Form("prompt", {name: name for name in ("max_tokens", "temperature", "top_p", "stop")}),
    "command": Form(
        "prompt", {"max_tokens": "max_tokens", "temperature": "temperature", "top_p": "p", "stop": "stop_sequences"}
    ),
    "command_r": Form(
        "message",
        {
            **{name: name for name in ("max_tokens", "temperature", "seed")},
            "top_p": "p",
            "stop": "stop_sequences",
        },
    ),
    "jurassic": Form(
        "prompt",
        {"max_tokens": "maxTokens", "temperature": "temperature", "top_p": "topP", "stop": "stopSequences"},
    ),
}


def prompt_body(request: ChatRequest, form: BedrockBody) -> tuple[dict[str, Any], RequestReport]:
    """The body, and what became of the parameters."""
    known = FORMS[form]
    fields = Fields(dict.fromkeys((*NAMES, *ASKED, "reasoning"), WHY))
    for name in NAMES:
        value = getattr(request.params, name)
        value = list(value) if isinstance(value, tuple) else value
        if name in known.names and value is not None:
            field = f"{known.inner}.{known.names[name]}" if known.inner else known.names[name]
            _put(fields, name, value, field)
        else:
            fields.put(name, value)
    for name in ASKED:
        fields.put(name, getattr(request, name) or None)
    fields.put("reasoning", request.reasoning)
    said = _command_r(request.messages) if form == "command_r" else {known.text: _prompt(request.messages, form)}
    body: dict[str, Any] = {**said, **fields.body}
    if form == "command":
        body["stream"] = request.stream
    body.update(request.extra)
    sent = {name: value for name, value in body.items() if name not in {*said, "messages"}}
    return body, RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)


def _put(fields: Fields, name: str, value: Any, field: str) -> None:
    """Past the refusals, which are for the parameters that this form has no name for."""
    outer, _, inner = field.rpartition(".")
    (fields.body.setdefault(outer, {}) if outer else fields.body)[inner] = value
    if field != name:
        fields.renamed[name] = field


def _prompt(messages: Sequence[Message], form: str) -> str:
    turns = [(message.role, _text(message)) for message in messages]
    if form == "llama":
        said = (f"<|start_header_id|>{role}<|end_header_id|>\n\n{text}<|eot_id|>" for role, text in turns)
        return "".join(("<|begin_of_text|>", *said, "<|start_header_id|>assistant<|end_header_id|>\n\n"))
    if form == "mistral":
        said = (f" {text}</s>" if role == "assistant" else f"[INST] {text} [/INST]" for role, text in turns)
        return "".join(("<s>", *said))
    names = {"system": "", "assistant": "Bot: "}
    return "\n".join((*(f"{names.get(role, 'User: ')}{text}" for role, text in turns), "Bot:"))


def _command_r(messages: Sequence[Message]) -> dict[str, Any]:
    system = "\n".join(_text(message) for message in messages if message.role == "system")
    turns = [message for message in messages if message.role != "system"]
    history = [
        {"role": "CHATBOT" if message.role == "assistant" else "USER", "message": _text(message)}
        for message in turns[:-1]
    ]
    said: dict[str, Any] = {"message": _text(turns[-1]) if turns else ""}
    return {**said, **({"chat_history": history} if history else {}), **({"preamble": system} if system else {})}


def _text(message: Message) -> str:
    return "".join(_plain(block) for block in message.content)


def _plain(block: ContentBlock) -> str:
    if block.kind in {"text", "refusal", "tool_result"}:
        return block.text
    if block.kind in SILENT:
        return ""
    raise ProviderError("unsupported", f"This model completes a prompt and cannot take {block.kind} blocks.")
