"""What a call brings along of its caller's identity, as a trunk's settings trust it: verstat, or a PASSporT."""

from collections.abc import Iterable
from pathlib import Path

from wurao.core.clock import Clock
from wurao.core.verdict import Attestation
from wurao.edge.sip.certificates import Certificates
from wurao.edge.sip.checking import Checking
from wurao.edge.sip.verstat import verstat


class Identity:
    """Reads what is asked for; ``folder`` holds the certificates of a policy, None where it trusts nobody's."""

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self._checking = Checking(Certificates(folder) if folder else None)
        self._clock = clock

    def told(self, *addresses: str) -> Attestation:
        """Return what the network tells beside the caller's addresses."""
        return verstat(",".join(addresses))

    def checked(self, header: str, caller: str, callees: Iterable[str]) -> Attestation:
        """Return how an Identity header vouches now for ``caller``, who calls one of ``callees``."""
        return self._checking.attestation(header, caller, callees, self._clock.now_us())
