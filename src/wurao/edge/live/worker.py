"""The worker: one thread that lets facts take effect – learns from reports, follows the book, folds the journal."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from wurao.core.errors import Error

_log: Final = logging.getLogger(__name__)
PACE_S: Final = 0.2
"""How long a change made by another thread waits at most before the tables show it."""


class Chore:
    """Something the worker does every ``every_s`` seconds, the first time after that long or ``at_once``."""

    def __init__(self, name: str, every_s: float, do: Callable[[], object], *, at_once: bool = False) -> None:
        self.name = name
        self._every_s = every_s
        self._do = do
        self._due = time.monotonic() + (0 if at_once else every_s)

    def run_if_due(self) -> None:
        """Do it if its time has come; a failure is logged and tried again, so that one chore never ends the rest."""
        if time.monotonic() < self._due:
            return
        try:
            self._do()
        except Error as error:
            _log.warning("%s: %s", self.name, error.diagnostics())
        except Exception:  # noqa: BLE001 - whatever it is, the other chores go on
            _log.exception("%s failed", self.name)
        self._due = time.monotonic() + self._every_s


class Worker:
    """Runs its chores in one thread until it is closed; ``wake`` asks for a round at once."""

    def __init__(self, chores: list[Chore]) -> None:
        self._chores = chores
        self._woken = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Let the chores that are due run now."""
        self._woken.set()

    def close(self) -> None:
        """Finish the round and stop."""
        self._closing = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            for chore in self._chores:
                chore.run_if_due()
            self._woken.wait(PACE_S)
            self._woken.clear()
