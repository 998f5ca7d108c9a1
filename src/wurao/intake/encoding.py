"""Which encoding a text file has: UTF-8, else GB 18030, which Chinese programs still export.

The file decides once: as soon as a piece isn't valid UTF-8, and nothing before it needed UTF-8, and the piece is
plausible GB 18030, the whole file is GB 18030. In a file that is UTF-8 a stray byte is a fault of its row.
Newlines, quotes, commas, tabs and digits of a second or fourth byte never look like separators in GB 18030
(its trail bytes are 0x30–0x39, 0x40–0x7E, 0x80–0xFE), so text is cut into rows before it is decoded.
"""

import re
from typing import Final

BOM: Final = b"\xef\xbb\xbf"
REMARK: Final = "read as GB 18030"
_EXPECTED: Final = re.compile(r"[\x00-\x7f·‘-”…　-。《-】一-鿿＀-￯×—、℃￥〇]*")
"""What Chinese text is made of; Latin-1 or Big5 read as GB 18030 gives other characters."""
_RARE_SHARE: Final = 0.05


class TextDecoder:
    """Gives the pieces of one file as UTF-8."""

    def __init__(self, remarks: list[str]) -> None:
        self._remarks = remarks
        self._gb18030 = False
        self._utf8 = False

    def utf8(self, piece: bytes) -> bytes | None:
        """Return ``piece`` as UTF-8, or None if it is neither UTF-8 nor GB 18030 throughout."""
        if not self._gb18030:
            if piece.isascii():
                return piece
            if _is_utf8(piece):
                self._utf8 = True
                return piece
            if self._utf8 or not _plausible(piece):
                return None
            self._gb18030 = True
            self._remarks.append(REMARK)
        try:
            return piece.decode("gb18030").encode()
        except UnicodeError:
            return None

    @property
    def name(self) -> str:
        """What a row must be that fails."""
        return "GB 18030" if self._gb18030 else "UTF-8"


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeError:
        return False
    return True


def _plausible(piece: bytes) -> bool:
    try:
        text = piece.decode("gb18030")
    except UnicodeError:
        return False
    wide = re.sub(r"[\x00-\x7f]+", "", text)
    expected = sum(len(run) for run in _EXPECTED.findall(wide))
    return len(wide) - expected <= _RARE_SHARE * len(wide)
