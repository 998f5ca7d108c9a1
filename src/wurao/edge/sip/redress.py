"""Where a stopped or labelled call may turn to, in the words of each header; RECEIPT stands for its receipt."""

from typing import Final

from wurao.screening.compiled_policy import Redress

RECEIPT: Final = "{evidence_id}"
_FORBIDDEN: Final = frozenset('";\\<> ')


def link(redress: Redress) -> str:
    """Return the https address of the appeal page, empty where there is none that a header can carry."""
    return redress.url if redress.url.startswith("https://") and not _FORBIDDEN & set(redress.url) else ""


def analytics(redress: Redress) -> str:
    """Return the text of a 603+ Reason, empty where no address for redress is known: then 603+ may not be sent."""
    said = {"url": link(redress), "tel": redress.tel, "email": redress.email}
    told = [f"{name}={value}" for name, value in said.items() if value]
    return ";".join(["v=analytics1", *told, f"id={RECEIPT}"]) if told else ""


def cause_21(redress: Redress) -> str:
    """Return the Reason of "call rejected" (Q.850), with the short code to write to where the operator has one."""
    short_code = f"short_code={redress.short_code};" if redress.short_code else ""
    return f'Reason: Q.850;cause=21;text="{short_code}id={RECEIPT}"\r\n'
