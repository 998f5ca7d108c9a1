"""Campaigns on the console: who sees which number, what analysts decide, and what a request to trace gives out."""

import re

import pytest

from wurao.detection.linking import comparing, heard
from wurao.web import kinship

LOANS, REFUNDS = "c-7f3a9b21", "c-0d41c77e"
PAGE = f"/console/campaigns/{LOANS}"
ROBOT, SECOND, CLINIC = 8617612341417, 8617612341522, 861012345678


def key(number: int) -> str:
    return f"{number:032x}"


def csrf(html: str) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', html)[1]


def purposes(services) -> list[str]:
    return [look.purpose for look in services.access.looks]


def test_the_list_tells_numbers_now_and_ever_and_leads_to_each_campaign(enter):
    html = enter("operator").get("/console/campaigns").text
    for said in ("自称某某金融的低息贷款", "2 / 7", "1,184", "1,102", "在用", "沉寂", f'href="{PAGE}"'):
        assert said in html
    assert "1 个团伙里有已核验或被需要的号码" in html


@pytest.mark.parametrize(("sort", "first"), [("calls", LOANS), ("numbers", REFUNDS), ("", LOANS), ("x", LOANS)])
def test_the_list_is_sorted_as_asked(enter, sort, first):
    html = enter("operator").get(f"/console/campaigns?sort={sort}").text
    assert re.findall(r"<code>(c-\w+)</code>", html)[0] == first


def test_without_a_run_the_page_says_how_to_link(enter, services):
    services.campaigns.ran = False
    html = enter("operator").get("/console/campaigns").text
    assert "还没有归并过号码" in html
    assert "<code>wurao campaigns link</code>" in html


def test_numbers_are_masked_unless_the_role_may_see_them_and_then_logged(enter, services):
    html = enter("operator").get(PAGE).text
    assert "17612341417" not in html
    assert "176****1417" in html
    assert "170 1234 8803" not in html, "a number that somebody wrote down"
    assert "导出溯源请求" not in html
    assert services.access.looks == []
    html = enter("analyst").get(PAGE).text
    assert "17612341417" in html
    assert "170 1234 8803" in html
    assert "13800130000" not in html, "who was called is masked for everybody"
    assert set(purposes(services)) == {"/console/campaigns"}


def test_the_page_tells_vests_links_and_deeds(enter):
    html = enter("operator").get(PAGE).text
    for said in ("1 小时后接替", "通话时长相同", "+2.4", "99.8%", "trunk-a", "1380013****", "58", "c-55aa0001"):
        assert said in html
    assert html.count('class="over"') >= 12, "hand-overs are drawn"
    assert "&lt;b&gt;Cheap loans" in html, "what people wrote is text"
    assert "不说明背后是谁" in html


def test_a_wanted_number_in_a_campaign_is_a_warning(enter):
    html = enter("operator").get(PAGE).text
    assert "其中 1 个号码已核验或被需要" in html
    assert "已核验的主叫单位 Renhe Clinic" in html
    assert "已核验或被需要" not in enter("operator").get(f"/console/campaigns/{REFUNDS}").text


def test_doubtful_links_come_first_when_asked(enter):
    shares = re.findall(r"(\d\d\.\d)%</td>", enter("operator").get(f"{PAGE}?links=doubtful").text)
    assert [float(share) for share in shares] == sorted(map(float, shares))


def test_a_split_is_logged_shown_and_taken_back(enter, services):
    client = enter("analyst")
    html = client.get(PAGE).text
    data = {"csrf": csrf(html), "a": key(ROBOT), "b": key(SECOND), "note": "two call centres"}
    assert client.post(f"{PAGE}/split", data=data | {"csrf": "x"}).status_code == 403
    html = client.post(f"{PAGE}/split", data=data).text
    decided = services.campaigns.decided[0]
    assert (decided.a, decided.b, decided.same, decided.who) == (ROBOT, SECOND, False, "analyst")
    assert purposes(services).count("/console/campaigns/split") == 2
    for said in ("two call centres", "下次归并时生效", "已判定不是"):
        assert said in html
    html = client.post(f"{PAGE}/undo", data=data).text
    assert services.campaigns.decided == []
    assert "还没有判定" in html
    assert "/console/campaigns/undo" in purposes(services)
    assert client.post(f"{PAGE}/undo", data=data).status_code == 404


def test_another_campaign_is_said_to_be_the_same_by_the_busiest_numbers(enter, services):
    client = enter("operator")
    data = {"csrf": csrf(client.get(PAGE).text), "other": REFUNDS}
    html = client.post(f"{PAGE}/same", data=data).text
    decided = services.campaigns.decided[0]
    assert ({decided.a, decided.b}, decided.same) == ({ROBOT, 8613344440000}, True)
    assert "同一主叫" in html
    assert client.post(f"{PAGE}/same", data=data | {"other": LOANS}).status_code == 422
    assert client.post(f"{PAGE}/same", data=data | {"other": "c-none"}).status_code == 404


def test_the_request_to_trace_gives_numbers_to_who_may_see_them_and_each_is_a_look(enter, services):
    assert enter("operator").get(f"{PAGE}/traceback.json").status_code == 403
    assert enter("reseller").get(f"{PAGE}/traceback.json").status_code == 403
    answer = enter("analyst").get(f"{PAGE}/traceback.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="traceback-{LOANS}.json"'
    assert {one["number"] for one in answer.json()["numbers"]} >= {ROBOT, SECOND}
    assert {look.number for look in services.access.looks} >= {ROBOT, SECOND, 8613800138000}
    assert set(purposes(services)) == {"/console/campaigns/traceback"}


def test_strange_ids_are_not_found_and_others_see_none_of_it(enter):
    client = enter("operator")
    assert {client.get(f"/console/campaigns/{name}").status_code for name in ("c-9", "x" * 4000, "%00")} == {404}
    client = enter("reseller")
    assert client.get("/console/campaigns").status_code == client.get(PAGE).status_code == 403


def test_every_family_of_signals_has_a_name_on_the_page():
    assert comparing.FAMILIES.keys() | heard.SAID.keys() <= kinship.FAMILIES.keys()
    assert {"callers", "habits", "handover", "volume"} <= kinship.FAMILIES.keys(), "those of changes of number"


def test_the_look_up_leads_to_the_campaign(enter):
    assert 'href="/console/campaigns/c-7f3a"' in enter("operator").get("/console/number?q=17612341417").text
