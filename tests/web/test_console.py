"""The console over in-memory services: pages, forms, rights, languages, and what must never be shown."""

import re

import pytest

from wurao.access import api_keys, log_in
from wurao.edge.http.app import close_streams

ROBOT, COURIER = "17612341417", "13912345678"
PAGES = (
    "/console",
    "/console/number",
    f"/console/number?q={ROBOT}",
    "/console/history",
    "/console/rules",
    "/console/rules/REPORTED",
    "/console/appeals",
    "/console/health",
    "/console/originating",
    "/console/detection",
    f"/console/caller/{8617612341417:032x}",
)


def csrf(html: str) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', html)[1]


def first_receipt(html: str) -> str:
    return re.search(r'name="receipt" value="([0-9a-f]{24})"', html)[1]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "tag"), [("zh-CN", "zh-CN"), ("en", "en")])
def test_every_page_comes_in_both_languages(enter, path, language, tag):
    answer = enter("admin").get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{tag}">' in answer.text
    if tag == "en":
        shown = (
            re.sub(r"<[^>]*>", "", answer.text).replace("中文", "").replace("我们是快递站点，客户收不到派件电话。", "")
        )
        assert not re.findall(r"[\u4e00-\u9fff]+", shown)


def test_the_language_link_is_remembered(browser):
    assert 'lang="zh-CN"' in browser.get("/login").text
    back = browser.get("/language/en?next=/login")
    assert '<html lang="en">' in back.text


@pytest.mark.parametrize("path", PAGES)
def test_nobody_unknown_and_no_subscriber_sees_the_desk(browser, enter, path):
    answer = browser.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].startswith("/login?next=")) == (303, True)
    assert enter("subscriber").get(path).status_code == 403


