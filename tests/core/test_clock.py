import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core import clock
from wurao.core.errors import InputError


def test_local_time_without_offset_is_chinese() -> None:
    assert clock.parse_instant("2023-09-01T08:00:00") == clock.parse_instant("2023-09-01T00:00:00Z")


def test_relative_times_need_a_now() -> None:
    now = clock.parse_instant("2023-09-01T08:00:00Z")
    assert clock.parse_instant("-3h", now_us=now) == now - 3 * clock.HOUR_US
    assert clock.parse_instant("now", now_us=now) == now
    with pytest.raises(InputError):
        clock.parse_instant("-3h")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "1900-01-01", "2300-01-01", "2023-13-01", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "-" * 10_000]
)
def test_what_is_no_time_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        clock.parse_instant(text)
    assert len(caught.value.diagnostics()) < 20_000


@given(st.integers(clock.EARLIEST_US, clock.LATEST_US - 1))
def test_iso_reads_back_to_the_second(at_us: int) -> None:
    assert clock.parse_instant(clock.iso(at_us)) == at_us - at_us % clock.SECOND_US


@given(st.integers(clock.EARLIEST_US, clock.LATEST_US - 1))
def test_minute_of_day_agrees_with_the_written_time(at_us: int) -> None:
    written = clock.iso(at_us)[11:16]
    minute = clock.minute_of_day(at_us)
    assert written == f"{minute // 60:02}:{minute % 60:02}"
    assert clock.day_of(at_us) == clock.iso(at_us)[:10]
