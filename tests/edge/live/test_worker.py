import threading

import pytest

from wurao.core.errors import StoreError
from wurao.edge.live.worker import Chore, Worker


def test_a_failing_chore_never_ends_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Semaphore(0)

    def fail() -> None:
        raise StoreError("disk full", mend="free some room")

    def break_down() -> None:
        raise ZeroDivisionError

    worker = Worker([Chore("a", 0, fail), Chore("b", 0, break_down), Chore("c", 0, done.release)])
    worker.start()
    assert all(done.acquire(timeout=5) for _ in range(2))
    worker.close()
    assert "disk full – free some room" in caplog.text
    assert "b failed" in caplog.text


def test_a_chore_waits_for_its_time() -> None:
    ran = []
    chore = Chore("later", 3600, lambda: ran.append(1))
    chore.run_if_due()
    assert ran == []
