"""The HTTP interface over in-memory services: bodies, rights, problem documents, limits."""

import pytest

from wurao.access.roles import Role

ROBOT = "17612341417"
CALL = {"caller": ROBOT, "callee": "13800138000", "ingress": "trunk-a"}


def test_a_decision_speaks_the_names_of_formats(client, bearer):
    answer = client.post("/v1/decide", json=CALL, headers=bearer(Role.EDGE))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["action"], told["sip_code"], told["class"], told["score"]) == ("reject", 603, "commercial", 17.6)
    assert told["appeal_url"].endswith(told["evidence_id"])


def test_with_symbols_the_whole_verdict_comes_back(client, bearer):
    told = client.post("/v1/decide", json=CALL | {"symbols": True}, headers=bearer(Role.EDGE)).json()
    assert told["symbols"][0]["text_zh"] == "30 天内 41 人举报"


def test_a_batch_is_answered_in_order(client, bearer):
    calls = [CALL, {"callee": "13800138000"}, {"caller": "no number!", "callee": "+8613800138000"}]
    answer = client.post("/v1/decide/batch", json={"calls": calls}, headers=bearer(Role.EDGE))
    assert [row["action"] for row in answer.json()["decisions"]] == ["reject", "label", "label"]


def test_a_batch_of_more_than_ten_thousand_is_refused(client, bearer):
    calls = [{"callee": "13800138000"}] * 10_001
    answer = client.post("/v1/decide/batch", json={"calls": calls}, headers=bearer(Role.EDGE))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"callee": ""}, 422),
        ({"callee": "abc"}, 422),
        ({"callee": "13800138000", "start_us": "1900-01-01T00:00:00Z"}, 422),
        ({"callee": "13800138000", "start_us": "yesterday"}, 422),
        ({"callee": 5}, 422),
        ({"callee": "1" * 65}, 422),
    ],
)
def test_bad_questions_get_a_problem_document(client, bearer, body, status):
    answer = client.post("/v1/decide", json=body, headers=bearer(Role.EDGE))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == "/v1/decide"
    assert "Traceback" not in answer.text


def test_what_is_not_json_is_a_problem_not_a_fault(client, bearer):
    answer = client.post("/v1/decide", content=b"\xff\x00{", headers=bearer(Role.EDGE))
    assert answer.status_code in (400, 422)


def test_a_body_over_the_limit_is_refused(client, bearer):
    answer = client.post("/v1/decide", content=b" " * 70_000, headers=bearer(Role.EDGE))
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_problems_are_told_in_the_readers_language(client):
    zh = client.get("/symbols", headers={"Accept-Language": "zh-CN,en;q=.5"}).json()
    en = client.get("/symbols", headers={"Accept-Language": "en;q=.9,zh;q=.2"}).json()
    assert (zh["title"], en["title"]) == ("请先登录或提供 API 密钥", "Log in or send an API key")
    assert zh["status"] == en["status"] == 401


def test_rights_are_held(client, bearer):
    edge, operator = bearer(Role.EDGE), bearer(Role.OPERATOR)
    assert client.post("/v1/decide", json=CALL, headers=operator).status_code == 403
    assert client.get("/history", headers=edge).status_code == 403
    assert client.get("/v1/numbers/" + ROBOT, headers={"Authorization": "Bearer wr_x"}).status_code == 401


def test_a_report_is_kept_and_its_reporter_not_told(client, bearer):
    body = {"subject": ROBOT, "occurred_us": "2026-08-18T09:00:00+08:00", "reporter": "13800138000"}
    filed = client.post("/v1/reports", json=body, headers=bearer(Role.EDGE))
    assert filed.status_code == 201
    read = client.get(f"/v1/reports/{filed.json()['report_id']}", headers=bearer(Role.EDGE))
    assert read.json()["subject"] == ROBOT
    assert "13800138000" not in read.text


def test_a_subscriber_reports_in_the_own_name_only(client, services, bearer):
    body = {"subject": ROBOT, "occurred_us": "2026-08-18T09:00:00+08:00", "reporter": "13900000000"}
    filed = client.post("/v1/reports", json=body, headers=bearer(Role.SUBSCRIBER, 8613800138000)).json()
    assert services.reports.get(filed["report_id"]).report.reporter == 8613800138000
    other = bearer(Role.SUBSCRIBER, 8613800138001)
    assert client.get(f"/v1/reports/{filed['report_id']}", headers=other).status_code == 404


