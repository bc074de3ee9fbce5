"""AWS Bedrock's Converse: one form for the models of all vendors that Bedrock serves."""

from providers.adapters.bedrock_converse.errors import classify
from providers.adapters.bedrock_converse.render import render
from providers.adapters.bedrock_converse.stream import ConverseParser
from providers.contract.adapter import Adapter
from providers.dialects.protocol import WireProtocol

ADAPTER: Adapter = WireProtocol("bedrock_converse", render, lambda spec: ConverseParser(spec.bedrock), classify)
