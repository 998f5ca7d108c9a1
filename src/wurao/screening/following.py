"""A reader's decider: follows the tables through switches and judges by the policy that each generation carries."""

import msgspec

from wurao.core.errors import Error, VerificationError
from wurao.screening._decide import Decider
from wurao.screening.compiled_policy import EIGHT_SYMBOLS, CompiledPolicy, widened
from wurao.store.tables.generation import Generation
from wurao.store.tables.tableset import TableSet


class Following:
    """A ``decider`` over ``tables`` of a home; raises VerificationError where the generation carries no policy."""

    def __init__(self, tables: TableSet) -> None:
        if tables.generation is None:
            raise VerificationError("no generation is in force", mend="run: wurao shield build")
        self.tables = tables
        self.generation = tables.generation
        self.policy = policy_of(tables.generation)
        self.decider = Decider(tables, self.policy)

    def follow(self) -> bool:
        """Take up what was switched to and tell whether something was; costs one stat where nothing was.

        A policy that can't be read leaves the one before in force; ``tables.refused`` says so.
        """
        switched = self.tables.refresh()
        generation = self.tables.generation
        if generation is not None and generation is not self.generation:
            self.generation = generation
            try:
                policy = policy_of(generation)
                self.decider.use(policy)
                self.policy = policy
            except Error as error:
                self.tables.refused = error.diagnostics()
        return switched


def policy_of(generation: Generation) -> CompiledPolicy:
    """Return the policy that a generation was compiled under; raises VerificationError."""
    where = str(generation.path)
    if "policy" not in generation.tables:
        raise VerificationError("this generation carries no policy", where=where, mend="run: wurao shield build")
    try:
        policy = msgspec.json.decode(bytes(generation.tables["policy"]), type=CompiledPolicy)
    except msgspec.DecodeError as problem:
        raise VerificationError(f"its policy can't be read: {problem}", where=where) from None
    return widened(policy) if generation.manifest.format == EIGHT_SYMBOLS else policy
