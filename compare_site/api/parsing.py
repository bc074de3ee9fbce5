"""Bodies as JSON really is: no NaN, no Infinity, no numbers beyond a float, nothing nested beyond measure.

Text that no database holds is replaced.
"""

import json
import math
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from compare_site.comparisons.clean import clean, is_too_deep


class StrictJson(Parser):
    """What Python's reader lets pass would be stored as no JSON at all. Any error here answers 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body, fit to be stored."""
        value = json.loads(request.body, parse_constant=_refused, parse_float=_finite)
        if is_too_deep(value):
            raise ValueError("nested too deeply")
        return clean(value)


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