def test_a_subscribers_reports_are_limited(client, bearer):
    key = bearer(Role.SUBSCRIBER, 8613800138000)
    body = {"subject": ROBOT, "occurred_us": "2026-08-18T09:00:00+08:00"}
    answers = [client.post("/v1/reports", json=body, headers=key) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    assert int(answers[-1].headers["retry-after"]) == 60


def test_a_look_at_a_number_is_logged(client, services, bearer):
    told = client.get("/v1/numbers/" + ROBOT, headers=bearer(Role.OPERATOR)).json()
    assert told["standing"][0]["facts"]["reporters"] == 41
    assert [(look.who, look.number) for look in services.access.looks] == [("operator", 8617612341417)]


def test_wishes_are_written_by_the_owner_or_a_carrier(client, services, bearer):
    wish = {"levels": {"securities": 3}, "segments": {"overseas": 2}, "quiet_start": 44, "quiet_end": 14}
    own = bearer(Role.SUBSCRIBER, 8613800138000)
    assert client.put("/v1/wishes/13800138000", json=wish, headers=own).json()["levels"]["securities"] == 3
    assert services.wishes.get(8613800138000).quiet_start == 44
    assert client.put("/v1/wishes/13800138001", json=wish, headers=own).status_code == 403
    assert client.put("/v1/wishes/13800138001", json=wish, headers=bearer(Role.EDGE)).status_code == 200
    strange = client.put("/v1/wishes/13800138001", json={"levels": {"tulips": 1}}, headers=bearer(Role.EDGE))
    assert (strange.status_code, "tulips" in strange.json()["detail"]) == (422, True)


def test_anyone_may_appeal_but_not_without_end(client):
    answers = [client.post("/v1/appeals", json={"number": f"1380013800{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    told = client.get(f"/v1/appeals/{answers[0].json()['appeal_id']}").json()
    assert told == answers[0].json()
    assert (told["state"], told["filed_us"]) == ("received", 0)
    assert client.get("/v1/appeals/none").status_code == 404


def test_history_is_masked_unless_the_role_may_see(client, services, bearer):
    masked = client.get("/history?action=reject", headers=bearer(Role.OPERATOR)).json()
    assert masked[0]["caller"].count("*") == 4
    assert services.access.looks == []
    clear = client.get(f"/history?number={ROBOT}", headers=bearer(Role.ANALYST)).json()
    assert {row["caller"] for row in clear} == {ROBOT}
    assert {row["callee"] for row in clear} == {"138****8000", "159****5021"}
    assert [look.number for look in services.access.looks] == [8617612341417]


def test_operations_tell_how_the_service_is(client, services, bearer):
    key = bearer(Role.OPERATOR)
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
    services.health.missing = "no generation"
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "no generation\n")
    client.post("/v1/decide", json=CALL, headers=bearer(Role.EDGE))
    assert 'wurao_decisions_total{action="reject"} 1.0' in client.get("/metrics", headers=key).text
    assert client.get("/stat", headers=key).json()["tally"]["stopped"] > 0
    assert client.get("/symbols", headers=key).json()[0]["name"] == "REPORTED"
    assert client.get("/maps", headers=key).json() == {"deny": 3, "suspect": 0, "allow": 12}


def test_openapi_is_one_document_without_foreign_assets(client):
    document = client.get("/schema/openapi.json").json()
    assert {"/v1/decide", "/v1/decide/batch", "/v1/reports", "/v1/appeals"} <= document["paths"].keys()
    assert client.get("/schema").json() == document


def test_decisions_are_described(client):
    document = client.get("/schema/openapi.json").json()
    for path, name in (("/v1/decide", "DecisionBody"), ("/v1/decide/batch", "BatchAnswer")):
        described = document["paths"][path]["post"]
        assert name in str(described["responses"]["200"]["content"]["application/json"]["schema"])
        assert "Body" in str(described["requestBody"]["content"]["application/json"]["schema"])


def test_what_cannot_be_kept_is_not_decided(client, services, bearer, monkeypatch):
    monkeypatch.setattr("wurao.edge.http.decide._PATIENCE_S", 0.01)
    services.screen.full = True
    before = len(services.history.rows)
    for path, body in (("/v1/decide", CALL), ("/v1/decide/batch", {"calls": [CALL]})):
        answer = client.post(path, json=body, headers=bearer(Role.EDGE))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert len(services.history.rows) == before


def test_every_answer_carries_the_security_headers(client):
    for path in ("/healthz", "/nowhere"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_fault_of_ours_says_nothing_of_its_inside(client, services, bearer, caplog):
    def fail(calls):
        raise ZeroDivisionError("secret inside")

    services.screen.tell = fail
    answer = client.post("/v1/decide", json=CALL, headers=bearer(Role.EDGE))
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "POST /v1/decide failed" in caplog.text


def test_a_card_of_redress_is_open_to_anyone(client):
    found = client.get("/redress/20260818-abcdefghijkl")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("application/jose")
    assert found.text == "e30.20260818-abcdefghijkl.c2ln"
    for receipt in ("x", "20260818-abcdefghijk%0a", "20260818-abcdefghijkl2"):
        assert client.get(f"/redress/{receipt}").status_code == 404


def proof_of(client, number):
    ticket = client.post("/v1/appeals/codes", json={"number": number})
    assert ticket.status_code == 202
    proof = client.post("/v1/appeals/proofs", json={"ticket": ticket.json()["ticket"], "code": "246810"})
    assert proof.status_code == 201
    return {"Wurao-Proof": proof.json()["proof"]}


def test_with_proof_of_the_number_the_grounds_are_told_and_the_appeal_is_upheld(client, services):
    assert client.get("/v1/appeals/grounds").status_code == 401
    proof = proof_of(client, str(ROBOT))
    told = client.get("/v1/appeals/grounds", headers=proof).json()
    assert (told["categories"], told["families"], told["reporters"]) == (["securities"], ["behaviour", "reports"], 20)
    assert [appeal["state"] for appeal in told["appeals"]] == ["rejected"]
    filed = client.post("/v1/appeals", json={"number": str(ROBOT), "receipt": "new"}, headers=proof).json()
    assert filed["state"] == "redressed"
    assert client.get(f"/v1/appeals/{filed['appeal_id']}", headers=proof).json()["reason"]
    assert client.get(f"/v1/appeals/{filed['appeal_id']}").json()["state"] == "received"


def test_a_proof_is_of_one_number_only(client, services):
    proof = proof_of(client, "13800138001")
    assert client.get("/v1/appeals/a2", headers=proof).json()["state"] == "received"
    assert client.post("/v1/appeals", json={"number": str(ROBOT)}, headers=proof).json()["state"] == "received"
    assert client.get("/v1/appeals/grounds", headers=proof).json()["families"] == []
    assert client.get("/v1/appeals/grounds", headers={"Wurao-Proof": "made-up"}).status_code == 401


def test_codes_are_asked_for_and_tried_within_limits(client, services):
    assert client.post("/v1/appeals/codes", json={"number": "+16502530000"}).status_code == 422
    services.proofs.exhausted = True
    later = client.post("/v1/appeals/codes", json={"number": "13800138000"})
    assert (later.status_code, later.headers["retry-after"]) == (429, "600")
    services.proofs.exhausted = False
    ticket = client.post("/v1/appeals/codes", json={"number": "13800138000"}).json()["ticket"]
    assert client.post("/v1/appeals/codes", json={"number": "13800138000"}).status_code == 429
    tries = [client.post("/v1/appeals/proofs", json={"ticket": ticket, "code": f"{n:06}"}) for n in range(11)]
    assert [one.status_code for one in tries] == [403] * 10 + [429]
    assert services.proofs.sent == [(8613800138000, "zh")]


def test_a_network_vouches_for_whoever_sent_it_a_message(client, bearer):
    body = {"number": "13800138002", "text": "SMS", "proven": True}
    assert client.post("/v1/appeals", json=body).status_code == 401
    assert client.post("/v1/appeals", json=body, headers=bearer(Role.OPERATOR)).status_code == 403
    assert client.post("/v1/appeals", json=body, headers=bearer(Role.EDGE)).json()["state"] == "redressed"
