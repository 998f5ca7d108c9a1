"""The message side of POST /v1/decide: one schema with calls, its refusals are problem documents."""

from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from wurao.access import api_keys
from wurao.access.roles import Role
from wurao.core.verdict import Verdict
from wurao.edge.http.app import create_app
from wurao.edge.nouns import Ask, Message

MESSAGE = {"sender": "106980001234", "recipient": "13800138000", "text": "无抵押贷款", "port": "application"}


def test_a_message_is_refused_with_a_problem_where_messages_are_off(client: TestClient[Litestar], bearer) -> None:
    answer = client.post("/v1/decide", json=MESSAGE, headers=bearer(Role.EDGE))
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["type"] == "urn:wurao:problem:policy"
    assert "messages.filter" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"sender": "abc"}, 422), ({"recipient": ""}, 422), ({"text": "x" * 4097}, 422), ({"port": "sms"}, 422)],
)
def test_a_bad_message_is_one_problem(
    client: TestClient[Litestar], bearer, change: dict[str, str], status: int
) -> None:
    answer = client.post("/v1/decide", json=MESSAGE | change, headers=bearer(Role.EDGE))
    assert answer.status_code == status


def test_only_who_may_decide_may_ask(client: TestClient[Litestar], bearer) -> None:
    assert client.post("/v1/decide", json=MESSAGE, headers=bearer(Role.SUBSCRIBER, 8613800138000)).status_code == 403


def test_a_message_is_answered_by_its_verdict_and_kept_nowhere(services) -> None:
    asked: list[Message] = []

    class Judging:
        def judge(self, message: Message) -> Verdict:
            asked.append(message)
            return services.screen.explain(Ask(message.sender, message.recipient))

    key = api_keys.issue(services.access, "edge", Role.EDGE, services.clock.now_us(), 0)
    with TestClient(create_app(replace(services, messages=Judging()))) as client:
        answer = client.post("/v1/decide", json=MESSAGE | {"report": "r1"}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert {"action", "symbols", "reason_zh", "class"} <= answer.json().keys()
    assert asked == [Message(asked[0].sender, 8613800138000, "无抵押贷款", "application", report="r1")]
