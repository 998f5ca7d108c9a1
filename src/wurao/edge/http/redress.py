"""``/redress/RECEIPT``: the card that a 608 points to; open to anyone, it names nobody but the operator."""

from typing import Final

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from wurao.edge.http.door import Parts
from wurao.edge.receipts import RECEIPT

JOSE: Final = "application/jose"


@get("/redress/{receipt:str}", sync_to_thread=True, tags=["appeals"], media_type=MediaType.TEXT)
def card(receipt: FromPath[str], services: Parts) -> Response[str]:
    """Return the signed jCard of redress for a receipt (RFC 8688), whether that call was ever made or not."""
    found = services.cards.card(receipt) if RECEIPT.fullmatch(receipt) else None
    if found is None:
        raise NotFoundException
    return Response(found, media_type=JOSE)


ROUTES: Final = (card,)
