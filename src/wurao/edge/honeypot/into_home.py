"""What filing needs of a home: who is known, facts through intake, standing in the book, metrics."""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily

from wurao.core.clock import CHINA, Clock, iso
from wurao.core.errors import Error
from wurao.core.standing import Standing
from wurao.detection.audio.kept import INGRESS, Recordings
from wurao.detection.audio.played import SOURCE
from wurao.detection.audio.transcribing import transcriber
from wurao.detection.live.sealing import Sealing
from wurao.edge.honeypot.filing import Filed, Filing, Transcribe, nothing_said
from wurao.edge.honeypot.spool import Answered, Spool
from wurao.intake.deriving import RowIds
from wurao.intake.formats import FORMATS
from wurao.intake.importing import Import
from wurao.intake.interface import Reading
from wurao.intake.landing import LakeLanding
from wurao.intake.quarantine import Quarantine
from wurao.screening.policy import Honeypot
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Enrolled, Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

_log: Final = logging.getLogger(__name__)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    call_id: str
    caller: str
    callee: str
    start_us: int
    talk_ms: int
    released_by: str
    ring_ms: int = 0
    disposition: str = "answered"
    ingress: str = INGRESS


class Stores(Protocol):
    """The opened home, as whoever wires it holds it."""

    @property
    def home(self) -> Home: ...  # noqa: D102
    @property
    def keys(self) -> KeyRing: ...  # noqa: D102
    @property
    def book(self) -> Book: ...  # noqa: D102
    @property
    def lake(self) -> Lake: ...  # noqa: D102
    @property
    def enrolled(self) -> Enrolled: ...  # noqa: D102


class People(msgspec.Struct, frozen=True):
    """How numbers of this home are told: their keyed ids, and which of them are subscribers'."""

    identities: Identities
    enrolled: Enrolled


class HomePorts:
    """Filing's ports over one home that this process may write to."""

    def __init__(self, home: Home, lake: Lake, people: People, book: Book, clock: Clock) -> None:
        self._home, self._lake, self._people, self._book, self._clock = home, lake, people, book, clock

    def known(self, caller: int) -> bool:
        """Tell whether a caller is a subscriber or verified."""
        return self.subscriber(caller) or bool(self._book.verified_for(caller))

    def subscriber(self, caller: int) -> bool:
        """Tell whether a caller's number rests sealed."""
        return bool(self._people.enrolled(np.array([caller], np.uint64))[0])

    def id_of(self, number: int) -> bytes:
        """Return the keyed id of a number."""
        return self._people.identities.id_of(number)

    def store(self, calls: Sequence[Answered]) -> None:
        """Bring calls into the lake through intake; a call that is there already changes nothing."""
        if not calls:
            return
        rows = [_Row(**msgspec.structs.asdict(call)) for call in calls]
        landing = LakeLanding("calls", self._lake, self._people.identities, self._people.enrolled)
        name = f"{iso(self._clock.now_us()).replace(':', '')}-honeypot"
        with (
            tempfile.TemporaryDirectory(dir=self._home.folder("scratch")) as folder,
            Quarantine(self._home.folder("quarantine"), name) as quarantine,
        ):
            file = Path(folder) / "calls.jsonl"
            file.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows) + b"\n")
            reading, row_ids = Reading("calls", CHINA), RowIds("calls", self._people.identities.row_id)
            importing = Import(reading, landing, row_ids, quarantine)
            importing.run([(file, FORMATS["jsonl"])], self._book, self._clock.now_us, lambda *_: None)

    def stand(self, rows: Iterable[Standing]) -> None:
        """Let these rows be all that recordings say."""
        self._book.replace_standing(SOURCE, rows)


def recordings_of(home: Home, keys: KeyRing) -> Recordings:
    """Return the recordings of a home."""
    return Recordings(home, Sealing(keys))


def rounds_over(stores: Stores, clock: Clock, honeypot: Honeypot) -> "Rounds":
    """Return the rounds over a home that this process may write to."""
    transcribe = _transcribing(honeypot)
    home, recordings = stores.home, recordings_of(stores.home, stores.keys)
    ports = HomePorts(home, stores.lake, People(Identities(stores.keys), stores.enrolled), stores.book, clock)
    return Rounds(Filing(Spool(home.folder("recordings") / "spool"), recordings, ports, clock, transcribe))


def _transcribing(honeypot: Honeypot) -> Transcribe:
    """Return what turns sound into text; weights that can't be used cost the text, not the call."""
    if not honeypot.asr_model:
        return nothing_said
    try:
        return transcriber(Path(honeypot.asr_model), honeypot.asr_sha256)
    except Error as error:
        _log.warning("nothing is transcribed: %s", error.diagnostics())
        return nothing_said


class Rounds:
    """Files what waits, round after round, and counts it; a prometheus_client collector."""

    def __init__(self, filing: Filing) -> None:
        self._filing = filing
        self._sum = Filed()

    def run(self, honeypot: Honeypot) -> Filed:
        """File what waits and return what was done; raises StoreError, ConfigError."""
        done = self._filing.file_waiting(honeypot)
        for name in Filed.__struct_fields__:
            setattr(self._sum, name, getattr(self._sum, name) + getattr(done, name))
        return done

    def collect(self) -> Iterator[Metric]:
        """Yield what was filed since the service began."""
        filed = CounterMetricFamily("wurao_honeypot_filed", "Calls and recordings of honeypot lines", labels=["as"])
        for name in Filed.__struct_fields__:
            filed.add_metric([name], getattr(self._sum, name))
        yield filed
