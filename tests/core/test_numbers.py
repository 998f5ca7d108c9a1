"""Numbers: every way of writing one gives the same integer, and the two engines agree on everything."""

from array import array
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core import _numbers, numbering, numbers, numbers_pure
from wurao.core.errors import InputError
from wurao.core.numbering import HASHED, SERVICE, NumberKind, Status

MOBILE = st.integers(13_000_000_000, 19_999_999_999).map(str)
AREA = st.sampled_from(["21", "755", "571", "898"])
SERVICES = st.sampled_from(
    ["95588", "951234", "95012345", "4008308300", "8008208388", "12345", "10086", "96110", "999"]
)
PIECES = st.sampled_from(
    [
        *[
            "+",
            "＋",
            "86",
            "0086",
            "00",
            "0",
            "10",
            "571",
            "951",
            "110",
            "95",
            "96",
            "12345",
            "13812345678",
            "106",
            "700",
            "852",
            "400",
            "1",
            "3",
            "9",
            "7",
            "-",
            "(",
            ")",
            "（",
            "８",
            "０",
            "a",
            "\x00",
            "é",
            "anonymous",
            "Unknown",
            ";npdi=yes",
            "@",
            "tel:",
            "SIP:",
            "sips:",
            "1234567890123",
            "\u202a",
        ],
        " ",
        "\u00a0",
        "\u3000",
    ]
)
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("13800138000", 8613800138000, NumberKind.MOBILE),
        ("013800138000", 8613800138000, NumberKind.MOBILE),
        ("sip:+8613800138000;npdi@x", 8613800138000, NumberKind.MOBILE),
        ("+86 (0)571-8888 8888", 8657188888888, NumberKind.FIXED),
        ("010-12345", 861012345, NumberKind.FIXED),
        ("95588", SERVICE + 95588, NumberKind.N95),
        ("021-95588", SERVICE + 95588, NumberKind.N95),
        ("+8695588", SERVICE + 95588, NumberKind.N95),
        ("01096066", 861096066, NumberKind.FIXED),
        ("96110", SERVICE + 96110, NumberKind.N96),
        ("400-830-8300", SERVICE + 4008308300, NumberKind.N400),
        ("10691197095566", SERVICE + 10691197095566, NumberKind.N106),
        ("110", SERVICE + 110, NumberKind.SHORT),
        ("+16502530000", 16502530000, NumberKind.OVERSEAS),
        ("0016502530000", 16502530000, NumberKind.OVERSEAS),
        ("+85222876767", 85222876767, NumberKind.HKMOTW),
        ("85222876767", 85222876767, NumberKind.HKMOTW),
    ],
)
def test_the_fast_path_decides(text: str, number: int, kind: NumberKind) -> None:
    assert numbers.parse(text) == number
    assert numbers.read(text) == number
    assert numbers.kind(number) is kind


@pytest.mark.parametrize(
    "text", ["", "abc", "12", "6" * 30, "138001380001", "+0123456789", "13800\x00138000", "0260 12345678"]
)
def test_the_fast_path_leaves_the_rest(text: str) -> None:
    assert numbers.parse(text) == 0


@pytest.mark.parametrize(
    "text", ["", "  ", "+", "abc", "138001380OO", "1" * 30, "13800\x00138000", "88888888", "\ud800", "1" * 999]
)
def test_what_is_no_number_says_so(text: str) -> None:
    with pytest.raises(InputError) as failure:
        numbers.read(text)
    assert failure.value.diagnostics()


@pytest.mark.parametrize("text", ["anonymous", "Anonymous@anonymous.invalid", "UNKNOWN", "匿名", "隐藏号码"])
def test_anonymous(text: str) -> None:
    assert numbers.read(text) == numbers.ANONYMOUS


def test_local_numbers_need_their_area() -> None:
    assert numbers.read("8888 8888", area="0571") == numbers.read("057188888888")
    with pytest.raises(InputError, match="area code"):
        numbers.read("88888888")


@pytest.mark.parametrize("extension", ["转8001", "-8001", " ext. 12", ",3", "#5", "x77"])
def test_extension_is_left_out(extension: str) -> None:
    assert numbers.read(f"021-61111111{extension}") == numbers.read("02161111111")
    assert numbers.read(f"4008308300{extension}") == numbers.read("4008308300")


def test_an_error_names_what_was_written() -> None:
    with pytest.raises(InputError, match="'17951013800138000'"):
        numbers.read("17951013800138000")


def test_beijing_and_yinchuan_keep_their_doubles_apart() -> None:
    assert numbers.read("1062671188") == SERVICE + 1062671188  # a port, unless a prefix says Beijing
    assert numbers.read("01062671188") == numbers.read("+861062671188") == 861062671188
    assert numbers.read("9516012345") == SERVICE + 9516012345
    assert numbers.read("09516012345") == numbers.read("+869516012345") == 869516012345


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("(301) 234-5678", "US", 13012345678),
        ("13012345678", "US", 13012345678),
        ("030 16637169", "DE", 493016637169),
        ("+49 (0)30 16637169", "CN", 493016637169),
        ("+8613800138000", "DE", 8613800138000),
        ("81362317628", "CN", 81362317628),
    ],
)
def test_foreign_files(text: str, region: str, number: int) -> None:
    assert numbers.read(text, region=region) == number