def test_a_wrong_password_shows_the_form_again_and_soon_waits(browser):
    answers = [browser.post("/login", data={"name": "admin", "password": "guess"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert "名称或密码不对" in answers[0].text


def test_log_in_never_leads_to_another_site(browser):
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        data = {"name": "admin", "password": "correct-horse-battery", "next": target}
        assert browser.post("/login", data=data, follow_redirects=False).headers["location"] == "/"


def test_log_out_ends_the_session(enter):
    client = enter("admin")
    token = csrf(client.get("/console").text)
    client.post("/logout", data={"csrf": token})
    assert client.get("/console", follow_redirects=False).status_code == 303


def test_a_form_without_the_sessions_token_is_refused(enter, services):
    client = enter("admin")
    receipt = first_receipt(client.get("/console").text)
    answer = client.post("/console/say", data={"receipt": receipt, "say": "wanted"})
    assert (answer.status_code, services.numbers.taught) == (403, [])
    answer = client.post("/console/say", data={"receipt": receipt, "say": "wanted", "csrf": "0" * 64})
    assert (answer.status_code, services.numbers.taught) == (403, [])


def test_a_form_from_another_site_is_refused(browser):
    other = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post("/appeal/file", data={"number": COURIER}, headers=other).status_code == 403
    assert browser.post("/login", data={"name": "admin", "password": "x"}, headers=other).status_code == 403


def test_the_desk_learns_from_a_row(enter, services):
    client = enter("operator")
    html = client.get(f"/console/history?number={ROBOT}").text
    form = {"csrf": csrf(html), "receipt": first_receipt(html)}
    said = client.post("/console/say", data=form | {"say": "nuisance"}, headers={"HX-Request": "true"})
    assert "已学为“骚扰”" in said.text
    assert "<html" not in said.text
    client.post("/console/say", data=form | {"say": "appeal"})
    assert services.numbers.taught == [(8617612341417, "operator", False)]
    assert services.reports.get("r1").report.receipt == form["receipt"]
    assert services.appeals.count("pending") == 2


def test_without_javascript_a_form_leads_back(enter):
    client = enter("operator")
    html = client.get("/console/history").text
    form = {
        "csrf": csrf(html),
        "receipt": first_receipt(html),
        "say": "wanted",
        "back": "/console/history?action=reject",
    }
    answer = client.post("/console/say", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/history?action=reject")


def test_history_filters_and_tells_a_wrong_filter(enter):
    client = enter("operator")
    rejected = client.get("/console/history?action=reject&since=2026-08-18T00:00").text
    assert "receipt reject" in rejected
    assert "receipt label" not in rejected
    assert "无法按此筛选" in client.get("/console/history?number=abc").text
    assert "没有符合的来电" in client.get("/console/history?category=school").text


def test_numbers_are_masked_unless_the_role_may_see(enter, services):
    masked = enter("operator").get("/console/history").text
    assert ROBOT not in masked
    assert "176****1417" in masked
    assert services.access.looks == []


def test_who_may_see_is_logged_for_each_number(enter, services):
    clear = enter("analyst").get(f"/console/history?number={ROBOT}").text
    assert ROBOT in clear
    assert [(look.who, look.number, look.purpose) for look in services.access.looks] == [
        ("analyst", 8617612341417, "/console/history")
    ]


def test_the_live_page_is_masked_for_everyone(enter):
    assert ROBOT not in enter("analyst").get("/console").text


def test_an_admin_makes_accounts_and_keys_that_are_shown_once(enter, services):
    client = enter("admin")
    token = {"csrf": csrf(client.get("/console/accounts").text)}
    made = client.post("/console/accounts/make", data=token | {"name": "night", "role": "operator"})
    password = re.search(r"<code>([a-z0-9-]{23})</code>", made.text)[1]
    assert log_in.log_in(services.access, "night", password, services.clock.now_us())
    issued = client.post("/console/accounts/key", data=token | {"name": "switch", "role": "edge"})
    key = re.search(r"<code>(wr_[^<]+)</code>", issued.text)[1]
    assert api_keys.holder(services.access, key)
    client.post("/console/accounts/revoke", data=token | {"key_id": key[:15]})
    assert api_keys.holder(services.access, key) is None
    again = client.post("/console/accounts/make", data=token | {"name": "night", "role": "admin"})
    lost = client.post("/console/accounts/make", data=token | {"name": "me", "role": "subscriber"})
    assert (again.status_code, lost.status_code) == (422, 422)


def test_nobody_but_an_admin_makes_accounts(enter):
    client = enter("operator")
    token = csrf(client.get("/console").text)
    form = {"csrf": token, "name": "x", "role": "admin"}
    assert client.get("/console/accounts").status_code == 403
    assert client.post("/console/accounts/make", data=form).status_code == 403


def test_live_streams_end_when_the_server_stops(enter, services):
    client = enter("operator")
    close_streams(client.app)
    answer = client.get("/console/live")
    assert (answer.status_code, answer.text) == (200, "")
    assert "text/event-stream" in answer.headers["content-type"]


def test_a_look_up_is_logged_and_tells_symbols_and_facts(enter, services):
    html = enter("operator").get(f"/console/number?q={ROBOT}").text
    assert "30 天内 41 人举报" in html
    assert "同号段 1,000 个号码" in html
    assert services.access.looks[0].number == 8617612341417
    assert enter("operator").get("/console/number?q=abc").status_code == 422


def test_a_row_and_an_appeal_lead_to_the_facts_without_the_clear_number(enter):
    client = enter("operator")
    receipt = re.search(
        r"/console/number\?receipt=([0-9a-f]{24})", client.get(f"/console/history?number={ROBOT}").text
    )[1]
    for query in (f"receipt={receipt}", "appeal=a2"):
        html = client.get(f"/console/number?{query}").text
        assert "30 天内 41 人举报" in html
        assert ROBOT not in html


def test_rules_are_turned_by_those_who_may(enter, services):
    client = enter("operator")
    form = {"csrf": csrf(client.get("/console/rules").text), "state": "shadow"}
    row = client.post("/console/rules/REPORTED/state", data=form, headers={"HX-Request": "true"})
    assert "SHADOW" in row.text
    assert services.rules.rules["REPORTED"].state == "shadow"


def test_an_analyst_sees_rules_but_turns_none(enter):
    client = enter("analyst")
    html = client.get("/console/rules").text
    assert 'name="state"' not in html
    assert client.post("/console/rules/REPORTED/state", data={"csrf": csrf(html), "state": "shadow"}).status_code == 403


def test_appeals_are_decided_with_a_reason(enter, services):
    client = enter("operator")
    form = {"csrf": csrf(client.get("/console/appeals").text), "verdict": "uphold", "reason": "快递站点"}
    assert "已恢复" in client.post("/console/appeals/a1", data=form, headers={"HX-Request": "true"}).text
    assert services.appeals.get("a1").decided_by == "operator"
    assert "快递站点" in client.get("/console/appeals?state=redressed").text
    assert client.post("/console/appeals/a1", data=form).status_code == 422


def test_anyone_appeals_on_the_public_page(browser, services):
    filed = browser.post("/appeal/file", data={"number": "139 1234 5679", "text": "<b>我是快递</b>"})
    assert "申诉已收到" in filed.text
    assert "待处理" not in filed.text
    assert services.appeals.get("a3").text == "<b>我是快递</b>"
    assert browser.post("/appeal/file", data={"number": "not a number"}).status_code == 422
    assert 'value="00ff"' in browser.get("/appeal?id=00ff").text
    assert 'value="00ff"' in browser.get("/appeal/00ff").text


def test_what_people_write_is_shown_as_text(enter, services):
    services.appeals.file(8613900000000, "", "<script>alert(1)</script>")
    assert "<script>alert" not in enter("admin").get("/console/appeals").text


def test_health_says_when_nothing_can_be_decided(enter, services):
    services.health.missing = "no generation"
    assert "来电一律响铃：no generation" in re.sub(r"\s*<[^>]*>\s*", "", enter("admin").get("/console/health").text)


def test_a_subscriber_sees_own_calls_and_acts_on_them(enter, services):
    client = enter("subscriber")
    html = client.get("/me").text
    assert ROBOT in html
    form = {"csrf": csrf(html), "receipt": first_receipt(html), "say": "wanted"}
    client.post("/me/say", data=form)
    client.post("/me/say", data=form | {"say": "nuisance"})
    caller = services.history.get(form["receipt"]).caller
    assert services.wishes.allowed == services.wishes.blocked == [(8613800138000, caller)]
    assert [filed.report.wanted for filed in services.reports.filed.values()] == [True, False]
    assert {filed.report.reporter for filed in services.reports.filed.values()} == {8613800138000}


def test_a_subscriber_takes_a_number_off_the_own_list(enter, services):
    client = enter("subscriber")
    services.wishes.blocked = [(8613800138000, 8613512345678), (8613800138001, 8613512345679)]
    html = client.get("/me").text
    assert "135 1234 5678" in html.replace("-", " ") or "13512345678" in html
    assert "45679" not in html
    client.post("/me/forgive", data={"csrf": csrf(html), "number": "13512345678"})
    client.post("/me/forgive", data={"csrf": csrf(html), "number": "13512345679"})
    assert services.wishes.blocked == [(8613800138001, 8613512345679)]
    assert client.post("/me/forgive", data={"csrf": csrf(html), "number": "nobody"}).status_code == 422


def test_a_subscriber_acts_on_own_calls_only(enter, services):
    client = enter("subscriber")
    form = {"csrf": csrf(client.get("/me").text), "say": "wanted"}
    other = next(iter(services.history.rows))
    services.history.rows.append(type(other)(**{**_fields(other), "callee": 8613800138001, "receipt": "f" * 24}))
    assert client.post("/me/say", data=form | {"receipt": "f" * 24}).status_code == 404


def _fields(row):
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_wishes_are_saved_and_what_is_out_of_range_is_refused(enter, services):
    client = enter("subscriber")
    token = csrf(client.get("/me").text)
    saved = client.post("/me/wishes", data={"csrf": token, "securities": "3", "overseas": "2"})
    assert "已保存" in saved.text
    profile = services.wishes.get(8613800138000)
    assert (profile.level("securities"), profile.segments[0]) == (3, 2)
    for wrong in ("9", "x", ""):
        assert client.post("/me/wishes", data={"csrf": token, "fraud": wrong}).status_code == 422


def test_a_reseller_sees_own_callers_and_nothing_else(enter, services):
    client = enter("reseller")
    answer = client.get("/")
    assert answer.url.path == "/console/originating"
    assert "+86 176 1234 1417" in answer.text or ROBOT in answer.text.replace(" ", "")
    assert "与投诉不符" in answer.text
    assert "29%" in answer.text
    assert {look.purpose for look in services.access.looks} == {"/console/originating"}
    assert client.get("/console").status_code == client.get("/console/history").status_code == 403
    assert enter("operator").get("/console/originating").status_code == 403


def test_own_callers_are_a_file_whose_looks_are_logged(enter, services):
    answer = enter("reseller").get("/console/originating.csv?since=2026-08-01&until=2026-08-03")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="wurao-2026-08-01-2026-08-03.csv"' in answer.headers["content-disposition"]
    assert f"86{ROBOT}" in answer.text
    assert ",'=A bank," in answer.text
    assert len(services.access.looks) == 2


@pytest.mark.parametrize("days", ["since=x", "since=2026-08-01&until=2026-07-01", "since=2020-01-01&until=2026-01-01"])
def test_days_of_own_callers_that_are_none_are_told(enter, days):
    client = enter("reseller")
    assert "无法按此筛选" in client.get(f"/console/originating?{days}").text
    assert client.get(f"/console/originating.csv?{days}").status_code in (400, 422)


def test_an_evil_day_is_shown_as_text_and_breaks_no_header(enter):
    answer = enter("reseller").get("/console/originating?since=%22%3E%3Cscript%3E")
    assert "<script>&" not in answer.text
    assert '"><script' not in answer.text


def test_empty_services_have_friendly_pages(services, enter):
    services.history.rows.clear()
    services.appeals.kept.clear()
    client = enter("admin")
    assert "还没有来电" in client.get("/console").text
    assert "这里没有申诉" in client.get("/console/appeals").text


def test_browsers_get_a_page_and_programs_a_problem_document(browser):
    page = browser.get("/nowhere")
    assert (page.status_code, "<html" in page.text) == (404, True)
    problem = browser.get("/nowhere", headers={"Accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    moved = browser.get("/console", headers={"HX-Request": "true"})
    assert moved.headers["hx-redirect"] == "/login"


def test_static_files_come_from_here_and_templates_name_no_other_host(browser):
    for name in ("wurao.css", "console.js", "htmx.min.js", "htmx-sse.min.js", "echarts.simple.min.js", "icon.svg"):
        assert browser.get(f"/static/{name}").status_code == 200
    assert browser.get("/static/../app.py").status_code == 404
