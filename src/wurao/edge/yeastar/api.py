"""Requests to a Yeastar P-series (API v1.0): a token for half an hour, and what to do with a call that waits.

Written after https://help.yeastar.com/en/p-series-software-edition/developer-guide (August 2026). The token travels in
the address, as the PBX wants it, so that no address may get into a log.
"""

import logging
import ssl
import time
from contextlib import suppress
from typing import Final

import httpx
import msgspec

from wurao.core.errors import Error, InputError
from wurao.edge.yeastar.account import Account

AGENT: Final = "OpenAPI"
"""Without this User-Agent the PBX doesn't answer."""
PATIENCE_S: Final = 5.0
EARLY_S: Final = 300.0
"""A token is renewed so long before it ends."""
MAX_ANSWER: Final = 1 << 16
_YOUNG_S: Final = 60.0
_SHORTEST_S: Final = 600.0
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write each address at INFO


class Answer(msgspec.Struct):
    """What the PBX answers to anything: 0 is success; the tokens where it was asked for one."""

    errcode: int
    errmsg: str = ""
    access_token: str = ""
    access_token_expire_time: float = 0.0
    refresh_token: str = ""


class Api:
    """One application's requests to one PBX; at most one token of it is in use."""

    def __init__(self, base: str, account: Account, context: ssl.SSLContext) -> None:
        self._base = base
        self._account = account
        self._client = httpx.AsyncClient(
            verify=context, timeout=PATIENCE_S, headers={"User-Agent": AGENT}, trust_env=False
        )
        self._answer = Answer(0)
        self._since = self._until = 0.0

    async def token(self) -> str:
        """Return a token that is good for minutes; raises InputError where the PBX gives none."""
        if time.monotonic() >= self._until - EARLY_S:
            await self._renew()
        return self._answer.access_token

    @property
    def lasts_s(self) -> float:
        """How long the token is good without being renewed."""
        return self._until - EARLY_S - time.monotonic()

    async def accept(self, channel: str) -> None:
        """Let the call that waits on this channel go to where it is routed; raises InputError."""
        await self._tell("call/accept_inbound", channel)

    async def refuse(self, channel: str) -> None:
        """Refuse the call that waits on this channel; raises InputError."""
        await self._tell("call/refuse_inbound", channel)

    async def close(self) -> None:
        """Give the token back – a PBX has eight for an application – and end."""
        with suppress(Error):
            if self._answer.access_token:
                await self._ask("GET", "del_token", {"access_token": self._answer.access_token}, None)
        await self._client.aclose()

    async def _tell(self, what: str, channel: str) -> None:
        for again in (False, True):
            token = await self.token()
            answer = await self._ask("POST", what, {"access_token": token}, {"channel_id": channel})
            if answer.errcode == 0:
                return
            if again or time.monotonic() - self._since < _YOUNG_S:
                raise InputError(f"the PBX refuses {what}: {answer.errcode} {answer.errmsg[:80]}")
            self._until = 0.0  # perhaps it took the token back

    async def _renew(self) -> None:
        account, held = self._account, self._answer.refresh_token
        answer = Answer(-1)
        if held and self._until:
            answer = await self._ask("POST", "refresh_token", {}, {"refresh_token": held})
        if answer.errcode or not answer.access_token:
            known = {"username": account.client_id, "password": account.client_secret}
            answer = await self._ask("POST", "get_token", {}, known)
        if answer.errcode or not answer.access_token:
            raise InputError(
                f"the PBX gives no token: {answer.errcode} {answer.errmsg[:80]}", mend="check client_id, client_secret"
            )
        self._answer = answer
        self._since = time.monotonic()
        self._until = self._since + max(answer.access_token_expire_time, _SHORTEST_S)

    async def _ask(self, method: str, what: str, query: dict[str, str], body: dict[str, str] | None) -> Answer:
        try:
            async with self._client.stream(method, f"{self._base}/{what}", params=query, json=body) as response:
                raw = b""
                async for part in response.aiter_bytes():
                    raw += part
                    if len(raw) > MAX_ANSWER:
                        raise InputError(f"the PBX answers too much to {what}")
            return msgspec.json.decode(raw, type=Answer)
        except httpx.HTTPError as problem:
            raise InputError(f"the PBX can't be asked {what}: {type(problem).__name__}: {problem}") from None
        except msgspec.DecodeError:
            raise InputError(f"the PBX answers {what} with something else: HTTP {response.status_code}") from None
