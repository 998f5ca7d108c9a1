"""A home with tables in force: one subscriber who wants no nuisance, one number that is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER = 8613712345678, 8613900139000
TRUNKS = """
[appeal]
url = "https://example.net/appeal/{evidence_id}"
[settings.plus]
ingress = ["plus"]
answer = "603+"
caller = "pai"
callee = "diversion"
[settings.vouched]
ingress = ["vouched"]
identity = "verstat"
label = "pai"
weights = { IDENTITY_FAILED = 15.0 }
[settings.signed]
ingress = ["signed"]
identity = "passport"
weights = { IDENTITY_FAILED = 15.0 }
[settings.announced]
ingress = ["announced"]
answer = "announce"
announcement = "sip:annc@192.0.2.9;id={evidence_id}"
[settings.server]
ingress = ["server"]
answer = "redirect"
"""


@pytest.fixture
def screening_home(tmp_path: Path) -> Iterator[Home]:
    home = Home.create(tmp_path / "home")
    (home.path / "conf/local.d").mkdir(parents=True)
    (home.path / "conf/local.d/trunks.toml").write_text(TRUNKS)
    clock = FixedClock(NOW_US)
    with home.lock():
        book = Book.at(home.book, clock)
        book.set_wish(SUBSCRIBER, strict_profile())
        book.write_standing([Standing(NUISANCE, "LISTED", 1.0, "imported", NOW_US, category="fraud")])
        with Shield(home, book, clock) as shield:
            shield.start()
        yield home
        book.close()
