"""The request: a body that is no readable JSON is the sender's mistake, whatever the decoder makes of it."""

from typing import Any

from litestar import Request
from litestar.exceptions import ClientException


class Asking(Request[Any, Any, Any]):
    """Answers 400 also where the decoder raises more than its own errors."""

    async def json(self) -> Any:
        """Return the body as JSON. Raises ClientException for broken UTF-8 and for nesting without end."""
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError):
            raise ClientException("the body is no readable JSON") from None
