"""Ollama's own chat: one JSON object a line, arguments as objects, options beside the messages."""

from providers.adapters.ollama_chat.render import render
from providers.adapters.ollama_chat.stream import OllamaParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("ollama_chat", render, lambda spec: OllamaParser(spec.ollama))
