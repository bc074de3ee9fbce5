"""Yandex's own foundation models: texts that grow from line to line, counts as strings, calls without ids."""

from providers.adapters.yandex_completion.render import render
from providers.adapters.yandex_completion.stream import YandexParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("yandex_completion", render, lambda spec: YandexParser())
