"""Killed under load and started again: whatever was acknowledged is there."""

import sys
import threading
import time

import httpx
import pytest

from wurao.access.roles import Role

served = sys.modules["wurao_served"]

pytestmark = [pytest.mark.e2e, pytest.mark.crash]
SUBJECT = "13712345678"
ROUNDS = {"desk": 3, "ci": 4, "long": 200}
LOAD_S = 0.7


class Load:
    """Reports, appeals, wishes and calls without pause; what was acknowledged is remembered."""

    def __init__(self, service, beginning):
        self._service = service
        self._beginning = beginning
        self.reports, self.appeals, self.wishes = [], [], []
        self._threads = [threading.Thread(target=self._run, args=(turn,)) for turn in (self._report, self._rest)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def join(self):
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _run(self, turn):
        with self._service.client(Role.EDGE) as client:
            n = self._beginning
            try:
                while True:
                    turn(client, n)
                    n += 1
            except httpx.TransportError:
                return  # the service was killed

    def _report(self, client, n):
        body = {"subject": SUBJECT, "occurred_us": time.time_ns() // 1000, "reporter": str(13_500_000_000 + n)}
        answer = client.post("/v1/reports", json=body)
        if answer.status_code == 201:
            self.reports.append(answer.json()["report_id"])

    def _rest(self, client, n):
        subscriber = str(13_900_000_000 + n)
        if client.put(f"/v1/wishes/{subscriber}", json={"levels": {"securities": 3}}).status_code == 200:
            self.wishes.append(subscriber)
        answer = client.post("/v1/appeals", json={"number": subscriber})
        if answer.status_code == 201:
            self.appeals.append(answer.json()["appeal_id"])
        client.post("/v1/decide", json={"caller": SUBJECT, "callee": subscriber})


def test_what_was_acknowledged_outlives_every_kill(tmp_path, size):
    service = served.Served(tmp_path)
    reports, appeals, wishes = [], [], []
    try:
        service.start()
        for number in range(ROUNDS[size]):
            load = Load(service, number * 100_000)
            load.start()
            time.sleep(LOAD_S)
            service.kill()
            load.join()
            reports += load.reports
            appeals += load.appeals
            wishes += load.wishes
            service.start()
            _all_there(service, load.reports, load.appeals, load.wishes)
        _all_there(service, reports[:: len(reports) // 20 + 1], appeals, wishes)
    finally:
        service.close()
    assert min(len(reports), len(appeals), len(wishes)) >= ROUNDS[size]


def _all_there(service, reports, appeals, wishes):
    with service.client(Role.EDGE) as client:
        lost = [one for one in reports if client.get(f"/v1/reports/{one}").status_code != 200]
        lost += [one for one in appeals if client.get(f"/v1/appeals/{one}").status_code != 200]
        calls = [{"caller": SUBJECT, "callee": one} for one in wishes]
        answers = client.post("/v1/decide/batch", json={"calls": calls}).json()["decisions"]
        lost += [one for one, told in zip(wishes, answers, strict=True) if told["guard"] == "not_enrolled"]
    assert not lost
