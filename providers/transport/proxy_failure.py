"""The error of a proxy of any kind that does not open a way."""


class ProxyFailure(OSError):
    """The proxy did not open the tunnel. ``message`` says why and what to do."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
