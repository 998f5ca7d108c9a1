"""Every kind of bad input is a clear error or a quarantined row, and what is good beside it goes in."""

import gzip
import stat
from pathlib import Path

import pytest
import zstandard

from wurao.core.errors import InputError, StoreError
from wurao.intake import opening, records

HEADER = "call_id,caller,callee,start,talk_ms\n"
GOOD = "a,13800138000,13900139000,2026-08-01T09:30:00+08:00,1000\n"


def _call(number: int, **columns: str) -> str:
    row = {
        "call_id": f"c{number}",
        "caller": "13800138000",
        "callee": "13900139000",
        "start": "2026-08-01T09:30:00+08:00",
        "talk_ms": "1000",
    } | columns
    return ",".join(row.values()) + "\n"


def _only(entries):
    assert len(entries) == 1, entries
    return entries[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n\n\n", "no rows"),
        ("missing.csv", b"caller,callee\n13800138000,13900139000\n", "'start' is missing"),
        ("twice.csv", HEADER.replace("talk_ms", "caller").encode() + b"a,1,2,3,4\n", "both give caller"),
        ("utf16.csv", HEADER.encode("utf-16"), "UTF-16"),
        ("book.csv", b"PK\x03\x04rest", "ZIP archive or spreadsheet"),
        ("damaged.parquet", b"PAR1 and nothing more", "no readable Parquet"),
        ("header.csv", b"\xff\xff\xff\xff,caller\n1,2\n", "the header is no text"),
        ("wide.csv", ",".join(f"x{i}" for i in range(2500)).encode() + b"\n", "2,500 columns"),
        ("rows.jsonl", b'{"caller": "13800138000"}\n', "missing"),
        ("nothing.unknown", b"caller\n", "tells no format"),
    ],
)
def test_a_file_unusable_as_a_whole_is_one_clear_error(importer, write, name, content, says):
    with pytest.raises(InputError, match=says) as raised:
        importer("calls", write(name, content))
    assert name in raised.value.diagnostics()


def test_a_missing_file_and_a_folder_are_named(importer, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        importer("calls", tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="no file"):
        importer("calls", tmp_path / "folder.csv")


def test_an_unreadable_file_is_named(importer, write, monkeypatch):
    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    path = write("calls.csv", HEADER + GOOD)
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InputError, match="can't be read"):
        importer("calls", path)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("caller", "12ab", "no telephone number"),
        ("callee", "", "is empty"),
        ("callee", "anonymous", "withheld"),
        ("talk_ms", "-5", "is negative"),
        ("talk_ms", "1.5", "no whole number"),
        ("talk_ms", "soon", "no count"),
        ("talk_ms", "1e30", "too large"),
        ("talk_ms", "nan", "no whole number"),
        ("start", "9" * 40, "no time"),
        ("talk_ms", "86400001", "not within"),
        ("start", "1900-01-01 00:00:00", "outside 2000–2100"),
        ("start", "2300-01-01T00:00:00Z", "outside 2000–2100"),
        ("start", "10413792000000000", "no time"),
        ("start", "2026-02-30 10:00:00", "no such day"),
        ("start", "01/02/2026 10:00", "can't be told apart"),
        ("start", "46235.5", "spreadsheet's day"),
        ("start", "yesterday", "no time"),
        ("call_id", "x" * 129, "more than 128"),
    ],
)
def test_a_bad_value_is_quarantined_with_file_line_column_and_reason(importer, write, refused, column, value, reason):
    path = write("calls.csv", HEADER + _call(1) + _call(2, **{column: value}) + _call(3))
    summary = importer("calls", path)
    assert (summary.read, summary.stored, summary.quarantined) == (3, 2, 1)
    entry = _only(refused(summary))
    assert (entry["file"], entry["line"], entry["column"]) == ("calls.csv", 3, column)
    assert reason in entry["reason"]
    assert entry["row"][column] == value


def test_dates_in_five_styles_are_the_same_instant(importer, write, stored):
    styles = ["2026-08-01T09:30:00+08:00", "2026/8/1 9:30", "20260801093000", "2026年8月1日 9时30分", "1785547800"]
    path = write("calls.csv", HEADER + "".join(_call(i, start=style) for i, style in enumerate(styles)))
    assert importer("calls", path).stored == 5
    assert {row["start_us"] for row in stored("calls")} == {1785547800000000}


def test_gb18030_is_read_and_said(importer, write, stored):
    text = "message_id,sender,recipient,sent,text\nm1,10690000,13900139000,2026-08-01 09:30:00,您好，贷款找我\n"
    summary = importer("messages", write("sms.csv", text.encode("gb18030")))
    assert summary.stored == 1
    assert summary.remarks == ["read as GB 18030"]
    assert stored("messages")[0]["text"] == "您好，贷款找我"


def test_a_stray_byte_in_utf8_costs_its_row_only(importer, write, refused):
    header = "message_id,sender,recipient,sent,text\n"
    row = "{},10690000,13900139000,2026-08-01 09:30:00,{}\n"
    content = (header + row.format("m1", "您好")).encode() + row.format("m2", "caf\xe9!").encode("latin-1")
    summary = importer("messages", write("sms.csv", content))
    assert (summary.stored, summary.quarantined) == (1, 1)
    entry = _only(refused(summary))
    assert entry["line"] == 3
    assert "UTF-8" in entry["reason"]
    assert "row_base64" in entry


def test_bom_and_nul(importer, write, refused):
    path = write("calls.csv", b"\xef\xbb\xbf" + (HEADER + _call(1) + _call(2, callee="139\x0000139000")).encode())
    summary = importer("calls", path)
    assert (summary.stored, summary.quarantined) == (1, 1)
    assert _only(refused(summary))["reason"] == "the row holds a NUL byte"


