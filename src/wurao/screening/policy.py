"""The policy: thresholds, symbols, groups, composites, maps, settings by trunk – one document in TOML.

Weights, groups, caps and thresholds live there and never in code. A *rule* is a symbol or composite; each is LIVE
(counts) or SHADOW (is logged, the phone rings as if the rule weren't there). ``screening.config`` reads the files,
``screening.compiling`` makes of it what the compiled path reads.
"""

from typing import Annotated, Final, Literal, TypeVar

import msgspec

from wurao.core.verdict import CalleeHeader, CallerHeader, Dialect, IdentityHeader, LabelHeader

Stage = Literal["standing", "range", "call", "message"]
State = Literal["live", "shadow"]
Points = Annotated[float, msgspec.Meta(ge=-100, le=100)]
Cap = Annotated[float, msgspec.Meta(gt=0, le=100)]
Threshold = Annotated[float, msgspec.Meta(gt=0, le=1000)]
SipCode = Annotated[int, msgspec.Meta(ge=300, le=699)]
HttpsUrl = Annotated[str, msgspec.Meta(pattern=r"^(https://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,=%{}-]{1,400})?$")]
_SIP_HOST: Final = r"([A-Za-z0-9_.+-]{1,64}@)?[A-Za-z0-9.:\[\]-]{1,100}"
SipUri = Annotated[str, msgspec.Meta(pattern=rf"^(sips?:{_SIP_HOST}(;[A-Za-z0-9_.={{}}/:%-]{{1,200}}){{0,8}})?$")]
WishLevel = Literal["1", "2", "3"]
ACTIONS: Final = ("label", "ask", "voicemail", "reject")
"""Actions that have a threshold, in rising severity."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the document; unknown keys are refused."""


class Thresholds(_Section, frozen=True):
    """Points from which an action is taken at one wish level; None: never."""

    label: Threshold | None = None
    ask: Threshold | None = None
    voicemail: Threshold | None = None
    reject: Threshold | None = None


class Codes(_Section, frozen=True):
    """SIP answer codes by action."""

    reject: SipCode
    personal: SipCode
    voicemail: SipCode
    ask: SipCode


