"""The answering machine: runs baresip, hears of its calls, and lays each into the spool when it is over.

Bounds: seconds by the prompt's length, lines by ports for sound, calls a Chinese day by not answering any more until
the next. Kamailio's caller hears then what it hears of any telephone that is off.
"""

import asyncio
import contextlib
import hashlib
import logging
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, Clock, day_of
from wurao.core.errors import ConfigError
from wurao.detection.audio.decoding import program
from wurao.edge.honeypot.baresip import Event, events, write_configuration
from wurao.edge.honeypot.prompt import write_prompt
from wurao.edge.honeypot.spool import Answered, Spool
from wurao.screening.policy import Honeypot
from wurao.store.durable import disk

_log: Final = logging.getLogger(__name__)
_ESTABLISHED: Final = "CALL_ESTABLISHED"
_CLOSED: Final = "CALL_CLOSED"
_TRIES: Final = 100
_TRY_S: Final = 0.1
_SLACK_MS: Final = 1500


class _Open(msgspec.Struct):
    """A call that goes on: when it was answered and the file that fills, None if it shares one with another."""

    start_us: int
    sound: Path | None


class Calls:
    """What baresip tells, turned into answered calls; ``today`` counts those of the Chinese day."""

    def __init__(self, folder: Path, spool: Spool, clock: Clock, call_s: int) -> None:
        self._folder, self._spool, self._clock, self._call_ms = folder, spool, clock, call_s * 1000
        self._open: dict[str, _Open] = {}
        self._files: set[Path] = set()
        self._day = day_of(clock.now_us())
        self.today = 0

    def hear(self, event: Event) -> None:
        """Take in one event; raises StoreError."""
        if event.kind == _ESTABLISHED:
            self._answered(event)
        elif event.kind == _CLOSED and event.call_id in self._open:
            self._over(event, self._open.pop(event.call_id))

    def _answered(self, event: Event) -> None:
        day = day_of(self._clock.now_us())
        self._day, self.today = day, (self.today if day == self._day else 0) + 1
        new = sorted(set(self._folder.glob("dump-*-dec.wav")) - self._files)
        self._files.update(new)
        if len(new) != 1:  # answered within one second of another: one file holds both
            for call in self._open.values():
                call.sound = None if call.sound is not None and call.sound == max(self._files) else call.sound
        self._open[event.call_id] = _Open(self._clock.now_us(), new[0] if len(new) == 1 else None)

    def _over(self, event: Event, call: _Open) -> None:
        talk_ms = max(self._clock.now_us() - call.start_us, 0) // 1000
        by = "callee" if talk_ms >= self._call_ms - _SLACK_MS else "caller"
        told = Answered(event.call_id, event.caller, event.callee, call.start_us, talk_ms, by)
        name = f"{call.start_us}-{hashlib.blake2b(event.call_id.encode(), digest_size=8).hexdigest()}"
        self._spool.add(name, told, call.sound if call.sound is not None and call.sound.exists() else None)
        if not self._open:
            self._tidy()

    def end(self) -> None:
        """Give up the calls that go on: nobody answers any more."""
        self._open.clear()
        self._tidy()

    def _tidy(self) -> None:
        """Delete what no call fills any more: what we said ourselves, and sound that two calls share."""
        with disk(self._folder):
            for file in self._folder.glob("dump-*.wav"):
                file.unlink()
        self._files.clear()


async def answer(home: Path, honeypot: Honeypot, clock: Clock, ready: Callable[[], object]) -> None:
    """Answer until it is cancelled; raises ConfigError where it can't. ``home`` is the folder ``recordings``."""
    if not honeypot.numbers:
        raise ConfigError("no numbers are set", where="honeypot.numbers", mend="name the numbers that belong to nobody")
    folder = home / "line"
    with disk(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
    write_prompt(honeypot.announcement, honeypot.call_s, folder / "prompt.wav")
    calls = Calls(folder, Spool(home / "spool"), clock, honeypot.call_s)
    try:
        while True:
            async with _baresip(folder, honeypot) as told:
                ready()
                async for event in told:
                    calls.hear(event)
                    if calls.today >= honeypot.calls_a_day:
                        break
                else:
                    raise ConfigError("baresip ended", mend=f"see {folder / 'baresip.log'}")
            calls.end()
            _log.warning("%d calls were answered today: none more until tomorrow", calls.today)
            await asyncio.sleep(_until_tomorrow_s(clock))
            calls.today = 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_tomorrow_s(clock: Clock) -> float:
    return (DAY_US - (clock.now_us() + CHINA_OFFSET_US) % DAY_US) / 1e6


@contextlib.asynccontextmanager
async def _baresip(folder: Path, honeypot: Honeypot) -> AsyncIterator[AsyncIterator[Event]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    write_configuration(folder, honeypot.listen, f"127.0.0.1:{port}", honeypot.numbers, honeypot.lines)
    with (folder / "baresip.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program("baresip", "baresip-core"),
            "-f",
            ".",
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        reader, writer = await _connected(process, port, folder)
        yield events(reader)
        writer.close()
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _connected(
    process: asyncio.subprocess.Process, port: int, folder: Path
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(_TRIES):
        if process.returncode is not None:
            break
        with contextlib.suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(_TRY_S)
    said = (folder / "baresip.log").read_text(errors="replace").strip().splitlines()
    raise ConfigError(f"baresip doesn't start ({said[-1][:160] if said else 'no word'})", where="honeypot.listen")
