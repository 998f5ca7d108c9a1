"""``/v1/campaigns``: names of FORMATS, numbers by the role of who asks, each look logged."""

from wurao.access.roles import Role

LOANS = "/v1/campaigns/c-7f3a9b21"
ROBOT = 8617612341417


def test_campaigns_are_listed_with_what_they_did_of_late(client, bearer):
    first = client.get("/v1/campaigns", headers=bearer(Role.OPERATOR)).json()[0]
    told = {name: first[name] for name in ("campaign", "numbers", "in_use", "new", "calls", "people")}
    assert told == {"campaign": "c-7f3a9b21", "numbers": 7, "in_use": 2, "new": 3, "calls": 1184, "people": 1102}


def test_a_campaign_tells_its_numbers_masked_and_why_they_are_linked(client, bearer, services):
    told = client.get(LOANS, headers=bearer(Role.OPERATOR)).json()
    assert told["members"][0]["number"] == "176****1417"
    assert [one["vouched"] for one in told["members"] if one["vouched"]] == [
        {"why": "verified", "organisation": "Renhe Clinic"}
    ]
    assert told["links"][0]["families"]["talk"] == 2.4
    assert {told["links"][0]["a"], told["links"][0]["b"]} <= {one["key"] for one in told["members"]}
    assert services.access.looks == []
    told = client.get(LOANS, headers=bearer(Role.ANALYST)).json()
    assert told["members"][0]["number"] == "17612341417"
    assert {look.purpose for look in services.access.looks} == {"GET /v1/campaigns"}
    assert client.get("/v1/campaigns/c-none", headers=bearer(Role.ANALYST)).status_code == 404


def test_a_request_to_trace_is_for_those_who_may_see_numbers(client, bearer, services):
    for role in (Role.OPERATOR, Role.RESELLER, Role.EDGE):
        assert client.get(f"{LOANS}/traceback", headers=bearer(role)).status_code == 403
    assert services.access.looks == []
    told = client.get(f"{LOANS}/traceback", headers=bearer(Role.ANALYST)).json()
    assert told["numbers"][0]["number"] == ROBOT
    assert told["numbers"][0]["hops"][0]["ingress"] == "trunk-a"
    assert ROBOT in {look.number for look in services.access.looks}
    assert client.get("/v1/campaigns/c-none/traceback", headers=bearer(Role.ANALYST)).status_code == 404


def test_others_may_not_ask(client, bearer):
    assert client.get("/v1/campaigns", headers=bearer(Role.RESELLER)).status_code == 403
    assert client.get("/v1/campaigns").status_code == 401
