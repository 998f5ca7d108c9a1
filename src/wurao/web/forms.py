"""Form bodies as msgspec structs with their bounds; unknown fields are left out."""

from typing import Annotated

import msgspec
from msgspec import Meta

Back = Annotated[str, Meta(max_length=2000)]
Key = Annotated[str, Meta(min_length=1, max_length=64)]
Note = Annotated[str, Meta(max_length=200)]


class LogInForm(msgspec.Struct, frozen=True):
    """Name and password."""

    name: Annotated[str, Meta(max_length=64)] = ""
    password: Annotated[str, Meta(max_length=256)] = ""
    next: Back = "/"


class SayForm(msgspec.Struct, frozen=True):
    """What a person says of one receipt: ``wanted``, ``nuisance`` or ``appeal``."""

    receipt: Annotated[str, Meta(max_length=32)]
    say: Annotated[str, Meta(pattern="^(wanted|nuisance|appeal)$")]
    back: Back = "/console"


class ForgiveForm(msgspec.Struct, frozen=True):
    """The number that comes off one's own list."""

    number: Annotated[str, Meta(max_length=64)]


class SplitForm(msgspec.Struct, frozen=True):
    """Two numbers, by key, that are not one caller's, and why not."""

    a: Key
    b: Key
    note: Note = ""


class SameForm(msgspec.Struct, frozen=True):
    """The campaign that is the same as this one, and why."""

    other: Annotated[str, Meta(min_length=1, max_length=64)]
    note: Note = ""


class UndoForm(msgspec.Struct, frozen=True):
    """The two numbers, by key, of the decision that is taken back."""

    a: Key
    b: Key


class RuleForm(msgspec.Struct, frozen=True):
    """The state that a rule shall have."""

    state: Annotated[str, Meta(pattern="^(live|shadow)$")]


class DecideAppealForm(msgspec.Struct, frozen=True):
    """How an appeal is decided, with the reason that its filer will read."""

    verdict: Annotated[str, Meta(pattern="^(uphold|reject)$")]
    reason: Annotated[str, Meta(max_length=500)] = ""


class AppealForm(msgspec.Struct, frozen=True):
    """An appeal from the public page; ``number`` is left out by whoever has proved to hold it."""

    number: Annotated[str, Meta(max_length=64)] = ""
    receipt: Annotated[str, Meta(max_length=32)] = ""
    text: Annotated[str, Meta(max_length=2000)] = ""


class CodeForm(msgspec.Struct, frozen=True):
    """The number that a code shall go to."""

    number: Annotated[str, Meta(max_length=64)]
    receipt: Annotated[str, Meta(max_length=64)] = ""


class ProveForm(msgspec.Struct, frozen=True):
    """The code that came."""

    code: Annotated[str, Meta(max_length=16)]
    receipt: Annotated[str, Meta(max_length=64)] = ""
