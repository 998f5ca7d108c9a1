"""Bringing a home to the version of this program, one step at a time, each safe to repeat after a crash.

Version 1 is the first, so there is no step yet; the next layout adds ``1: <function>`` and raises ``home.VERSION``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from wurao.core.errors import StoreError
from wurao.store.durable import replace_file
from wurao.store.home import VERSION, Home, refuse_other, version_at

Step = Callable[[Home], None]
STEPS: Final[Mapping[int, Step]] = MappingProxyType({})
"""Version → what makes it the next one."""


def upgrade(path: Path, steps: Mapping[int, Step] = STEPS, target: int = VERSION) -> tuple[int, int]:
    """Bring the home at ``path`` to ``target``; return the versions before and after.

    The version file is written after each step. Raises StoreError if no home lies there, if it is newer than this
    program, if another process writes to it, or if no step leads on.
    """
    before = version_at(path)
    if before is None:
        raise StoreError("no wurao home lies here", where=str(path))
    if before > target:
        refuse_other(path, before)
    with Home(path).lock() as home:
        for version in range(before, target):
            if version not in steps:
                raise StoreError(f"version {version} can't be upgraded", where=str(path), mend="export its facts anew")
            steps[version](home)
            replace_file(path / "VERSION", f"{version + 1}\n".encode())
    return before, target
