from wurao.core.errors import PolicyError
from wurao.core.verdict import Verdict
from wurao.edge.nouns import Message


class FakeMessages:
    """Judges nothing: what a message's verdict is made of is tested where it is made."""

    def judge(self, message: Message) -> Verdict:  # noqa: ARG002 - the port's signature
        raise PolicyError("messages are not judged here", where="messages.filter")
