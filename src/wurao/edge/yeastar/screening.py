"""Screens the calls of a Yeastar P-series: hears of each over a WebSocket and answers before the PBX's ten seconds end.

A call that isn't rejected is accepted at once, so that it doesn't wait. Whatever fails – no connection, no token, a
fault of ours – the PBX lets the call through by itself.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from wurao.core.errors import Error, InputError
from wurao.core.verdict import Action
from wurao.edge.line.answering import Answering
from wurao.edge.yeastar.account import Account
from wurao.edge.yeastar.api import AGENT, Api
from wurao.edge.yeastar.incoming import INCOMING, Incoming, incoming

BUDGET_S: Final = 8.0
"""Of the ten seconds that the PBX waits."""
HEARTBEAT_S: Final = 20.0
"""The PBX ends a connection on which nothing is said for 60 s."""
SILENCE_S: Final = 60.0
MAX_MESSAGE: Final = 1 << 16
MAX_AT_ONCE: Final = 64
_WAITS_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
_SUBSCRIBE: Final = f'{{"topic_list":[{INCOMING}]}}'


class Screening:
    """Screens for one PBX; ``run`` goes on until it is cancelled."""

    def __init__(
        self,
        base: str,
        account: Account,
        context: ssl.SSLContext,
        answering: Answering,
        say: Callable[[str], None],
    ) -> None:
        self._base = base
        self._account = account
        self._context = context
        self._answering = answering
        self._say = say
        self._api = Api(base, account, context)
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow the PBX; a connection that fails is made again, later each time."""
        failed = 0
        try:
            while True:
                try:
                    async with self._connecting(await self._api.token()) as connection:
                        await connection.send(_SUBSCRIBE)
                        failed = 0
                        await self._follow(connection)
                except (Error, OSError, TimeoutError, WebSocketException) as problem:
                    said = problem.diagnostics() if isinstance(problem, Error) else f"{type(problem).__name__}"
                    self._say(f"calls of the PBX go on unscreened: {said}")
                    await asyncio.sleep(_WAITS_S[min(failed, len(_WAITS_S) - 1)])
                    failed += 1
        finally:
            for task in self._open:
                task.cancel()
            await self._api.close()

    def _connecting(self, token: str) -> connect:
        scheme, _, rest = self._base.partition("://")
        secured = scheme == "https"
        return connect(
            f"{'wss' if secured else 'ws'}://{rest}/subscribe?access_token={token}",
            ssl=self._context if secured else None,
            user_agent_header=AGENT,
            max_size=MAX_MESSAGE,
            ping_interval=None,
            proxy=None,
        )

    async def _follow(self, connection: ClientConnection) -> None:
        """Hear and answer until the token has to be renewed; raises what ends a connection."""
        beating = asyncio.create_task(_beat(connection))
        try:
            async with asyncio.timeout(max(self._api.lasts_s, 0)) as ending:
                while True:
                    async with asyncio.timeout(SILENCE_S):
                        message = await connection.recv()
                    self._hear(message)
        except TimeoutError:
            if not ending.expired():
                raise InputError("the PBX says nothing any more") from None
        finally:
            beating.cancel()

    def _hear(self, message: str | bytes) -> None:
        for call in incoming(message):
            if len(self._open) < MAX_AT_ONCE:  # beyond it the PBX lets them through by itself
                task = asyncio.create_task(self._answer(call))
                self._open.add(task)
                task.add_done_callback(self._open.discard)

    async def _answer(self, call: Incoming) -> None:
        self._answering.follow()
        callee = self._account.number or call.callee
        told = self._answering.call(call.caller, callee, call.trunk, f"yeastar {call.call}" if call.call else "")
        try:
            async with asyncio.timeout(BUDGET_S):
                if told.action == Action.REJECT.text:
                    await self._api.refuse(call.channel)
                else:
                    await self._api.accept(call.channel)
        except (Error, TimeoutError) as problem:
            said = problem.diagnostics() if isinstance(problem, Error) else "no answer in time"
            self._say(f"a call goes on as the PBX routes it: {said}")


async def _beat(connection: ClientConnection) -> None:
    with suppress(WebSocketException):  # whoever receives hears of it
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await connection.send("heartbeat")
