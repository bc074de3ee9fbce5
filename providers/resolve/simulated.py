"""The demo provider as a catalog entry. Its base URL is a mark: each worker puts its own server's address there."""

from providers.contract.spec import Auth, ModelFacts, ProviderSpec

DEMO_URL = "demo:"


def _model(
    model_id: str, label: str, context_window: int, *can: str, prices: dict[str, str] | None = None
) -> ModelFacts:
    known = dict.fromkeys(("tools", "reasoning", "image_input", "audio_input", "video_input", "pdf_input"), False)
    capabilities = {**known, **dict.fromkeys(can, True)}
    return ModelFacts(id=model_id, label=label, capabilities=capabilities, context_window=context_window, prices=prices)


DEMO = ProviderSpec(
    slug="demo",
    name="Demo (simulated)",
    base_url=DEMO_URL,
    auth=Auth(kind="none"),
    simulated=True,
    models=(
        _model("fast", "Fast (simulated)", 32_768, prices={"input": "0.10", "output": "0.40"}),
        _model("slow", "Slow (simulated)", 32_768),
        _model("thinker", "Thinker (simulated)", 131_072, "reasoning", prices={"input": "0.50", "output": "2.00"}),
        _model("markdown", "Markdown (simulated)", 32_768),
        _model("tools", "Tools (simulated)", 32_768, "tools"),
        _model("long", "Long (simulated)", 131_072),
        _model("flaky", "Flaky: limited first (simulated)", 32_768),
        _model("broken", "Broken: drops in mid-stream (simulated)", 32_768),
        _model("stall", "Stall: stops answering (simulated)", 32_768),
        _model("refuses", "Refuses (simulated)", 32_768),
    ),
)
