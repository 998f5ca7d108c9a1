"""What a run leaves in the home: rows of every caller, sealed as facts are, with figures; and how it is erased."""

import re
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from wurao.core.errors import StoreError
from wurao.detection.daily import kept
from wurao.store.book import Book
from wurao.store.home import Home


def test_a_run_is_a_file_of_its_day_for_the_owner_only(ran) -> None:
    assert ran.path.parent == ran.home.folder("scores")
    assert re.fullmatch(r"2026-08-18-[0-9a-f]{8}\.parquet", ran.path.name)
    assert stat.S_IMODE(ran.path.stat().st_mode) == 0o600
    table = pq.read_table(ran.path)
    assert table.num_rows == len(ran.world.callers)
    clear = {number for number in table.column("caller").to_pylist() if number}
    assert clear == {number for number in ran.world.callers.tolist() if number % 2}
    assert kept.figures(ran.path) == ran.day.figures


def test_flagged_callers_come_back_with_numbers_reasons_and_features(ran) -> None:
    found = kept.flagged(ran.path, ran.identities)
    assert len(found) == ran.day.figures.flagged > 100
    assert [one.p for one in found] == sorted((one.p for one in found), reverse=True)
    assert {number % 2 for number in (one.number for one in found)} == {0, 1}, "sealed numbers are opened"
    for one in found:
        assert one.reasons is not None
        assert one.reasons.calls == one.seen
        assert one.features["new"] is not None
    worst = found[0]
    assert kept.score_of(ran.path, ran.identities, bytes.fromhex(worst.key)) == worst


def test_a_caller_with_few_calls_has_neither_kind_nor_reasons(ran) -> None:
    few = int(ran.world.callers[ran.world.calls.argmin()])
    score = kept.score_of(ran.path, ran.identities, ran.identities.id_of(few))
    assert score is not None
    assert (score.number, score.kind, score.level, score.seen, score.reasons) == (few, None, "ring", 0, None)
    assert kept.score_of(ran.path, ran.identities, ran.identities.id_of(7)) is None


def test_an_erased_caller_is_gone_and_the_figures_stay(ran, tmp_path: Path) -> None:
    home = type(ran.home).create(tmp_path / "home")
    path = kept.write(home, ran.day)
    its_id = ran.identities.id_of(int(ran.world.callers[0]))
    assert (kept.erase(home, its_id), kept.erase(home, its_id)) == (1, 0)
    assert kept.score_of(path, ran.identities, its_id) is None
    assert kept.figures(path) == ran.day.figures


def test_a_run_takes_effect_when_the_book_names_it_and_left_overs_go_with_the_next(ran, tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    folder, book = home.folder("scores"), Book.at(home.book)
    for number in range(kept.KEPT + 3):
        (folder / f"2025-{1 + number // 28:02}-{1 + number % 28:02}.parquet").write_bytes(b"PAR1")
    path = kept.write(home, ran.day)
    assert kept.in_force(home, book) is None
    kept.take_effect(book, path)
    assert kept.in_force(home, book) == path
    left_over = [folder / "2026-08-18-00000000.parquet", folder / "2026-08-19-00000000.parquet", folder / ".x.new"]
    for each in left_over:
        each.write_bytes(b"PAR1")
    kept.make_room(home, book)
    left = sorted(folder.glob("*.parquet"))
    assert (len(left), left[-1]) == (kept.KEPT - 1, path)
    assert not any(each.exists() for each in left_over)
    with pytest.raises(StoreError):
        kept.figures(left[0])
    book.close()


def test_what_a_killed_run_was_writing_is_erased_too(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    (home.folder("scores") / ".2026-08-18-00000000.parquet.new").write_bytes(b"half a file")
    assert kept.erase(home, bytes(16)) == 0
    assert not list(home.folder("scores").iterdir())
