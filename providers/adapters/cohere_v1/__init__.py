"""Cohere's chat, version 1: one message beside a history, one JSON object a line."""

from providers.adapters.cohere_v1.render import render
from providers.adapters.cohere_v1.stream import HistoryChatParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("cohere_v1", render, lambda spec: HistoryChatParser())
