"""What is sent: JSON in UTF-8, and a refusal as one sentence."""

import json
from typing import Any

from starlette.responses import Response

_AGAIN = {503: {"retry-after": "1"}, 408: {"connection": "close"}}


def reply(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Send JSON; half a letter of UTF-16, which no text may hold, becomes a question mark."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.encode("utf-8", "replace")
    return Response(body, status, headers, "application/json")


def refusal(sentence: str, status: int) -> Response:
    """Send what is wrong in one sentence."""
    return reply({"error": sentence}, status, _AGAIN.get(status))
