"""Appeals, codes that prove who holds a number, and cards."""

from dataclasses import dataclass, field

import msgspec

from fake_services.town import ROBOT
from wurao.access import codes
from wurao.core.clock import MINUTE_US, FixedClock
from wurao.core.errors import InputError
from wurao.edge.nouns import Appeal, AppealState, Proof, Redress, Ticket
from wurao.screening.appeal import ON_PROBATION
from wurao.screening.grounds import Grounds


@dataclass
class FakeAppeals:
    clock: FixedClock
    kept: dict[str, Appeal] = field(default_factory=dict)

    def file(self, number: int, receipt: str, text: str, *, proven: bool = False) -> Appeal:
        for appeal in self.kept.values():
            if (appeal.number, appeal.receipt, appeal.state) == (number, receipt, "pending"):
                return appeal
        appeal = Appeal(f"a{len(self.kept) + 1}", number, receipt, text, self.clock.now_us())
        if proven:
            now_us = self.clock.now_us()
            appeal = msgspec.structs.replace(
                appeal, state="redressed", reason=ON_PROBATION, decided_us=now_us, decided_by="automatic"
            )
        self.kept[appeal.appeal_id] = appeal
        return appeal

    def get(self, appeal_id: str) -> Appeal | None:
        return self.kept.get(appeal_id)

    def of(self, number: int) -> list[Appeal]:
        return [appeal for appeal in self.kept.values() if appeal.number == number]

    def grounds(self, number: int) -> Grounds:
        told = Grounds(("securities",), ("behaviour", "reports"), "2026-08-02", "2026-08-17", 20)
        return told if number == ROBOT else Grounds()

    def queue(self, state: AppealState, limit: int) -> list[Appeal]:
        return [appeal for appeal in self.kept.values() if appeal.state == state][:limit]

    def count(self, state: AppealState) -> int:
        return len(self.queue(state, 10**6))

    def decide(self, appeal_id: str, who: str, reason: str, *, uphold: bool) -> Appeal:
        appeal = self.kept.get(appeal_id)
        if appeal is None or appeal.state != "pending":
            raise InputError("this appeal is not pending")
        state: AppealState = "redressed" if uphold else "rejected"
        decided = msgspec.structs.replace(
            appeal, state=state, reason=reason, decided_by=who, decided_us=self.clock.now_us()
        )
        self.kept[appeal_id] = decided
        return decided


@dataclass
class FakeProofs:
    """Sends the code 246810 to mobiles; short code 10086999."""

    clock: FixedClock
    sent: list[tuple[int, str]] = field(default_factory=list)
    offered: bool = True
    exhausted: bool = False
    tickets: dict[str, int] = field(default_factory=dict)
    proofs: dict[str, int] = field(default_factory=dict)

    def redress(self) -> Redress:
        return Redress(codes=self.offered, short_code="10086999")

    def ask(self, number: int, language: str) -> Ticket | None:
        if not codes.reachable(number):
            raise InputError("no code can go to this kind of number")
        if self.exhausted:
            return None
        self.sent.append((number, language))
        ticket = f"ticket-{len(self.sent)}"
        self.tickets[ticket] = number
        return Ticket(ticket, self.clock.now_us() + 10 * MINUTE_US)

    def prove(self, ticket: str, code: str) -> Proof | None:
        if code != "246810" or ticket not in self.tickets:
            return None
        proof = f"proof-{ticket}"
        self.proofs[proof] = self.tickets.pop(ticket)
        return Proof(proof, self.clock.now_us() + 30 * MINUTE_US)

    def number(self, proof: str) -> int:
        return self.proofs.get(proof, 0)

    def forget(self, proof: str) -> None:
        self.proofs.pop(proof, None)


class FakeCards:
    def card(self, receipt: str) -> str | None:
        return f"e30.{receipt}.c2ln"
