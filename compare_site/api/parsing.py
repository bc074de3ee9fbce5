"""Bodies of requests: strict JSON, not nested too deeply. Text that no database can hold is replaced."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from compare_site.comparisons.clean import clean, is_too_deep, strict_json


class StrictJson(Parser):
    """Python's reader accepts NaN and the like, which no database takes as JSON. Any error here answers 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body, fit to be stored."""
        value = strict_json(request.body)
        if is_too_deep(value):
            raise ValueError("nested too deeply")
        return clean(value)
