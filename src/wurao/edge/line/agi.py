"""Asterisk's FastAGI: ``AGI(agi://host/decide,${EXTEN},trunk)`` sets channel variables, the dialplan acts on them.

WURAO_ACTION, WURAO_CODE, WURAO_REASON (the category), WURAO_RECEIPT and WURAO_SCORE. Argument 1 is the called number
(else agi_dnid, agi_extension), 2 the trunk. ``AGI(agi://host/refused,${WURAO_RECEIPT})`` takes the called person's spam
button.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

from wurao.edge.line.answering import Answering

MAX_LINE: Final = 512
MAX_LINES: Final = 64
PATIENCE_S: Final = 5.0
_UNKNOWN: Final = ("", "unknown")

Environment = dict[str, str]


class FastAgi:
    """Answers the connections of an Asterisk, one a call."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Decide the call of one connection and close it; one that isn't Asterisk's is closed without a word."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                for command in self._commands(await _environment(reader)):
                    writer.write(command.encode())
                    await reader.readline()  # Asterisk's own result; a call that has ended meanwhile says 511
                await writer.drain()
        except (TimeoutError, OSError, ValueError):
            pass
        finally:
            writer.close()

    def _commands(self, call: Environment) -> Iterator[str]:
        if call.get("agi_network_script", "").partition("?")[0] == "refused":
            known = self._answering.refused(call.get("agi_arg_1", ""))
            yield f'SET VARIABLE WURAO_REFUSED "{int(known)}"\n'
            return
        self._answering.follow()
        caller = _known(call, "agi_callerid")
        callee = _known(call, "agi_arg_1", "agi_dnid", "agi_extension")
        told = self._answering.call(caller, callee, call.get("agi_arg_2", ""))
        names = ("ACTION", "CODE", "REASON", "RECEIPT", "SCORE")
        for name, value in zip(names, told, strict=True):
            yield f'SET VARIABLE WURAO_{name} "{value}"\n'


async def _environment(reader: asyncio.StreamReader) -> Environment:
    """Return what Asterisk says of the call; raises ValueError where it says too much."""
    said: Environment = {}
    for _ in range(MAX_LINES):
        line = (await reader.readline()).decode(errors="replace").strip()
        if not line:
            return said
        name, _, value = line.partition(":")
        said[name] = value.strip()
    raise ValueError("that is no AGI")


def _known(call: Environment, *names: str) -> str:
    return next((call[name] for name in names if call.get(name, "") not in _UNKNOWN), "")
