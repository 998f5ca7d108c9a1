"""Wishes: a 16-bit profile number per subscriber and a table of the distinct profiles behind the numbers."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import BigInteger, Column, Integer, Table, UniqueConstraint, delete, select

from wurao.core.errors import StoreError
from wurao.core.wishes import MAX_PROFILE, Profile, pack, unpack
from wurao.store.book.batches import BATCH, batches
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, Writing, take_numbers, upsert

profiles = Table(
    "profiles",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", BigInteger, nullable=False),
    UniqueConstraint("word"),
)
wishes = Table(
    "wishes",
    metadata,
    Column("subscriber", BigInteger, primary_key=True, autoincrement=False),
    Column("profile", Integer, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)


class WishRows(Part):
    """Reads and writes wishes."""

    def profile_number(self, profile: Profile) -> int:
        """Return the number of a profile, the same for equal ones; raises StoreError when all 65,535 are taken."""
        word = pack(profile)
        query = select(profiles.c.number).where(profiles.c.word == word)
        with self.reading() as connection:
            known: int | None = connection.execute(query).scalar()
        if known is not None:
            return known
        with self.together() as writing:
            # The counter's lock makes writers of new profiles take turns; the second one looks again.
            number = take_numbers(writing.connection, "profile")
            taken: int | None = writing.connection.execute(query).scalar()
            if taken is not None:
                take_numbers(writing.connection, "profile", -1)
                return taken
            if number > MAX_PROFILE:
                raise StoreError(f"all {MAX_PROFILE} wish profiles are taken", mend="let subscribers share wishes")
            writing.connection.execute(profiles.insert(), {"number": number, "word": word})
            return number

    def profiles(self) -> dict[int, Profile]:
        """Return every profile by its number."""
        with self.reading() as connection:
            return {number: unpack(word) for number, word in connection.execute(select(profiles))}

    def set_wish(self, subscriber: int, profile: Profile, until_us: int = 0) -> int:
        """Write the wish of one subscriber and return its profile number; ``until_us`` 0 lasts."""
        return self.set_wishes({subscriber: profile}, until_us)[subscriber]

    def set_wishes(self, wanted: Mapping[int, Profile], until_us: int = 0) -> dict[int, int]:
        """Write many subscribers' wishes in one transaction and return their profile numbers."""
        with self.together() as writing:
            numbers = {profile: self.profile_number(profile) for profile in dict.fromkeys(wanted.values())}
            rows = (
                {"subscriber": s, "profile": numbers[p], "until_us": until_us, "at_us": writing.at_us}
                for s, p in wanted.items()
            )
            for batch in batches(rows):
                upsert(writing.connection, wishes, batch)
            _note(writing, wanted)
            return {subscriber: numbers[profile] for subscriber, profile in wanted.items()}

    def end_wish(self, subscriber: int) -> None:
        """Forget the wish of a subscriber, who is no longer enrolled."""
        with self.together() as writing:
            writing.connection.execute(delete(wishes).where(wishes.c.subscriber == subscriber))
            _note(writing, (subscriber,))

    def wish_of(self, subscriber: int) -> Profile | None:
        """Return the wish of a subscriber that still holds, None if there is none in the book."""
        query = (
            select(profiles.c.word)
            .join(wishes, wishes.c.profile == profiles.c.number)
            .where(wishes.c.subscriber == subscriber, self._holds(wishes.c.until_us))
        )
        with self.reading() as connection:
            word = connection.execute(query).scalar()
            return None if word is None else unpack(word)

    def each_wish(self) -> Iterator[tuple[int, int]]:
        """Yield (subscriber, profile number) by subscriber, of the wishes that still hold."""
        query = (
            select(wishes.c.subscriber, wishes.c.profile)
            .where(self._holds(wishes.c.until_us))
            .order_by(wishes.c.subscriber)
        )
        with self.reading() as connection:
            for subscriber, number in connection.execute(query.execution_options(yield_per=BATCH)):
                yield int(subscriber), number


def _note(writing: Writing, subscribers: Iterable[int]) -> None:
    for subscriber in subscribers:
        writing.note("wish", subscriber=subscriber)
