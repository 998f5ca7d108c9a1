"""Room in the ring is had in the order of asking: nobody waits while later ones pass."""

import asyncio
from types import SimpleNamespace

from wurao.edge.http import decide


class Narrow:
    """A screen with room for one at a time, again after each wait."""

    def __init__(self) -> None:
        self.free = 0

    def has_room(self, calls: int) -> bool:  # noqa: ARG002
        self.free += 1
        return self.free % 4 == 0


async def waited(request, name, done):
    await decide._room(request, 100)
    done.append(name)


def test_who_asked_first_is_first(monkeypatch):
    monkeypatch.setattr("wurao.edge.http.decide._PACE_S", 0)

    async def all_at_once():
        state = {"services": SimpleNamespace(screen=Narrow()), decide.WAITING: asyncio.Lock()}
        request, done = SimpleNamespace(app=SimpleNamespace(state=state)), []
        await asyncio.gather(*(waited(request, name, done) for name in range(30)))
        return done

    assert asyncio.run(all_at_once()) == list(range(30))
