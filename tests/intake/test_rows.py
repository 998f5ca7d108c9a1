"""The compiled loops against slow twins from the standard library."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import to_us
from wurao.intake import _rows
from wurao.intake.columns import texts
from wurao.intake.csv_ import _columns
from wurao.intake.deriving import FAR, Steps


def _split(data: bytes, *, last: bool = True, quote: bytes = b'"', limit: int = 1 << 20):
    room = data.count(b"\n") + data.count(b"\r") + 1
    starts, ends, lines = (np.empty(room, np.int64) for _ in range(3))
    fields = np.empty(room, np.int32)
    quote_byte = quote[0] if quote else 0
    count, used, line, unclosed = _rows.split(
        data, 0, ord(","), quote_byte, last, limit, 64, 1, starts, ends, lines, fields
    )
    rows = [
        (data[s:e], int(n), int(f))
        for s, e, n, f in zip(starts[:count], ends[:count], lines[:count], fields[:count], strict=True)
    ]
    return rows, used, line, unclosed


CELLS = st.text(st.sampled_from('ab",;\n 1'), max_size=6)
STYLES = st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=8), st.sampled_from(["\n", "\r\n"]), STYLES)
def test_records_are_those_of_the_csv_module(table, newline, style):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=newline, quoting=style).writerows(table)
    rows, used, _, unclosed = _split(text.getvalue().encode())
    assert [count for _, _, count in rows] == [len(row) for row in table]
    assert (used, unclosed) == (len(text.getvalue()), 0)
    reader, lines, before = csv.reader(io.StringIO(text.getvalue(), newline="")), [], 0
    for _ in reader:
        lines.append(before + 1)
        before = reader.line_num
    assert [line for _, line, _ in rows] == lines


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), STYLES)
def test_arrow_sees_the_same_records(table, style):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=style).writerows(table)
    parsed = _columns(text.getvalue().encode(), ["a", "b", "c"], ",")
    assert [list(row.values()) for row in parsed.to_pylist()] == table


@given(st.binary(max_size=60).map(lambda raw: bytes(b'",\n\r\nab'[byte % 7] for byte in raw)), st.data())
def test_any_bytes_are_cut_whole_wherever_the_blocks_end(data, draw):
    whole, used, _, _ = _split(data)
    assert used == len(data)
    kept = b"".join(row for row, _, _ in whole)
    assert Counter(kept.replace(b"\n", b"").replace(b"\r", b"")) == Counter(
        data.replace(b"\n", b"").replace(b"\r", b"")
    )
    middle = draw.draw(st.integers(0, len(data)))
    first, used, line, _ = _split(data[:middle], last=False)
    rest, _, _, _ = _split(data[used:])
    assert [row for row, _, _ in first + rest] == [row for row, _, _ in whole]
    assert [n for _, n, _ in first] + [n + line - 1 for _, n, _ in rest] == [n for _, n, _ in whole]


def test_without_quotes_every_newline_ends_a_record():
    rows, _, _, _ = _split(b'{"a"\n"b",}\n', quote=b"")
    assert [row for row, _, _ in rows] == [b'{"a"', b'"b",}']


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - made aware below
    st.sampled_from(["", "Z", "+08:00", "-0330", "+05"]),
    st.sampled_from(["T", " "]),
)
def test_times_are_those_of_the_standard_library(moment, zone, separator):
    text = moment.isoformat(separator) + zone
    values, states = _rows.parse_times(*texts(pa.array([text])))
    minutes = {"": 0, "Z": 0, "+08:00": 480, "-0330": -210, "+05": 300}[zone]
    assert states[0] == (_rows.LOCAL if not zone else 0)
    assert values[0] == to_us(moment.replace(tzinfo=UTC)) - minutes * 60 * 10**6


@given(st.text(st.sampled_from("0123456789-/:. TZ+年"), max_size=32))
def test_no_text_is_read_as_a_time_that_the_standard_library_refuses(text):
    values, states = _rows.parse_times(*texts(pa.array([text])))
    if states[0] == _rows.UNDECIDED:
        return
    if text.isdigit():
        assert values[0] == int(text)
        return
    moment = datetime.fromisoformat(text.replace("/", "-")[:26] if states[0] else text.replace("/", "-"))
    if states[0] == 0:
        assert abs(moment - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=int(values[0]))) < timedelta(
            milliseconds=1
        )


@given(st.lists(st.text(st.sampled_from("0123456789-. "), max_size=20)))
def test_counts(given_texts):
    values, undecided = _rows.parse_counts(*texts(pa.array(given_texts, pa.string())))
    for text, value, left in zip(given_texts, values, undecided, strict=True):
        assert left == (not (text.isdigit() and len(text) < 19))
        assert left or value == int(text)


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 0x726FDB47DD0E0E31), (8, 0x93F5F5799A932462), (15, 0xA129CA6149BE45E5)]
)
def test_siphash_gives_its_authors_values(length, expected):
    key = bytes(range(16))
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    assert _rows.siphash(k0, k1, bytes(range(length))) == expected


@given(st.lists(st.lists(st.integers(0, 40), max_size=50), max_size=6))
def test_seen_counts_like_a_counter(batches):
    seen, counter = _rows.Seen(1 << 20), Counter()
    for batch in batches:
        keys = np.array([value * 0x9E3779B97F4A7C15 % 2**64 for value in batch], np.uint64)
        expected = []
        for key in keys.tolist():
            expected.append(counter[key | 1])
            counter[key | 1] += 1
        assert seen.count(keys).tolist() == expected


def test_seen_grows_compares_and_forgets_within_its_limit():
    seen = _rows.Seen(10_000)
    keys = np.arange(1, 20_001, 2, dtype=np.uint64) << np.uint64(20)
    assert not seen.compare(keys[:9000], keys[:9000]).any()
    assert (seen.compare(keys[:10], keys[:10]) == _rows.REPEATED).all()
    assert (seen.compare(keys[:10], keys[:10] + np.uint64(1)) == _rows.CONFLICTING).all()
    assert not seen.compare(keys[9000:], keys[9000:]).any()
    assert not seen.compare(keys[:10], keys[:10]).any()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(10**10, 10**10 + 3000)), max_size=40), st.integers(0, 40))
def test_steps_between_a_callers_callees(calls, cut):
    latest, expected = {}, []
    for caller, callee in calls:
        step = callee - latest[caller] if caller and caller in latest else None
        expected.append(None if step is None else max(-FAR, min(FAR, step)))
        latest[caller] = callee
    steps, found = Steps(), []
    for part in (calls[:cut], calls[cut:]):
        columns = np.array(part, np.uint64).reshape(-1, 2)
        found += steps.of(np.ascontiguousarray(columns[:, 0]), np.ascontiguousarray(columns[:, 1])).to_pylist()
    assert found == expected
