"""One text from Kamailio's configuration in parts, against the same in plain Python."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.edge.kamailio._told import Told

MD5 = "0123456789abcdef" * 2
escaped = st.text(st.sampled_from("%3123aAfFgG+8é\0|\r\n"), max_size=12).map(str.encode)


@given(st.binary(max_size=80) | escaped, st.binary(max_size=80) | escaped, st.text("ab|é ", max_size=9))
def test_users_are_read_as_they_were_sent(caller: bytes, callee: bytes, trunk: str) -> None:
    told = Told(f"{MD5}7|{caller.hex()}|{callee.hex().upper()}|{trunk}")
    assert (told.call, told.trunk) == (f"{MD5}7", trunk)
    assert told.caller == unquote_to_bytes(caller).decode(errors="replace")
    assert told.callee == unquote_to_bytes(callee).decode(errors="replace")


def test_a_call_without_a_name_has_none() -> None:
    assert Told("1|31|32|").call == ""


@given(st.text("|0aé\0", max_size=30))
def test_no_other_text_is_read(text: str) -> None:
    parts = text.split("|", 3)
    fits = len(parts) == 4 and all(set(p) <= set("0a") and len(p) % 2 == 0 for p in parts[1:3])
    if fits:
        assert Told(text).trunk == parts[3]
    else:
        with pytest.raises(ValueError, match="part"):
            Told(text)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        Told(f"{MD5}|{'31' * 4000}|{'31' * 4000}|")
