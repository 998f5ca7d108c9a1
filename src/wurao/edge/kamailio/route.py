"""What Kamailio's workers call: one method a call, results in ``$var``s, and whatever goes wrong the phone rings.

Kamailio loads the script once and forks: tables are mapped before, the ring is opened in each worker after. An
exception that left a method would leave the call without an answer (KEMI), so none does.
"""

from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from wurao.core.clock import Clock, SystemClock
from wurao.core.verdict import Attestation
from wurao.edge._screener import Screened, Screener
from wurao.edge.call_path import CallPath
from wurao.edge.kamailio._straight import Straight
from wurao.edge.sip.answers import REJECTED, Answer, Answers
from wurao.edge.sip.forwarding import forwarder
from wurao.edge.vouching import Vouched, Voucher
from wurao.screening._decide import number_of
from wurao.screening.compiled_policy import CompiledPolicy, Settings
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

OK: Final = 1
"""Kamailio's "true"; 0 would end the route, and what is above is a SIP answer."""

UNDERSTOOD: Final = "+sip.608"
"""The capability by which a network says that it understands 608 (RFC 8688 §3.4)."""
NO_TEXT: Final = "\ufffd"
"""Stands for bytes that are no UTF-8: a number that can't be read is judged as one, it is no way around."""


class Route:
    """The object that Kamailio's script returns from ``mod_init``; ``ksr`` is Kamailio's module ``KSR``."""

    def __init__(self, ksr: Any, home: Path, rings: Path, clock: Clock) -> None:
        self._get = ksr.pv.get
        self._set = ksr.pv.sets
        self._home = home
        self._rings = rings
        self._path = CallPath(
            home, rings, clock, lambda line: ksr.err(f"wurao: {line}\n"), Vouched(rings), speaks_sip=True
        )
        self._answers: Answers | None = None
        self._voucher: Voucher | None = None
        self._screener: Screener | None = None
        self._policy: CompiledPolicy | None = None
        own_clock = isinstance(clock, SystemClock)  # read in C then
        self._straight = Straight(self, self._set, None if own_clock else clock.now_us)
        self.decide_told = self._straight.decide_told
        self.faults = 0
        self.follow()

    def vouch(self, _msg: object) -> int:
        """Hash what is in force, for all workers: called by a timer in a process of its own, beside the call path."""
        try:
            if self._voucher is None:
                tables = TableSet(self._home / "tables", public_halves(self._home / "public"))
                self._voucher = Voucher(tables, self._rings)
            self._voucher.vouch()
        except Exception as fault:  # noqa: BLE001 - the workers then hash for themselves
            self._path.say(f"nobody verifies the tables: {fault}")
        return OK

    def child_init(self, rank: int) -> int:
        """Open this worker's ring; without one calls are decided all the same and each is counted as lost."""
        if rank > 0:
            self._path.open_ring(f"kamailio-{rank}")
            self.follow()
        return OK

    def decide(self, _msg: object, trunk: str = "") -> int:
        """Decide the INVITE at hand, over ``trunk``, and return the SIP answer, OK where the call goes on.

        Then ``$avp(wurao_receipt)`` names its receipt, ``$avp(wurao_added)`` the headers it carries along and
        ``$avp(wurao_to)`` where it goes instead of the phone, where there are such; else ``$var(wurao_phrase)`` and
        ``$var(wurao_headers)`` complete the answer. Each header is asked for by itself: for those that are longer than
        one text may be.
        """
        try:
            return self.answer(trunk, "", "", self._call())
        except Exception as fault:  # noqa: BLE001 - whatever it is, the phone rings
            return self.fault(fault)

    def refused(self, _msg: object, receipt: str = "") -> int:
        """Hand over that the called person refused the call of this receipt as unwanted (RFC 8197)."""
        try:
            self._path.refused(receipt)
        except Exception as fault:  # noqa: BLE001 - the call itself goes on
            self._path.say(f"a refusal is lost: {type(fault).__name__}: {fault}")
        return OK

    def follow(self) -> None:
        """Take up tables that were switched to, and let the straight way stand on them."""
        self._path.follow()
        policy, screener = self._path.policy, self._path.screener
        if policy and (not self._answers or self._answers.policy is not policy):
            self._answers = Answers(policy)
        if screener is not self._screener or policy is not self._policy:
            self._screener, self._policy = screener, policy
            self._straight.stand_on(screener, _plain(policy) if policy else {}, self._answers)

    def answer(self, trunk: str, caller: str, callee: str, call: str) -> int:
        """Decide a call and return the SIP answer, OK where it goes on; what is empty is asked for."""
        self.follow()
        policy = self._path.policy
        if policy is None or self._answers is None:
            return OK
        index = policy.ingress.get(trunk, 0)
        settings = policy.settings[index]
        caller = self._asserted(settings) or caller or self._read("$fU")
        callee = self._forwarder(settings) or callee or self._read("$rU")
        vouched = self._vouched(settings, caller, callee) if settings.identity != "none" else ""
        screened = self._path.screen(caller, callee, trunk, vouched, call)
        if screened is None:
            return OK
        return self.tell(self._answers.to(screened.word, index), screened, caller)

    def tell(self, answer: Answer, screened: Screened, caller: str) -> int:
        """Tell Kamailio what completes an answer and return its code, OK where the call goes on."""
        if answer.code == REJECTED and self._answers and UNDERSTOOD not in self._read("$(hdr(Feature-Caps)[*])"):
            answer = self._answers.without_card(screened.word)
        if not answer.code:
            self._set("$avp(wurao_receipt)", screened.receipt)  # known again should the called person refuse
            if answer.headers:
                self._add(answer, screened.receipt, caller)
            return OK
        self._straight.complete("$var(wurao_phrase)", answer.phrase)
        headers = answer.headers_of(screened.receipt, number_of(caller, 0)) if answer.headers else ""
        self._straight.complete("$var(wurao_headers)", headers)
        return answer.code

    def fault(self, fault: Exception) -> int:
        """Let a call ring because of a fault of ours, and say so."""
        self.faults += 1
        self._path.say(f"a call rings because of a fault: {type(fault).__name__}: {fault}")
        return OK

    def _add(self, answer: Answer, receipt: str, caller: str) -> None:
        self._set("$avp(wurao_added)", answer.headers_of(receipt, number_of(caller, 0)))
        if answer.to:
            self._set("$avp(wurao_to)", answer.to_of(receipt))

    def _vouched(self, settings: Settings, caller: str, callee: str) -> Attestation:
        if settings.identity == "verstat":
            return self._path.identity.told(self._text("$(hdr(P-Asserted-Identity)[*])"), self._text("$fu"))
        called = callee, self._read("$tU")
        return self._path.identity.checked(self._text("$(hdr(Identity)[*])"), caller, called)

    def _asserted(self, settings: Settings) -> str:
        # asked for by itself first: Kamailio logs an error for a part of what isn't there
        return self._read("$(ai{uri.user})") if settings.caller == "pai" and self._read("$ai") else ""

    def _call(self) -> str:
        """Return what stays the same when this INVITE is sent again, empty where that can't be read."""
        name = self._text("$ci")
        return f"{name} {self._get('$cs')}" if name and name != NO_TEXT else ""

    def _forwarder(self, settings: Settings) -> str:
        if settings.callee == "diversion":
            return self._read("$di") and self._read("$(di{uri.user})")
        if settings.callee == "history-info":
            return forwarder(self._text("$(hdr(History-Info)[*])"))
        return ""

    def _read(self, name: str) -> str:
        text = self._text(name)
        return unquote(text) if "%" in text else text  # RFC 3261 §19.1.4: %31 and 1 are the same user

    def _text(self, name: str) -> str:
        try:
            return self._get(name) or ""
        except UnicodeDecodeError:
            return NO_TEXT


def _plain(policy: CompiledPolicy) -> dict[str, int]:
    """Return the index of each trunk's settings, -1 where more is asked for than the request's own numbers."""
    return {name: _index_if_plain(policy, index) for name, index in {"": 0, **policy.ingress}.items()}


def _index_if_plain(policy: CompiledPolicy, index: int) -> int:
    its = policy.settings[index]
    return index if (its.caller, its.callee, its.identity) == ("from", "request", "none") else -1
