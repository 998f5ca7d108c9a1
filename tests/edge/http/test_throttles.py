"""Whom an address stands for: an IPv6 host has all of its /64."""

from types import SimpleNamespace

import pytest

from wurao.edge.http.throttles import _address


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_a_source(host, source):
    assert _address(SimpleNamespace(client=SimpleNamespace(host=host))) == source
    assert _address(SimpleNamespace(client=None)) == "local"
