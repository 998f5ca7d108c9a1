"""Sending: JSON that is written already, without the objects and header tables that Litestar makes of an answer."""

from litestar.types import Receive, Scope, Send


class Json:
    """An ASGI application that answers 200 with ``content``."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        """Send the answer."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._content, "more_body": False})
