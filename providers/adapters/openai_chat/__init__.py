"""Chat Completions, as OpenAI defined it and as everybody else speaks it.

The differences between servers are data (``Quirks``); what cannot be known beforehand is read leniently.
"""

from providers.adapters.openai_chat.render import render
from providers.adapters.openai_chat.stream import ChatParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("openai_chat", render, lambda spec: ChatParser(spec.quirks, provider=spec.slug))