def test_a_thousand_columns_are_counted_and_left_out(importer, write):
    extra = ",".join(f"x{i}" for i in range(1000))
    lines = HEADER.strip() + "," + extra + "\n" + GOOD.strip() + "," + ",".join(["1"] * 1000) + "\n"
    summary = importer("calls", write("wide.csv", lines))
    assert summary.stored == 1
    assert len(summary.unknown_columns) == 1000


def test_ragged_rows_and_quoted_newlines_keep_the_line_numbers_right(importer, write, refused):
    text = HEADER + '"q\n1",13800138000,13900139000,2026-08-01 09:30:00,1\r\n\nshort,row\n' + _call(7, caller="x")
    summary = importer("calls", write("calls.csv", text))
    assert [(e["line"], e["column"]) for e in refused(summary)] in ([(5, ""), (6, "caller")], [(6, "caller"), (5, "")])
    assert summary.stored == 1


def test_a_quote_never_closed_costs_its_line_only(importer, write, refused):
    text = HEADER + _call(1) + '"open,13800138000,13900139000,2026-08-01 09:30:00,1\n' + _call(2) + _call(3)
    summary = importer("calls", write("calls.csv", text))
    assert (summary.stored, summary.quarantined) == (3, 1)
    entry = _only(refused(summary))
    assert entry["line"] == 3
    assert "never closed" in entry["reason"]


def test_hostile_quotes_cost_linear_time(importer, write):
    # from any line on, the rest of the file stands inside quotes
    text = HEADER + 'a","b\n' * 400_000 + _call(1)
    summary = importer("calls", write("calls.csv", text))
    assert (summary.stored, summary.quarantined) == (1, 400_000)


@pytest.mark.parametrize("opened", [False, True])
def test_a_huge_line_is_refused_without_being_held(importer, write, refused, monkeypatch, opened):
    monkeypatch.setattr(opening, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(records, "MAX_RECORD", 1 << 12)
    huge = ('"x\n' if opened else "") + "y" * (1 << 20) + "\n"
    summary = importer("calls", write("calls.csv", HEADER + _call(1) + huge + _call(2)))
    assert summary.stored == 2
    lines = sorted(entry["line"] for entry in refused(summary))
    assert lines == ([3, 4] if opened else [3])


def test_duplicate_ids(importer, write, refused):
    path = write("calls.csv", HEADER + _call(1) + _call(1) + _call(1, talk_ms="9"))
    summary = importer("calls", path)
    assert (summary.stored, summary.duplicate, summary.quarantined) == (1, 1, 1)
    entry = _only(refused(summary))
    assert (entry["line"], entry["column"]) == (4, "call_id")


def test_formulas_are_not_live_in_the_quarantine_file(importer, write, refused):
    cell = "=cmd|' /C calc'!A0"
    path = write("calls.csv", HEADER + _call(1, caller=cell) + _call(2, caller="+SUM(1)") + _call(3, caller="@x"))
    summary = importer("calls", path)
    text = Path(summary.quarantine_file).read_text()
    assert not any(f"{quote}{live}" for quote in '",;' for live in "=+@-" if f"{quote}{live}" in text)
    assert refused(summary)[0]["row"]["caller"] == cell
    assert stat.S_IMODE(Path(summary.quarantine_file).stat().st_mode) == 0o600


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compressed_files_and_cut_off_ones(importer, write, refused, pack):
    text = (HEADER + "".join(_call(i, talk_ms=str(i * 7919 % 10007)) for i in range(6000))).encode()
    whole = pack(text)
    assert importer("calls", write("whole.csv.gz", whole)).stored == 6000
    summary = importer("calls", write("cut.csv.gz", whole[: len(whole) * 2 // 3]))
    assert "ends early" in refused(summary)[-1]["reason"]
    assert summary.stored == 0
    assert summary.duplicate == summary.read - 1
    with pytest.raises(InputError, match="ends early"):
        importer("calls", write("stub.csv.gz", whole[:20]))


def test_a_decompression_bomb_is_refused(importer, write, monkeypatch):
    monkeypatch.setattr(opening, "RATIO_AFTER", 1 << 16)
    bomb = gzip.compress((HEADER + GOOD).encode() + b"0" * (64 << 20))
    with pytest.raises(InputError, match="bomb"):
        importer("calls", write("bomb.csv.gz", bomb))


def test_a_full_disk_is_a_store_error(home, importer, write, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    path = write("calls.csv", HEADER + _call(1, caller="x"))
    monkeypatch.setattr("wurao.intake.quarantine.os.open", full)
    with pytest.raises(StoreError, match="No space left"):
        importer("calls", path)


def test_a_second_process_on_the_home_is_told(home, importer, write):
    with home.lock(), pytest.raises(StoreError, match="another wurao process"):
        importer("calls", write("calls.csv", HEADER + GOOD))


def test_json_lines(importer, write, refused):
    good = '{"caller": 13800138000, "callee": "13900139000", "start_us": 1785547800000000, "talk_ms": null}'
    lines = [good, "{", "[1]", '{"caller": {"a": 1}}', '{"caller": "x\\u0000"}', good.replace("1785547800000000", "5")]
    summary = importer("calls", write("calls.jsonl", "\n".join(lines)))
    assert (summary.stored, summary.quarantined) == (1, 5)
    assert sorted(entry["line"] for entry in refused(summary)) == [2, 3, 4, 5, 6]
