"""What a model id of the simulated provider means.

``fast``, or with options for tests and benches: ``fast@rate=80,tokens=400,delay=50,seed=7``. Options are whole numbers:

rate       tokens a second; 0 = as fast as the socket takes them
tokens     tokens of text: prose goes on, Markdown is repeated or cut to this length; 0 = the model's own text, once;
           the model's usual number is rounded up to the end of a sentence
reasoning  tokens of reasoning before the text; rounded up likewise
delay      ms before the first byte of the response
think      ms between the head of the response and the first token
seed       the text after the nonce depends on this, the model and the history only, not on the nonce
chunk      tokens in one event of the stream
split      write the stream in pieces of this many bytes (cuts through lines and characters)
unicode    1 = line separators, combining marks, right-to-left, emoji sequences between sentences; 2 = U+0000 as well
usage      0 = never report usage
after      the token after which broken, stall and error act
error      1 = an error event in the middle of the stream; any HTTP status above 399 = answer with that at once
retry      seconds in Retry-After of an error answer; 0 = no such header
failures   how many attempts at one history get 429 before an answer (flaky)
end        0 = the stream closes cleanly, with neither a finish reason nor an end marker
"""

from dataclasses import dataclass, fields, replace

MOST_TOKENS = 200_000


class UnknownModel(Exception):
    """There is no such model; answered with 404."""


class BadOption(Exception):
    """An option that is not in the grammar; answered with 400."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer. ``kind``: the part of the model id before ``@``.

    ``exact_tokens``, ``exact_reasoning``: the number was asked for; otherwise the last sentence is finished.
    """

    kind: str
    rate: int = 80
    tokens: int = 240
    reasoning: int = 0
    delay: int = 150
    think: int = 0
    seed: int | None = None
    chunk: int = 1
    split: int = 0
    unicode: int = 0
    usage: int = 1
    after: int = 0
    error: int = 0
    retry: int = 0
    failures: int = 0
    end: int = 1
    exact_tokens: bool = False
    exact_reasoning: bool = False


MODELS: dict[str, Plan] = {
    plan.kind: plan
    for plan in (
        Plan("fast"),
        Plan("slow", rate=8, tokens=60, delay=2500),
        Plan("thinker", rate=60, tokens=160, reasoning=120, delay=300),
        Plan("markdown", rate=60, tokens=0),
        Plan("tools", rate=40, tokens=0),
        Plan("long", rate=800, tokens=8000),
        Plan("flaky", failures=1, retry=1),
        Plan("broken", after=40),
        Plan("stall", after=40),
        Plan("refuses", rate=40, tokens=0),
    )
}
_OPTIONS = {field.name for field in fields(Plan)} - {"kind", "exact_tokens", "exact_reasoning"}


def plan_of(model: str) -> Plan:
    """The plan that a model id asks for."""
    kind, _, options = model.partition("@")
    plan = MODELS.get(kind)
    if plan is None:
        raise UnknownModel(f"The model {kind!r} does not exist. There are: {', '.join(MODELS)}.")
    chosen: dict[str, int] = {}
    for option in filter(None, options.split(",")):
        name, _, value = option.partition("=")
        if name not in _OPTIONS or not (value.isascii() and value.isdigit() and len(value) < 10):
            raise BadOption(
                f"{option!r} is not an option. Write name=number with one of: {', '.join(sorted(_OPTIONS))}."
            )
        chosen[name] = int(value)
    if max(chosen.get("tokens", 0), chosen.get("reasoning", 0)) > MOST_TOKENS:
        raise BadOption(f"At most {MOST_TOKENS} tokens.")
    exact = {"exact_tokens": "tokens" in chosen, "exact_reasoning": "reasoning" in chosen}
    return replace(plan, **chosen, **exact)  # type: ignore[arg-type]
