"""Cohere's chat, version 2: typed content, thinking, a plan before tool calls, citations of documents."""

from providers.adapters.cohere_v2.render import render
from providers.adapters.cohere_v2.stream import ChatParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("cohere_v2", render, lambda spec: ChatParser())
