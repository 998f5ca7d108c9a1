"""Appeals as the book keeps them."""

import msgspec
import pytest

from wurao.core.errors import InputError
from wurao.store.book import Book
from wurao.store.book.appeals import AppealRow


def filed(appeal_id: str, number: int = 7, at_us: int = 1, holder: str = "") -> AppealRow:
    return AppealRow(appeal_id, number, "receipt", "we are a clinic", holder, at_us)


def test_the_queue_is_oldest_first_while_pending_and_newest_first_after(book: Book) -> None:
    for at_us in (2, 1, 3):
        book.put_appeal(filed(f"a{at_us}", at_us=at_us))
    assert [one.appeal_id for one in book.appeal_queue("pending")] == ["a1", "a2", "a3"]
    for at_us in (1, 2):
        book.settle_appeal(msgspec.structs.replace(filed(f"a{at_us}", at_us=at_us), state="rejected", decided_us=at_us))
    assert [one.appeal_id for one in book.appeal_queue("rejected")] == ["a2", "a1"]
    assert book.appeal_count("pending") == 1
    assert book.appeals_of(7)[0].appeal_id == "a3"


def test_an_appeal_is_decided_once(book: Book) -> None:
    appeal = filed("a1")
    book.put_appeal(appeal)
    decided = msgspec.structs.replace(appeal, state="redressed", decided_us=9)
    book.settle_appeal(decided)
    with pytest.raises(InputError, match="not pending"):
        book.settle_appeal(msgspec.structs.replace(appeal, state="rejected"))
    assert book.appeal("a1") == decided
    assert book.upheld() == {7: 9}


def test_what_a_holder_filed_lately(book: Book) -> None:
    book.put_appeal(filed("a1", at_us=1, holder="acme"))
    book.put_appeal(filed("a2", at_us=5, holder="acme"))
    book.put_appeal(filed("a3", at_us=5))
    assert [one.appeal_id for one in book.appeals_by("acme", 1)] == ["a2"]
