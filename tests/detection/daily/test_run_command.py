"""`wurao detect run` over a home's own calls: scores, standing and the alarm about a verified robot."""

import json
import shutil
import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from click.testing import CliRunner

from wurao.cli import cli
from wurao.core.clock import FixedClock
from wurao.detection.daily import kept
from wurao.edge.live.detection import LiveDetection
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.book import Book
from wurao.store.book.registry import AssignmentEvent, VerifiedCaller
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

ROBOT, FRIEND, FEW = 8613712345678, 8613712345679, 8613712345680
AS_OF = "2026-08-03T20:00:00+08:00"
CHANGED_US = 1_785_729_600_000_000
"""Noon of that day in China: four calls come later."""
CLOCK = FixedClock(1_786_000_000_000_000)


def a_home(folder: Path, model: Path, name: str = "robots") -> Home:
    """A robot calls strangers, a friend calls one number, a third calls twice."""
    rows = [(ROBOT, 8613900000000 + 7 * n, 6, n) for n in range(22)]
    rows += [(FRIEND, 8613812345678, 0, n) for n in range(22)] + [(FEW, 8613812345679 + n, 0, n) for n in range(2)]
    file = folder / "calls.csv"
    lines = [f"+{who},+{to},2026-08-03T{9 + n // 6:02}:{n % 6}0:00+08:00,3000,{cells}" for who, to, cells, n in rows]
    file.write_text("caller,callee,start,talk_ms,cells\n" + "\n".join(lines) + "\n")
    home = Home.create(folder / "home")
    with home.lock():
        reading = Reading("calls", ZoneInfo("Asia/Shanghai"))
        done = run_import(home, reading, [(file, format_of(file, "calls", None))], CLOCK, lambda _path, _read: None)
    assert done.stored == len(rows)
    shutil.copytree(model, home.folder("models") / name)
    manifest = home.folder("models") / name / "0001/manifest.json"
    told = msgspec.json.decode(manifest.read_bytes())
    manifest.write_bytes(msgspec.json.encode(told | {"stages": told["stages"][:2]}))  # fewer windows, a quicker test
    return home


def run(home: Home, as_of: str = AS_OF, *more: str) -> dict:
    done = CliRunner().invoke(cli, ["detect", "run", "--as-of", as_of, "--json", "--home", str(home.path), *more])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_writes_what_it_finds_and_the_next_takes_back_what_no_longer_holds(ran, tmp_path, monkeypatch) -> None:
    home = a_home(tmp_path, ran.model)
    book = Book.at(home.book, CLOCK)
    book.put_verified([VerifiedCaller(ROBOT, "City Bank", "bank_service")])
    with home.lock():  # a service runs
        done = run(home)
    assert (done["callers"], done["flagged"], done["rejected"], done["misused"]) == (3, 1, 0, 1)
    assert {row.symbol for row in book.standing_of(ROBOT)} >= {"ROBOT_CALLER", "FANOUT"}
    assert not book.standing_of(FRIEND)
    assert book.verified_for(ROBOT), "only a person ends a verification"
    identities = Identities(KeyRing.open(home))
    score = kept.score_of(Path(done["scores"]), identities, identities.id_of(FRIEND))
    assert score is not None
    assert (score.number, score.calls, score.level, score.seen) == (FRIEND, 22, "ring", 10)

    monkeypatch.setattr("wurao.detection.scoring.judging.LABEL_FROM", 2.0)  # nobody is likely enough any more
    assert run(home, "2026-08-04T20:00:00+08:00")["flagged"] == 0
    assert not book.standing_of(ROBOT)
    book.close()


def test_who_changed_hands_is_judged_on_the_new_holder_s_calls(ran, tmp_path) -> None:
    home = a_home(tmp_path, ran.model)
    with closing(Book.at(home.book, CLOCK)) as book:
        book.record_assignments([AssignmentEvent(ROBOT, "assigned", CHANGED_US)])
        service = LiveDetection(home, Lake(home), Identities(KeyRing.open(home)), book, CLOCK)
        done = run(home)
        assert (done["callers"], done["flagged"]) == (3, 0)
        assert book.standing_of(ROBOT) == []
        score = service.score(service.key(ROBOT))
        assert score is not None
        assert (score.calls, score.seen) == (4, 0), "the last four of 22"
        told = service.timeline(service.key(ROBOT))
        assert told is not None
        assert sum(one.begun for one in told.stretches) == 4


