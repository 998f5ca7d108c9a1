"""Wiring: a file of calls → the port through which scoring asks for features of its callers, window by window."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wurao.core.clock import CHINA
from wurao.core.errors import ConfigError
from wurao.intake.typed import Written, write_typed

if TYPE_CHECKING:
    from wurao.detection.scoring.staged import Features


@contextmanager
def live_features_of(calls: Path, scratch: Path, zone: ZoneInfo = CHINA) -> Iterator[tuple["Features", Written]]:
    """Give the live features of the callers in a file of calls, of which only the beginnings are looked at.

    Raises InputError for a file that is none.
    """
    from wurao.detection.live.replaying import begun_in, replayed

    with TemporaryDirectory(prefix="calls-", dir=scratch) as folder:
        written = write_typed(calls, typed := Path(folder) / "calls.parquet", zone)
        yield replayed(begun_in(typed)), written


@contextmanager
def features_of(calls: Path, scratch: Path, zone: ZoneInfo = CHINA) -> Iterator[tuple["Features", Written]]:
    """Give the features of the callers in a file of calls, of any format that intake knows, and how it wrote them.

    Raises InputError for a file that is none, ConfigError without the extra [detect].
    """
    try:
        from wurao.detection.features import running
    except ModuleNotFoundError as missing:
        raise ConfigError(f"features need {missing.name}", mend="pip install 'wurao[detect]'") from None
    with TemporaryDirectory(prefix="calls-", dir=scratch) as folder:
        typed = Path(folder) / "calls.parquet"
        written = write_typed(calls, typed, zone)
        with running.calls_in([typed], Path(folder)) as table:
            yield running.by_window(table), written
