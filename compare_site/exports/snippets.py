"""The request of a run as code: what was really sent, with the key as a variable of the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from compare_site.comparisons import events as ev
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Run, RunRecord
from compare_site.exports.quoting import as_javascript, as_json, as_python, for_shell, in_double_quotes, masked

HEREDOC = "TOUCHSTONE_BODY"
SDK_CALLS = {"openai_chat": ("chat.completions", "/chat/completions"), "openai_responses": ("responses", "/responses")}
BY_NAME = {
    "openai_chat": (
        "model messages stream stream_options temperature top_p max_tokens max_completion_tokens stop seed tools "
        "tool_choice parallel_tool_calls response_format logprobs top_logprobs reasoning_effort service_tier n "
        "presence_penalty frequency_penalty modalities"
    ),
    "openai_responses": (
        "model input instructions stream temperature top_p max_output_tokens tools tool_choice parallel_tool_calls "
        "reasoning text include store service_tier top_logprobs truncation"
    ),
}
"""What the SDK takes by name; everything else goes through ``extra_body``."""
CHAT_NAMED = frozenset({"temperature", "top_p", "seed"})
"""What LangChain sends under the very name that it is given."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What was sent, and how. ``RunRecord.wire`` and ``sent``, media and secrets masked."""

    protocol: str
    method: str
    url: str
    headers: Mapping[str, str]
    auth: Mapping[str, str]
    body: dict[str, Any]

    @property
    def variable(self) -> str:
        return self.auth["variable"]

    @property
    def key_header(self) -> tuple[str, str] | None:
        """Name of the header that carries the credential and what stands before it; None without one."""
        kind = self.auth["kind"]
        if kind in {"none", "sigv4"}:
            return None
        if kind == "header":
            return self.auth["header"], self.auth["prefix"]
        return "Authorization", "Bearer "


@dataclass(frozen=True, slots=True)
class Snippet:
    name: str
    label: str
    code: str
    note: str = ""


def wire_of(run: Run) -> Wire:
    """What a run has sent. Refused 409 if it sent nothing, or if that is not known (yet)."""
    if run.state not in ev.FINAL:
        raise Refused(409, "still_running", _("What was sent can be copied when the answer has ended."))
    record = RunRecord.objects.filter(pk=run.pk).first()
    if record is None or record.sent is None:
        raise Refused(
            409, "nothing_sent", _("Nothing was sent from here for this answer, so there is nothing to copy.")
        )
    if record.wire is None:
        raise Refused(
            409, "nothing_sent", _("This answer is older than copying as code. Re-run it to copy its request.")
        )
    wire = record.wire
    headers = {name: value for name, value in wire["headers"].items() if name.lower() != "content-length"}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return Wire(wire["protocol"], wire["method"], wire["url"], headers, wire["auth"], masked(record.sent))


def snippets(wire: Wire) -> list[Snippet]:
    """All that fit this protocol: cURL, Python and JavaScript always do."""
    makers: list[Callable[[Wire], Snippet | None]] = [_curl, _python, _langchain, _javascript]
    return [made for maker in makers if (made := maker(wire)) is not None]


def _curl(wire: Wire) -> Snippet:
    lines = [f"curl --no-buffer -X {wire.method} {for_shell(wire.url)}"]
    lines += [f"  -H {for_shell(f'{name}: {value}')}" for name, value in wire.headers.items()]
    note = ""
    if wire.auth["kind"] == "sigv4":
        signed = f"aws:amz:{wire.auth['region'] or '$AWS_REGION'}:{wire.auth['service'] or 'bedrock'}"
        lines += [f'  --aws-sigv4 "{signed}" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"']
        lines += ['  -H "x-amz-security-token: $AWS_SESSION_TOKEN"']
        note = _("The request is signed for AWS by curl. Leave the session token out if you have none.")
    elif (key := wire.key_header) is not None:
        lines.append(f'  -H "{in_double_quotes(f"{key[0]}: {key[1]}")}${wire.variable}"')
        note = _token_note(wire)
    lines.append(f"  --data-binary @- <<'{HEREDOC}'")
    return Snippet("curl", "cURL", " \\\n".join(lines) + f"\n{as_json(wire.body)}\n{HEREDOC}\n", note)


def _token_note(wire: Wire) -> str:
    if wire.auth["kind"] in {"google", "client_credentials"}:
        return _("%s must hold an access token, which lasts for an hour or less.") % wire.variable
    return ""


def _python_client(wire: Wire) -> list[str] | None:
    """The arguments of a client that sends to this address; None if the SDK would send somewhere else."""
    call = SDK_CALLS.get(wire.protocol)
    parts = urlsplit(wire.url)
    if call is None or not parts.path.endswith(call[1]) or wire.auth["kind"] == "sigv4":
        return None
    base = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(call[1])}"
    key = wire.key_header
    own = key is None or (key[0].lower(), key[1]) != ("authorization", "Bearer ")
    headers = {name: value for name, value in wire.headers.items() if name.lower() not in {"content-type", "accept"}}
    lines = [f"    base_url={base!r},"]
    lines.append('    api_key="none",' if own else f"    api_key=os.environ[{wire.variable!r}],")
    entries = [f"{name!r}: {value!r}" for name, value in headers.items()]
    if own and key is not None:
        entries.append(f"{key[0]!r}: {key[1]!r} + os.environ[{wire.variable!r}]")
    if entries:
        lines.append(f"    default_headers={{{', '.join(entries)}}},")
    if parts.query:
        lines.append(f"    default_query={dict(parse_qsl(parts.query, keep_blank_values=True))!r},")
    return lines


