"""``wurao explain``: the verdict on a number with every symbol."""

from pathlib import Path
from typing import Final, get_args

import click

from wurao.cli.books import book_as_of
from wurao.cli.options import answer, as_of_option, home_option, json_option
from wurao.core import numbers
from wurao.core.clock import Clock, FixedClock
from wurao.core.verdict import Attestation, Verdict
from wurao.screening.explain import Asked, Explainer
from wurao.screening.reading import opened
from wurao.store.home import Home

ATTESTATIONS: Final = tuple(value for value in get_args(Attestation) if value)


@click.command(epilog="Example: wurao explain 13800138000 --callee 13900139000 --ingress overseas")
@click.argument("number")
@click.option("--callee", default="", help="Who is called (default: anybody with the default wish and no lists).")
@click.option("--ingress", default="", help="The trunk that the call comes in by.")
@click.option("--attestation", type=click.Choice(ATTESTATIONS), help="How the number is vouched for.")
@as_of_option
@home_option
@json_option
def explain(
    number: str,
    callee: str,
    ingress: str,
    attestation: str | None,
    clock: Clock,
    home: Path,
    as_json: bool,  # noqa: FBT001 - click hands options in by name
) -> None:
    """Say what would be done with a call from NUMBER now, with every symbol and the facts behind it."""
    asked = Asked(numbers.read(number), numbers.read(callee) if callee else 0, ingress, attestation=attestation or "")
    home_opened = Home.open(home)
    as_of = isinstance(clock, FixedClock)
    with book_as_of(home_opened, clock) as book, opened(home_opened, book, clock, anew=as_of) as known:
        verdict = Explainer(known.tables, known.knowledge, known.policy, clock).explain(asked)
    answer(verdict, as_json=as_json, text=lambda: _for_people(verdict))


def _for_people(verdict: Verdict) -> str:
    shown = (f"  {s.score:+6.1f}  {s.name:<20} {s.text_zh} · {s.text_en}" for s in verdict.symbols)
    head = (verdict.reason_zh, verdict.reason_en, f"{verdict.action} · {verdict.score:.1f} points · {verdict.category}")
    return "\n".join((*head, *shown))
