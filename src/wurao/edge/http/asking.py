"""The request: a body that is no readable JSON is the sender's mistake, whatever the decoder makes of it."""

from contextlib import suppress
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import ClientException

BODY: Final = "body"
"""Option of a handler: the decoder that reads its body in one step."""


class Asking(Request[Any, Any, Any]):
    """Answers 400 also where the decoder raises more than its own errors."""

    async def json(self) -> Any:
        """Return the body as JSON. Raises ClientException for broken UTF-8 and for nesting without end."""
        try:
            return await self._read()
        except (UnicodeDecodeError, RecursionError):
            raise ClientException("the body is no readable JSON") from None

    async def _read(self) -> Any:
        read = self.route_handler.opt.get(BODY)
        if read:
            with suppress(msgspec.DecodeError):  # then Litestar reads it, loosely, and says what is wrong
                return read.decode(await self.body())
        return await super().json()
