"""Delivering one-time codes: the operator's program calls the number back, or sends it a message.

wurao neither calls nor texts by itself. The program (``appeal.code_command``) gets one line of JSON on its standard
input, so that no code stands in a list of processes; exit 0 says that the network took it. Deliveries run beside the
request that asked for them, few at a time: how long one takes tells the asker nothing.
"""

import logging
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from wurao.core import numbers
from wurao.core.errors import Error
from wurao.core.numbering import SERVICE

AT_ONCE: Final = 4
WAITING: Final = 64
"""Deliveries that may wait for their turn; more fail at once."""
PATIENCE_S: Final = 10
_log: Final = logging.getLogger(__name__)


class Code(msgspec.Struct, frozen=True):
    """A code on its way: the number as one dials it (E.164 with +, or a service number), how long it works."""

    number: str
    code: str
    minutes: int
    language: str


Deliver = Callable[[Code], None]
"""Takes a code to its number; raises OSError or SubprocessError where it can't."""


def by_command(command: tuple[str, ...]) -> Deliver:
    """Return what hands codes to the operator's program."""

    def deliver(code: Code) -> None:
        line = msgspec.json.encode(code) + b"\n"
        subprocess.run(  # noqa: S603 - the operator's own program, nothing from outside among its arguments
            command,
            input=line,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=True,
        )

    return deliver


def dialled(number: int) -> str:
    """Return a number as one dials it."""
    return str(number - SERVICE) if number >= SERVICE else f"+{number}"


class Errands:
    """Deliveries beside the requests; ``deliver`` is used instead of a program where it is given."""

    def __init__(self, deliver: Deliver | None = None) -> None:
        self.deliver = deliver
        self._room = threading.BoundedSemaphore(WAITING)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="errand")

    def send(self, deliver: Deliver, number: int, code: Code, done: Callable[[bool], None]) -> None:
        """Have a code delivered; ``done`` hears whether it was."""
        if not self._room.acquire(blocking=False):
            _log.warning("too many codes wait for delivery; one to %s was dropped", numbers.mask(number))
            done(False)  # noqa: FBT003 - whether it was delivered
            return
        self._threads.submit(self._run, deliver, number, code, done)

    def _run(self, deliver: Deliver, number: int, code: Code, done: Callable[[bool], None]) -> None:
        delivered = False
        try:
            deliver(code)
            delivered = True
        except (OSError, subprocess.SubprocessError, Error) as error:
            _log.warning("a code to %s couldn't be delivered (%s)", numbers.mask(number), type(error).__name__)
        finally:
            self._room.release()
            done(delivered)

    def close(self) -> None:
        """Let deliveries that have begun end, and drop those that wait."""
        self._threads.shutdown(cancel_futures=True)
