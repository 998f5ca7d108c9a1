"""Every error that wurao raises on purpose, each able to say what, where and how to mend it.

    Error
    ├── ConfigError         a setting, key file or map is unusable
    ├── InputError          what came from outside is unusable
    ├── StoreError          the home, lake, book or tables can't be read or written
    ├── VerificationError   a hash, signature or proof doesn't hold
    └── PolicyError         the wish, role or law forbids what was asked

"Could not judge" is no error but a value: ``Unknown``.
"""

from typing import ClassVar

import msgspec


class Error(Exception):
    """A failure that a person can act on; ``what`` happened, ``where`` it lies and how to ``mend`` it."""

    kind: ClassVar[str] = "error"

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def diagnostics(self) -> str:
        """Return one line: where, what and the mend, as far as they are known."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line} – {self.mend}" if self.mend else line

    def __str__(self) -> str:
        return self.diagnostics()


class ConfigError(Error):
    """A setting, a key file or an operator's map is unusable."""

    kind = "config"


class InputError(Error):
    """What came from outside (a file, an argument, a request) is unusable."""

    kind = "input"


class StoreError(Error):
    """The home, the lake, the book or the tables can't be read or written."""

    kind = "store"


class VerificationError(Error):
    """A hash, a signature or a proof doesn't hold."""

    kind = "verification"


class PolicyError(Error):
    """The subscriber's wish, the role or the law forbids what was asked."""

    kind = "policy"


class Unknown(msgspec.Struct, frozen=True):
    """The value of a question that could not be judged, with the reason."""

    reason: str
