"""Messages: judged by their sender's standing and their text, where settings and law allow; nothing of them is kept."""

from collections.abc import Callable, Sequence
from functools import cached_property

from wurao.core.clock import Clock
from wurao.core.verdict import TextSign, Verdict
from wurao.edge.live.screen import Explain
from wurao.edge.nouns import Ask, Message
from wurao.edge.services import Reports, Wishes
from wurao.screening.messages import judged, permit
from wurao.screening.policy import Policy

Read = Callable[[Sequence[str]], list[TextSign]]


class LiveMessages:
    """Judges under the policy in force; ``reader`` opens what reads texts when the first message comes."""

    def __init__(
        self,
        clock: Clock,
        explain: Explain,
        wishes: Wishes,
        reports: Reports,
        policy: Callable[[], Policy],
        reader: Callable[[], Read],
    ) -> None:
        self._clock = clock
        self._explain = explain
        self._wishes = wishes
        self._reports = reports
        self._policy = policy
        self._reader = reader

    def judge(self, message: Message) -> Verdict:
        """Return the verdict. Raises PolicyError where the message may not be read, before it is."""
        policy = self._policy()
        permit(policy, message.sender, message.port, reported=policy.messages.filter and self._reported(message))
        of_sender = self._explain(Ask(message.sender, message.recipient, at_us=self._clock.now_us()))
        (sign,) = self._read([message.text])
        return judged(of_sender, sign, policy, self._wishes.get(message.recipient))

    def _reported(self, message: Message) -> bool:
        """Tell whether the recipient filed this very text about this sender: nobody else can say so for it."""
        filed = self._reports.get(message.report) if message.report else None
        if filed is None:
            return False
        told = filed.report.reporter, filed.report.subject, filed.report.text.strip()
        return told == (message.recipient, message.sender, message.text.strip())

    @cached_property
    def _read(self) -> Read:
        return self._reader()
