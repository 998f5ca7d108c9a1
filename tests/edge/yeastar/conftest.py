"""A Yeastar P-series of paper, after its developer guide: tokens, a WebSocket of events, accept and refuse."""

import asyncio
import base64
import hashlib
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUCCESS = {"errcode": 0, "errmsg": "SUCCESS"}


class Pbx:
    """One PBX on loopback; what it was asked and heard, and knobs for what goes wrong."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.agents: set[str] = set()
        self.heard: list[str] = []
        self.granted = 0
        self.valid = ""
        self.fails: set[str] = set()
        self.connections = 0
        self.subscribed = asyncio.Event()
        self._listener: asyncio.StreamWriter | None = None
        self._news = asyncio.Condition()

    async def open(self, context: ssl.SSLContext | None = None) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        port = self.server.sockets[0].getsockname()[1]
        return f"http{'s' if context else ''}://127.0.0.1:{port}"

    def close(self) -> None:
        self.drop()
        self.server.close()

    def drop(self) -> None:
        if self._listener:
            self._listener.close()
        self.subscribed.clear()

    def ring(self, caller: str, callee: str, channel: str = "PJSIP/trunk-1", *, nested: bool = True) -> None:
        inbound = {"from": caller, "to": callee, "trunk_name": "west", "channel_id": channel, "member_status": "ALERT"}
        call = {"call_id": f"1648861726.{channel}", "members": [{"inbound": inbound}]}
        self.say(json.dumps({"type": 30016, "sn": "3631A2", "msg": json.dumps(call) if nested else call}))

    def say(self, text: str) -> None:
        assert self._listener
        data = text.encode()
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
        self._listener.write(b"\x81" + size + data)

    def told(self, *kinds: str) -> list[tuple[str, Any]]:
        return [(what, body) for what, body in self.asked if what in (kinds or ("accept_inbound", "refuse_inbound"))]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(holds)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
            _, target, _ = line.split(" ")
            parts = urlsplit(target)
            self.agents.add(headers.get("user-agent", ""))
            token = parse_qs(parts.query).get("access_token", [""])[0]
            if headers.get("upgrade"):
                await self._listen(reader, writer, headers, token)
            else:
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await self._request(writer, parts.path, json.loads(body or b"null"), token)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _request(self, writer: asyncio.StreamWriter, path: str, body: Any, token: str) -> None:
        assert path.startswith("/openapi/v1.0/")
        what = path.rpartition("/")[2]
        answer = json.dumps(self._answer(what, body, token)).encode()
        if f"nonsense {what}" in self.fails:
            answer = b"<html>"
        if f"endless {what}" in self.fails:
            answer = b" " * (1 << 17)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        await writer.drain()
        await self._tell()

    def _answer(self, what: str, body: Any, token: str) -> dict[str, Any]:
        self.asked.append((what, body))
        known = {"get_token": {"username": "the-id", "password": "the-secret"}}
        known["refresh_token"] = {"refresh_token": f"refresh-{self.granted}"}
        if what in self.fails:
            return {"errcode": 10001, "errmsg": "FAILURE"}
        if what not in known:
            return SUCCESS if token == self.valid else {"errcode": 10004, "errmsg": "ACCESS TOKEN INVALID"}
        if body != known[what]:
            return {"errcode": 10002, "errmsg": "FAILURE"}
        self.granted += 1
        self.valid = f"access-{self.granted}"
        tokens = {"access_token": self.valid, "access_token_expire_time": 1800}
        return SUCCESS | tokens | {"refresh_token": f"refresh-{self.granted}", "refresh_token_expire_time": 86400}

    async def _listen(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: dict[str, str], token: str
    ) -> None:
        if token != self.valid:
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            return
        accept = base64.b64encode(hashlib.sha1(f"{headers['sec-websocket-key']}{GUID}".encode()).digest()).decode()  # noqa: S324 - RFC 6455
        upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        self._listener = writer
        self.connections += 1
        while True:
            first, size = await reader.readexactly(2)
            mask = await reader.readexactly(4)
            text = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(size & 127)))
            if first & 15 == 8:
                return
            self.heard.append(text.decode())
            if "topic_list" in self.heard[-1]:
                self.say(json.dumps(SUCCESS))
                self.subscribed.set()
            elif self.heard[-1] == "heartbeat":
                self.say("heartbeat response")
            await self._tell()


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "yeastar.toml"
    path.write_text('client_id = "the-id"\nclient_secret = "the-secret"\n')
    path.chmod(0o600)
    return path
