"""Responses, as OpenAI defined it: items in and out, typed events in the stream.

Answers are read without asking who sent them; what differs between servers on the way out is ``ResponsesQuirks``.
"""

from providers.adapters.openai_responses.render import render
from providers.adapters.openai_responses.stream import ResponsesParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("openai_responses", render, ResponsesParser)
