"""A key in memory: shows itself to nobody, is unwrapped in one place (``providers.credentials``)."""

from typing import NoReturn


class Secret:
    """Wraps a credential. repr, str, format, pickling and JSON never show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The plain value, for the request being authorised and for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")
