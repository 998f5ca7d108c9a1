"""History-Info in any shape tells who forwarded a call, or nobody."""

import pytest

from wurao.edge.sip.forwarding import forwarder


@pytest.mark.parametrize(
    ("history", "user"),
    [
        ("", ""),
        ("<sip:1@a>;index=1", ""),
        ("<sip:1@a>;index=1, <sip:2@b>;index=1.1", "1"),
        ("<sip:1@a>;index=1,<tel:+2;x=y>;index=1.1,<sips:3:pw@c?R=x>;index=1.2", "+2"),
        ("<sip:%31%33@a>;index=1,<sip:2@b>;index=2", "13"),
        ("<sip:\ufffd>" * 3, "\ufffd"),
        ("<sip:" * 20_000, ""),
        ("<sip:" + "1" * 65 + "@a>,<sip:2@b>", "1" * 64),
    ],
)
def test_who_forwarded_a_call(history: str, user: str) -> None:
    assert forwarder(history) == user
