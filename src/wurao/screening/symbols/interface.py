"""What a call-time symbol may look at. Each symbol is a module with ``SYMBOL`` and ``raised``; weights lie in conf."""

import msgspec

from wurao.core.numbering import NumberKind


class Call(msgspec.Struct, frozen=True):
    """One call as its symbols see it: numbers as uint64, the kind of the caller's number, and the line it came by.

    ``trusted``: the interconnect vouches for the number; ``overseas``: an international gateway; ``opaque``: a
    700-number, long sender or name; ``attestation``: how the number is vouched for.
    """

    caller: int
    callee: int
    kind: NumberKind
    has_number: bool
    opaque: bool
    trusted: bool
    overseas: bool
    attestation: str = ""