def test_a_number_that_changes_hands_while_a_run_goes_on_is_left_alone(ran, tmp_path, monkeypatch) -> None:
    home, write = a_home(tmp_path, ran.model), kept.write
    with closing(Book.at(home.book, CLOCK)) as book:

        def written(*arguments):
            book.record_assignments([AssignmentEvent(ROBOT, "assigned", CHANGED_US)])
            return write(*arguments)

        monkeypatch.setattr(kept, "write", written)
        run(home)
        assert book.standing_of(ROBOT) == []


def test_rows_name_the_model_that_wrote_them(ran, tmp_path) -> None:
    home = a_home(tmp_path, ran.model, "mine")
    run(home, AS_OF, "--name", "mine")
    book = Book.at(home.book, CLOCK)
    assert [row.facts.get("model") for row in book.standing_of(ROBOT) if row.symbol == "ROBOT_CALLER"] == ["mine"]
    book.close()


def test_a_number_erased_while_a_run_goes_on_does_not_come_back(ran, tmp_path, monkeypatch) -> None:
    home, write, told = a_home(tmp_path, ran.model), kept.write, []

    def erase():
        return CliRunner().invoke(cli, ["erase", str(ROBOT), "--json", "--home", str(home.path)])

    def written(*arguments):
        told.append(erase())  # the run has read its calls and hasn't written what it makes of them
        return write(*arguments)

    monkeypatch.setattr(kept, "write", written)
    done = run(home)
    assert (told[0].exit_code, told[0].stderr.count("\n")) == (2, 1)
    assert "callers are being judged" in told[0].stderr
    assert json.loads(erase().stdout)["scores"] == 1
    identities = Identities(KeyRing.open(home))
    assert kept.score_of(Path(done["scores"]), identities, identities.id_of(ROBOT)) is None
    book = Book.at(home.book, CLOCK)
    assert not book.standing_of(ROBOT)
    book.close()


def test_no_run_begins_while_a_number_is_erased(tmp_path) -> None:
    home = Home.create(tmp_path / "home")
    with kept.alone(home):
        done = CliRunner().invoke(cli, ["detect", "run", "--home", str(home.path)])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "a number is being erased" in done.stderr


def test_a_run_that_is_killed_before_the_book_is_as_if_it_had_never_been(ran, tmp_path, monkeypatch) -> None:
    home = a_home(tmp_path, ran.model)
    with closing(Book.at(home.book, CLOCK)) as book, monkeypatch.context() as fault:
        service = LiveDetection(home, Lake(home), Identities(KeyRing.open(home)), book, CLOCK)
        fault.setattr(kept, "flagged", lambda *_: sys.exit(9))
        assert CliRunner().invoke(cli, ["detect", "run", "--as-of", AS_OF, "--home", str(home.path)]).exit_code == 9
        fault.undo()
        assert len(list(home.folder("scores").glob("*.parquet"))) == 1
        assert (service.figures(), service.flagged(), book.standing_of(ROBOT)) == (None, [], [])
        first = run(home)
        assert [score.number for score in service.flagged()] == [ROBOT]
        assert book.standing_of(ROBOT)

        fault.setattr("wurao.detection.scoring.judging.LABEL_FROM", 2.0)
        fault.setattr(kept, "take_effect", lambda *_: sys.exit(9))
        CliRunner().invoke(cli, ["detect", "run", "--as-of", AS_OF, "--home", str(home.path)])
        fault.undo()
        assert [score.number for score in service.flagged()] == [ROBOT], "its rows stand"
        run(home, "2026-08-04T20:00:00+08:00")
        assert {path.name for path in home.folder("scores").glob("2026-08-03*")} == {Path(first["scores"]).name}
