"""What became of parameters on the way into a body."""

from providers.adapters.anthropic_messages.report import Fields


def test_fields_and_their_fate() -> None:
    fields = Fields(("seed",))

    fields.put("unset", None)
    fields.put("zero", 0)
    fields.put("seed", 1)
    fields.put("effort", "low", "config.effort")
    fields.put("format", "x", "config.format")
    sent = fields.clamp("top", 5, 3)
    fields.clamp("same", 1, 1)
    fields.drop("other", "why not")

    assert sent == 3
    assert fields.body == {"zero": 0, "config": {"effort": "low", "format": "x"}}
    report = fields.report({**fields.body, "messages": [], "system": "s"})
    assert report.sent == fields.body
    assert report.renamed == {"effort": "config.effort", "format": "config.format"}
    assert report.clamped == {"top": {"from": 5, "to": 3}}
    assert report.dropped == {"seed": "this provider refuses it", "other": "why not"}