def test_privacy_numbers_long_ports_and_names_are_hashed_apart() -> None:
    relay, port = numbers.read("700123456789012"), numbers.read("1068915371004053")
    name = numbers.read("招商银行", names=True)
    assert [numbers.kind(n) for n in (relay, port, name)] == [NumberKind.RELAY700, NumberKind.N106, NumberKind.NAME]
    assert min(relay, port, name) >= HASHED
    assert max(relay, port, name) < numbering.END < 2**50
    assert numbers.read("ＣＭＢ", names=True) == numbers.read("cmb", names=True)
    with pytest.raises(InputError):
        numbers.read("13800138000x", names=True)


@given(MOBILE, st.sampled_from(["", "+86", "0086", "86", "0", "+86 0", "tel:+86", "sip:"]), st.data())
def test_a_mobile_any_way(digits: str, prefix: str, data: st.DataObject) -> None:
    assert numbers.read(prefix + _spaced(digits, data)) == int("86" + digits)


@given(
    AREA,
    st.integers(20_000_000, 89_999_999).map(str),
    st.sampled_from(["", "0", "+86", "0086", "86", "+860"]),
    st.data(),
)
def test_a_landline_any_way(area: str, local: str, prefix: str, data: st.DataObject) -> None:
    assert numbers.read(prefix + _spaced(area + local, data)) == int("86" + area + local)


@given(SERVICES, st.sampled_from(["", "+86", "0086"]), st.data())
def test_a_service_number_any_way(digits: str, prefix: str, data: st.DataObject) -> None:
    assert numbers.read(prefix + _spaced(digits, data)) == SERVICE + int(digits)


def _spaced(digits: str, data: st.DataObject) -> str:
    if data.draw(st.booleans()):
        digits = digits.translate(FULL_WIDTH)
    for mark in data.draw(st.lists(st.sampled_from(" -\u00a0\u3000.）"), max_size=4)):
        at = data.draw(st.integers(0, len(digits)))
        digits = digits[:at] + mark + digits[at:]
    return digits


@settings(max_examples=1000)
@given(st.one_of(st.lists(PIECES, max_size=9).map("".join).map(str.encode), st.binary(max_size=70)))
def test_compiled_and_pure_agree(data: bytes) -> None:
    number, status = _numbers.judge(data)
    assert (number, status) == numbers_pure.judge(data)
    assert (status == Status.DECIDED) == (number > 0)
    assert numbers.kind(number) is numbers_pure.kind(number)
    assert numbers.is_public_service(number) == numbers_pure.is_public_service(number)
    if 0 < number < HASHED:
        assert numbers.read(numbers.display(number)) == number


@settings(max_examples=1000)
@given(st.integers(0, 2**50 - 1))
def test_every_integer_has_kind_display_and_mask(number: int) -> None:
    assert numbers.kind(number) is numbers_pure.kind(number)
    assert numbers.is_public_service(number) == numbers_pure.is_public_service(number)
    assert numbers.display(number)
    assert numbers.mask(number)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_read_answers_or_says_why(text: str) -> None:
    assert _readable(text) == (numbers.parse(text) > 0) or numbers.parse(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "0571-96110",
        "110",
        "119",
        "120",
        "122",
        "999",
        "12345",
        "12321",
        "10086",
        "10000",
        "95588",
        "96110",
        "0571-110",
        "01012345",
    ],
)
def test_public_service(text: str) -> None:
    assert numbers.is_public_service(numbers.read(text))


@pytest.mark.parametrize(
    "text", ["13800138000", "4008308300", "950123", "10085", "12580", "057188888888", "+15551234567"]
)
def test_not_public_service(text: str) -> None:
    assert not numbers.is_public_service(numbers.read(text))


def test_mask_hides_the_middle() -> None:
    assert numbers.mask(8613812345678) == "138****5678"
    assert numbers.mask(8657188888812) == "0571-******12"
    assert numbers.mask(SERVICE + 95588) == "95588"
    assert numbers.mask(16502530000) == "+165*****000"


def test_segment_is_a_mobile_s_seven_digits() -> None:
    assert numbers.segment(8613800138000) == 1380013
    assert numbers.segment(8657188888888) == 0
    assert numbers.is_950(numbers.read("950808"))
    assert not numbers.is_950(numbers.read("95588"))


@pytest.mark.parametrize("code", ["i", "q"])
def test_many_at_once(code: str) -> None:
    texts = [b"13800138000", b"", b"anonymous", b"abc", "９５５８８".encode()]
    offsets = array(code, [0])
    for text in texts:
        offsets.append(offsets[-1] + len(text))
    found, status, kinds = array("Q", [9] * 5), bytearray(5), bytearray(5)
    undecided = numbers.read_many(
        memoryview(offsets), memoryview(b"".join(texts)), memoryview(found), memoryview(status)
    )
    assert undecided == 1
    assert found.tolist() == [8613800138000, 0, 0, 0, SERVICE + 95588]
    assert list(status) == [Status.DECIDED, Status.EMPTY, Status.ANONYMOUS, Status.UNDECIDED, Status.DECIDED]
    numbers.kinds_many(memoryview(found), memoryview(kinds))
    assert list(kinds) == [1, 0, 0, 0, 3]


def test_many_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="outside"):
        numbers.read_many(
            memoryview(array("i", [0, 9])), memoryview(b"1"), memoryview(array("Q", [0])), memoryview(bytearray(1))
        )


def test_real_public_service_numbers(shared: Path) -> None:
    path = shared / "data" / "cn_public_service_numbers_vcards.parquet"
    texts = [row[0] for row in duckdb.execute("select number from read_parquet(?)", [str(path)]).fetchall()]
    assert len(texts) == 574
    assert sum(_readable(text) for text in texts) >= 570


def _readable(text: str) -> bool:
    try:
        return numbers.read(text) > 0
    except InputError:
        return False