def _python(wire: Wire) -> Snippet:
    """With openai's SDK where that speaks the protocol, else with what Python brings along."""
    return _openai(wire) or _urllib(wire)


def _urllib(wire: Wire) -> Snippet:
    url, note = repr(wire.url), _token_note(wire)
    code = [f"url = {url}", f"headers = {as_python(dict(wire.headers))}", f"body = {as_python(wire.body)}"]
    code.append("data = json.dumps(body).encode()")
    imports = ["import json"]
    if wire.auth["kind"] == "sigv4":
        place = f"{wire.auth['service'] or 'bedrock'!r}, "
        place += repr(wire.auth["region"]) if wire.auth["region"] else "os.environ['AWS_REGION']"
        imports += [] if wire.auth["region"] else ["import os"]
        aws = ["from botocore.auth import SigV4Auth", "from botocore.awsrequest import AWSRequest"]
        imports += ["import sys", "import urllib.request", "", *aws, "from botocore.session import Session"]
        code.append(f"signed = AWSRequest({wire.method!r}, url, data=data, headers=headers)")
        code.append(f"SigV4Auth(Session().get_credentials(), {place}).add_auth(signed)")
        code.append("headers = dict(signed.headers)")
        note = "pip install botocore"
    else:
        if (key := wire.key_header) is not None:
            imports.append("import os")
            code.append(f"headers[{key[0]!r}] = {key[1]!r} + os.environ[{wire.variable!r}]")
        imports += ["import sys", "import urllib.request"]
    code.append(f"request = urllib.request.Request(url, data=data, headers=headers, method={wire.method!r})")
    code += ["with urllib.request.urlopen(request) as response:", "    while piece := response.read1():"]
    code += ["        sys.stdout.buffer.write(piece)", "        sys.stdout.buffer.flush()"]
    return Snippet("python", "Python", "\n".join([*imports, "", *code]) + "\n", note)


def _openai(wire: Wire) -> Snippet | None:
    client = _python_client(wire)
    if client is None:
        return None
    named = {name: value for name, value in wire.body.items() if name in BY_NAME[wire.protocol].split()}
    rest = {name: value for name, value in wire.body.items() if name not in named}
    code = ["import os", "", "from openai import OpenAI", "", "client = OpenAI(", *client, ")"]
    code.append(f"request = {as_python(named)}")
    extra = ""
    if rest:
        code.append(f"extra = {as_python(rest)}")
        extra = ", extra_body=extra"
    streamed = wire.body.get("stream") is True
    code.append(f"{'stream' if streamed else 'answer'} = client.{SDK_CALLS[wire.protocol][0]}.create(**request{extra})")
    if streamed:
        code += ["for event in stream:", "    print(event.to_json(indent=None), flush=True)"]
    else:
        code.append("print(answer.to_json())")
    return Snippet("python", _("Python, openai"), "\n".join(code) + "\n", "pip install openai")


def _langchain(wire: Wire) -> Snippet | None:
    client = _python_client(wire)
    if client is None or wire.protocol != "openai_chat":
        return None
    body = dict(wire.body)
    messages, model, streamed = body.pop("messages", []), body.pop("model", ""), body.pop("stream", False) is True
    options = body.pop("stream_options", None)
    named = {name: value for name, value in body.items() if name in CHAT_NAMED}
    rest = {name: value for name, value in body.items() if name not in named}
    lines = [f"    model={model!r},", *client, *(f"    {name}={value!r}," for name, value in named.items())]
    if streamed:
        lines.append(f"    stream_usage={bool((options or {}).get('include_usage'))},")
    lines += ["    use_responses_api=False,", "    max_retries=0,"]
    if rest:
        lines.append(f"    extra_body={as_python(rest)},")
    code = ["import os", "", "from langchain_openai import ChatOpenAI", "", "llm = ChatOpenAI(", *lines, ")"]
    code.append(f"messages = {as_python(messages)}")
    if streamed:
        code += ["for chunk in llm.stream(messages):", "    print(chunk.text, end='', flush=True)"]
    else:
        code.append("print(llm.invoke(messages).text)")
    return Snippet("langchain", _("Python, LangChain"), "\n".join(code) + "\n", "pip install langchain-openai")


def _javascript(wire: Wire) -> Snippet:
    signs = wire.auth["kind"] == "sigv4"
    headers = [f"    {as_json(name)}: {as_json(value)}," for name, value in wire.headers.items()]
    if (key := wire.key_header) is not None:
        before = f"{as_json(key[1])} + " if key[1] else ""
        headers.append(f"    {as_json(key[0])}: {before}process.env.{wire.variable},")
    code = [
        *(_aws_client(wire) if signs else ()),
        f"const response = await {'aws.' if signs else ''}fetch({as_json(wire.url)}, {{",
        f"  method: {as_json(wire.method)},",
        "  headers: {",
        *headers,
        "  },",
        f"  body: {as_javascript(wire.body)},",
        "});",
        "for await (const chunk of response.body) process.stdout.write(chunk);",
    ]
    note = "npm install aws4fetch" if signs else _token_note(wire)
    return Snippet("javascript", _("JavaScript, fetch"), "\n".join(code) + "\n", note)


def _aws_client(wire: Wire) -> list[str]:
    region = as_json(wire.auth["region"]) if wire.auth["region"] else "process.env.AWS_REGION"
    return [
        'import { AwsClient } from "aws4fetch";',
        "",
        "const aws = new AwsClient({",
        "  accessKeyId: process.env.AWS_ACCESS_KEY_ID,",
        "  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,",
        "  sessionToken: process.env.AWS_SESSION_TOKEN,",
        f"  service: {as_json(wire.auth['service'] or 'bedrock')},",
        f"  region: {region},",
        "});",
    ]
