from pathlib import Path

import pytest

from wurao.core.errors import ConfigError, InputError
from wurao.screening import config
from wurao.screening.maps import OperatorMaps, read_entry, read_map

POLICY = config.load().policy


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("13512345678", (8613512345678, 0)),
        ("+1 650 253 0000", (16502530000, 0)),
        ("95588", (10**15 + 95588, 0)),
        ("1351234*", (861351234, 4)),
        ("86 135 1234*", (861351234, 4)),
        ("+86755123456**", (86755123456, 2)),
        ("0755-123456**", (86755123456, 2)),
        ("+16502530***", (16502530, 3)),
    ],
)
def test_entries_in_any_writing(text: str, entry: tuple[int, int]) -> None:
    assert read_entry(text) == entry


@pytest.mark.parametrize("text", ["*", "1*2", "abc*", "12*", "+86*************", "hello", "**"])
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_entry(text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"13512345678\nnope\n", ":2"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"1" * 2000, "longer than"),
        ("匿名\n".encode(), "withheld"),
    ],
)
def test_a_bad_map_names_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "map.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        list(read_map(path, POLICY.limits))


def test_a_map_has_limits(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.write_text("13512345678\n13512345679\n")
    limits = type(POLICY.limits)(
        **dict.fromkeys(POLICY.limits.__struct_fields__, 10) | {"map_entries": 1, "map_bytes": 99}
    )
    with pytest.raises(ConfigError, match="at most 1 entries"):
        list(read_map(path, limits))


def test_a_bad_file_leaves_what_was_in_force(tmp_path: Path) -> None:
    maps = OperatorMaps(POLICY, tmp_path)
    path = tmp_path / "maps/deny.txt"
    path.parent.mkdir()
    path.write_text("13512345678\n")
    assert maps.refresh() == {(8613512345678, 0)}
    path.write_text("nonsense")
    assert maps.refresh() == set()
    assert maps.sizes()["deny"] == 1
    assert maps.refused.keys() == {"deny"}
    path.unlink()
    assert maps.refresh() == {(8613512345678, 0)}
    assert not maps.refused
