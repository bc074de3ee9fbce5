"""What became of our parameters on the way into a body."""

from typing import Any

from providers.contract.messages import RequestReport


class Fields:
    """Body fields and what happened to our parameters."""

    def __init__(self, rejects: tuple[str, ...] = ()) -> None:
        self._rejects = rejects
        self.body: dict[str, Any] = {}
        self.renamed: dict[str, str] = {}
        self.clamped: dict[str, Any] = {}
        self.dropped: dict[str, str] = {}

    def put(self, name: str, value: Any, field: str | None = None) -> None:
        """Send ``value`` under ``field`` (dotted for one inside another) unless it is unset or refused here."""
        field = field or name
        if value is None:
            return
        if name in self._rejects:
            self.dropped[name] = "this provider refuses it"
            return
        if field != name:
            self.renamed[name] = field
        outer, dot, inner = field.partition(".")
        if dot:
            self.body.setdefault(outer, {})[inner] = value
        else:
            self.body[field] = value

    def clamp(self, name: str, wanted: Any, sent: Any) -> Any:
        """Note that something else is sent than what was wanted; returns what is sent."""
        if wanted != sent:
            self.clamped[name] = {"from": wanted, "to": sent}
        return sent

    def drop(self, name: str, why: str) -> None:
        self.dropped[name] = why

    def report(self, body: dict[str, Any]) -> RequestReport:
        """The report for a finished body: all of it but what was said."""
        sent = {name: value for name, value in body.items() if name not in {"messages", "system"}}
        return RequestReport(sent=sent, renamed=self.renamed, clamped=self.clamped, dropped=self.dropped)
