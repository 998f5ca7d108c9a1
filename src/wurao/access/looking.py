"""Numbers as a person may see them: masked, or clear where the role may, and then the look is logged."""

from wurao.access.interface import AccessStore, Look
from wurao.access.roles import Person, Right
from wurao.core import numbers
from wurao.core.clock import Clock


class Eyes:
    """How one person sees numbers during one request; ``purpose`` names the page in the access log."""

    def __init__(self, store: AccessStore, clock: Clock, person: Person, purpose: str) -> None:
        self._store = store
        self._clock = clock
        self._person = person
        self._purpose = purpose

    def show(self, number: int) -> str:
        """Return the number as this person may see it in a list; lists are masked unless the role may see."""
        return numbers.display(number) if self._person.may(Right.CLEAR) else self.mask(number)

    def mask(self, number: int) -> str:
        """Return a number that nobody sees in clear in a list, such as the person called."""
        return numbers.display(number) if number and number == self._person.subscriber else numbers.mask(number)

    def look(self, *seen: int) -> None:
        """Log that this person looked these numbers up."""
        now = self._clock.now_us()
        self._store.log_looks([Look(now, self._person.name, number, self._purpose) for number in dict.fromkeys(seen)])

    def look_over(self, listed: list[int]) -> None:
        """Log the numbers that a list showed in clear; a masked list is no look."""
        if self._person.may(Right.CLEAR) and listed:
            self.look(*listed)