class Appeal(_Section, frozen=True):
    """Where a receipt's appeal link leads; ``{evidence_id}`` is filled in.

    A SIP answer names it where it is an https address, and ``tel`` and ``email`` where they are set (603+), and the
    ``short_code``, where people send a message to appeal, beside cause 21. A 608 leads
    to a card: ``name`` is the operator's, ``card_url`` where the card is had from outside, ``card_key`` the file of the
    key that signs it and ``certificate_url`` where that key's certificate is.

    ``code_command`` is the operator's program that calls a number back, or sends it a message, with a one-time code;
    without it nobody can prove to hold a number. ``code_also`` are beginnings of numbers that codes may go to beside
    Chinese mobiles and landlines, ``codes_an_hour`` bounds what all of them cost.
    """

    url: str
    tel: Annotated[str, msgspec.Meta(pattern=r"^(\+[0-9]{3,15})?$")] = ""
    short_code: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{3,20})?$")] = ""
    email: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190})?$")] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    card_url: HttpsUrl = ""
    card_key: str = ""
    certificate_url: HttpsUrl = ""
    code_command: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=400)], ...] = ()
    code_also: tuple[Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{1,15}$")], ...] = ()
    codes_an_hour: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 120


class Identity(_Section, frozen=True):
    """Whose signatures under callers' numbers are trusted: a folder of ``certificates``, empty for nobody's."""

    certificates: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class Budget(_Section, frozen=True):
    """False blocks within the window at which a rule turns to SHADOW."""

    window_days: Annotated[int, msgspec.Meta(ge=1, le=365)]
    false_blocks: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Group(_Section, frozen=True):
    """A family of symbols; ``cap`` bounds the absolute value of their sum, in points.

    ``evidence``: a call-time family of its own, so that with it a range may reject.
    """

    cap: Cap
    stage: Stage
    evidence: bool = False


class Rule(_Section, frozen=True):
    """A symbol: points at full strength, its group, its texts.

    ``category`` is set where the symbol itself names one (call-time symbols); ``text_*`` are templates over the
    standing's facts, used when all facts are there, else the title is shown. From the strength
    ``voids_answered_from`` on, an answered call of before no longer guards the number. ``vouches``: while the number's
    points come to nothing, it counts as verified. ``false_blocks`` replaces the general budget.
    """

    stage: Stage
    group: str
    weight: Points
    title_zh: str
    title_en: str
    text_zh: str = ""
    text_en: str = ""
    category: str = "unknown"
    state: State = "live"
    voids_answered_from: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    vouches: bool = False
    false_blocks: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class Composite(Rule, frozen=True, kw_only=True):
    """A symbol made of others; ``when`` is an expression of ``screening.composite``."""

    when: str


class MapFile(_Section, frozen=True):
    """An operator's list in a file and the symbol that its entries raise at full strength."""

    file: str
    symbol: str


class TrunkSettings(_Section, frozen=True):
    """What differs for some trunks or an enterprise; ``weights`` are of call-time symbols only.

    The rest says how SIP speaks there: what is answered and where an announcement is played, which headers are trusted,
    how a label reaches the phone. ``origin`` "own": the operator's own numbers call out over
    it; only thresholds that these settings name themselves hold there.
    """

    ingress: tuple[str, ...]
    trusted: bool = True
    origin: Literal["domestic", "overseas", "own"] = "domestic"
    thresholds: dict[WishLevel, Thresholds] = {}
    weights: dict[str, Points] = {}
    answer: Dialect = "q850"
    caller: CallerHeader = "from"
    callee: CalleeHeader = "request"
    identity: IdentityHeader = "none"
    label: LabelHeader = "none"
    label_language: Literal["zh", "en"] = "zh"
    announcement: SipUri = ""


class Originating(_Section, frozen=True):
    """Whose calls are watched from the side that places them: numbers that begin with one of ``prefixes``.

    Beside them, every caller that comes over a trunk whose settings say ``origin = "own"``.
    """

    prefixes: tuple[Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{2,14}$")], ...] = ()


class Honeypot(_Section, frozen=True):
    """An answering machine for numbers that belong to nobody; without ``numbers`` none answers.

    ``announcement`` is a recording (file) that says the call is recorded; ``listen`` is where Kamailio relays to. At
    most ``lines`` calls at once, ``call_s`` seconds each, ``calls_a_day``. A recording that no second number plays is
    deleted after ``unmatched_days``, any after ``keep_days``. ``asr_model`` is a folder of weights for speech to text,
    ``asr_sha256`` what its ``model.bin`` must be; without them nothing is transcribed.
    """

    numbers: tuple[Annotated[str, msgspec.Meta(pattern=r"^\+?[0-9]{3,15}$")], ...] = ()
    announcement: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    listen: Annotated[str, msgspec.Meta(pattern=r"^[0-9.]{7,15}:[0-9]{1,5}$")] = "127.0.0.1:5090"
    lines: Annotated[int, msgspec.Meta(ge=1, le=32)] = 4
    call_s: Annotated[int, msgspec.Meta(ge=10, le=180)] = 60
    calls_a_day: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 500
    unmatched_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 7
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 180
    asr_model: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    asr_sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{64})?$")] = ""


class Messages(_Section, frozen=True):
    """Whether short messages are judged: of application ports, and texts that a subscriber reported; else none."""

    filter: bool = False


class Limits(_Section, frozen=True):
    """Bounds on what comes from outside."""

    map_entries: int
    map_bytes: int
    composite_names: int
    symbols: int
    settings: int
    replay_rows: int


class Policy(_Section, frozen=True):
    """The whole document; ``screening.config.load`` returns one that has been checked."""

    thresholds: dict[WishLevel, Thresholds]
    codes: Codes
    appeal: Appeal
    budget: Budget
    groups: dict[str, Group]
    symbols: dict[str, Rule]
    composites: dict[str, Composite]
    maps: dict[str, MapFile]
    settings: dict[str, TrunkSettings]
    limits: Limits
    identity: Identity = Identity()
    originating: Originating = Originating()
    honeypot: Honeypot = Honeypot()
    messages: Messages = Messages()

    @property
    def own_trunks(self) -> tuple[str, ...]:
        """Trunks over which the operator's own numbers call out."""
        return tuple(name for each in self.settings.values() if each.origin == "own" for name in each.ingress)

    @property
    def rules(self) -> dict[str, Rule]:
        """Symbols and composites by name."""
        return {**self.symbols, **self.composites}

    def false_blocks_allowed(self, rule: str) -> int:
        """Return how many false blocks a rule may cause within the budget's window."""
        own = self.rules[rule].false_blocks if rule in self.rules else None
        return self.budget.false_blocks if own is None else own

    def with_states(self, states: dict[str, State]) -> "Policy":
        """Return the policy with the states that operators or spent budgets gave to rules since."""
        return msgspec.structs.replace(
            self,
            symbols={n: _in_state(r, states.get(n)) for n, r in self.symbols.items()},
            composites={n: _in_state(r, states.get(n)) for n, r in self.composites.items()},
        )


_R = TypeVar("_R", bound=Rule)


def _in_state(rule: _R, state: State | None) -> _R:
    return rule if state in (None, rule.state) else msgspec.structs.replace(rule, state=state)
