"""verstat (3GPP TS 24.229 §7.2A.20): what the network's own check of the caller's number came to, told beside it.

"Passed" means that the number is genuine, not that the call is wanted: it raises nothing and excuses nothing.
"""

import re
from typing import Final

from wurao.core.verdict import Attestation

MAX_ADDRESSES: Final = 2_048
_TOLD: Final = re.compile(r";verstat=(TN-Validation-Failed|TN-Validation-Passed|No-TN-Validation)\b", re.IGNORECASE)


def verstat(addresses: str) -> Attestation:
    """Return what the addresses of a caller (P-Asserted-Identity, From) say: the worst of it where they disagree."""
    told = {value.lower() for value in _TOLD.findall(addresses[:MAX_ADDRESSES])}
    if "tn-validation-failed" in told:
        return "failed"
    return "" if told == {"tn-validation-passed"} else "missing"
