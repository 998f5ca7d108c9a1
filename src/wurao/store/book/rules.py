"""Rules: LIVE or SHADOW, and the budget of false blocks that turns a rule to SHADOW by itself."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, Integer, String, Table, func, select, update

from wurao.core.clock import DAY_US
from wurao.core.errors import InputError
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import MAX_NOTE, Part, Writing, insert_new, upsert

RuleState = Literal["live", "shadow"]

rules = Table(
    "rules",
    metadata,
    Column("name", String(48), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("budget", Integer, nullable=False),
    Column("window_days", Integer, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("note", String(MAX_NOTE), nullable=False),
)
false_blocks = Table(
    "false_blocks",
    metadata,
    Column("rule", String(48), primary_key=True),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


class RuleBudget(msgspec.Struct, frozen=True):
    """A rule (symbol): at most ``budget`` false blocks within ``window_days``; ``since_us`` it has its state."""

    name: str
    budget: int
    window_days: int
    state: RuleState = "live"
    since_us: int = 0
    note: str = ""
    """Who or what gave it its state."""


_UNKNOWN: Final = "there is no rule {!r}"


class RuleRows(Part):
    """Reads and writes the states of rules."""

    def declare_rules(self, declared: Mapping[str, RuleBudget]) -> None:
        """Make the policy's rules known: new ones with their state, known ones keep theirs and take the new budget."""
        with self.together() as writing:
            known = {one.name: one for one in self.rules()}
            for name, rule in declared.items():
                old = known.get(name)
                if old is None:
                    self._write(writing, msgspec.structs.replace(rule, since_us=writing.at_us))
                elif (old.budget, old.window_days) != (rule.budget, rule.window_days):
                    self._write(writing, msgspec.structs.replace(old, budget=rule.budget, window_days=rule.window_days))

    def rules(self) -> list[RuleBudget]:
        """Return every rule by name."""
        with self.reading() as connection:
            return [RuleBudget(**row) for row in connection.execute(select(rules).order_by(rules.c.name)).mappings()]

    def rule(self, name: str) -> RuleBudget | None:
        """Return one rule."""
        with self.reading() as connection:
            row = connection.execute(select(rules).where(rules.c.name == name)).mappings().first()
            return None if row is None else RuleBudget(**row)

    def set_rule(self, name: str, state: RuleState, note: str) -> RuleBudget:
        """Turn a rule LIVE or SHADOW, ``note`` says who or why; LIVE starts its window anew. Raises InputError."""
        with self.together() as writing:
            known = self.rule(name)
            if known is None:
                raise InputError(_UNKNOWN.format(name[:48]))
            changed = msgspec.structs.replace(known, state=state, since_us=writing.at_us, note=note[:MAX_NOTE])
            self._write(writing, changed)
            return changed

    def count_false_block(self, name: str, number: int, at_us: int) -> bool:
        """Count one wrongly stopped call against a rule; return True if that spent its budget and turned it SHADOW.

        The same rule, number and instant count once. Raises InputError for an unknown rule.
        """
        with self.together() as writing:
            # Touching the rule's row makes writers take turns, so that the last of the budget is spent only once.
            writing.connection.execute(update(rules).where(rules.c.name == name).values(name=name))
            rule = self.rule(name)
            if rule is None:
                raise InputError(_UNKNOWN.format(name[:48]))
            row = {"rule": name, "at_us": at_us, "number": number}
            insert_new(writing.connection, false_blocks, row)
            spent = self.false_block_count(rule)
            if rule.state == "shadow" or spent < rule.budget:
                return False
            self.set_rule(name, "shadow", f"{spent} false blocks in {rule.window_days} days spent its budget")
            return True

    def false_block_count(self, rule: RuleBudget) -> int:
        """Return the false blocks of a rule within its window and since it last got its state."""
        begin = max(self._clock.now_us() - rule.window_days * DAY_US, rule.since_us if rule.state == "live" else 0)
        query = select(func.count()).where(false_blocks.c.rule == rule.name, false_blocks.c.at_us > begin)
        with self.reading() as connection:
            count: int = connection.execute(query).scalar_one()
            return count

    def _write(self, writing: Writing, rule: RuleBudget) -> None:
        row: dict[str, Any] = msgspec.structs.asdict(rule)
        upsert(writing.connection, rules, [row])
        writing.note("rule", note=f"{rule.name} {rule.state}")
