"""The public page of whoever is wrongly blocked: a receipt shows the form, a proven number what its holder may know."""

import re

ROBOT = "17612341417"
DETAILS = ("股票证券荐股", "用户举报", "20 人或以上", "2026-08-02", "已驳回", "行为像机器人")


def plain(answer) -> str:
    return re.sub(r"\s*<[^>]*>\s*", "|", answer.text)


def prove(browser, number=ROBOT, receipt="00ff"):
    asked = browser.post("/appeal/ask", data={"number": number, "receipt": receipt})
    assert "输入验证码" in asked.text
    assert f'value="{receipt}"' in asked.text
    return browser.post("/appeal/prove", data={"code": "246 810", "receipt": receipt})


def test_a_receipt_shows_nothing_but_the_form_known_or_not(browser, services):
    known = services.history.rows[0].receipt
    pages = [browser.get(f"/appeal/{receipt}").text.replace(receipt, "R") for receipt in (known, "00ff00ff00ff")]
    assert pages[0] == pages[1]
    assert not any(detail in pages[0] for detail in DETAILS)
    assert "10086999" in pages[0]


def test_an_appeals_id_says_that_it_was_received_and_no_more(browser):
    html = browser.get("/appeal?id=a2").text
    assert "申诉已收到" in html
    assert not any(detail in html for detail in DETAILS)


def test_the_holder_reads_why_and_is_redressed_on_the_spot(browser, services):
    proven = prove(browser)
    assert all(detail in plain(proven) for detail in DETAILS)
    assert services.proofs.sent == [(8617612341417, "zh")]
    assert 'name="receipt" value="00ff"' in proven.text
    cookie = next(cookie for cookie in browser.cookies.jar if cookie.name == "wurao_appeal")
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/appeal", True)
    filed = browser.post("/appeal/file", data={"receipt": "00ff", "text": "我们是诊所"})
    assert "已恢复|" in plain(filed)
    assert "您证明了号码归您" in filed.text
    left = browser.post("/appeal/leave")
    assert not any(detail in left.text for detail in DETAILS)
    assert services.proofs.proofs == {}


def test_a_wrong_code_or_none_proves_nothing(browser):
    browser.post("/appeal/ask", data={"number": ROBOT})
    for code in ("000000", "", "２４６８１０", "<b>", "246810246810"):
        wrong = browser.post("/appeal/prove", data={"code": code})
        assert wrong.status_code == 422
        assert "验证码不对" in wrong.text
    unproven = browser.post("/appeal/file", data={"number": "", "text": "我们是诊所"})
    assert (unproven.status_code, "我们是诊所" in unproven.text) == (422, True)
    assert not any(detail in browser.get("/appeal").text for detail in DETAILS)


def test_the_answer_is_the_same_whatever_is_known_of_a_number(browser):
    answers = [
        browser.post("/appeal/ask", data={"number": number}, follow_redirects=False)
        for number in (ROBOT, "13000000000")
    ]
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, "/appeal/code")}
    assert len({re.sub("ticket-.", "T", one.headers["set-cookie"]) for one in answers}) == 1


def test_numbers_that_get_no_code_are_told_what_is_left(browser, services):
    foreign = browser.post("/appeal/ask", data={"number": "+16502530000"})
    assert (foreign.status_code, "请直接申诉" in foreign.text) == (422, True)
    nonsense = browser.post("/appeal/ask", data={"number": "no number"})
    assert (nonsense.status_code, "这不是一个电话号码" in nonsense.text) == (422, True)
    services.proofs.offered = False
    assert "要验证码" not in browser.get("/appeal").text


def test_another_site_can_ask_for_nothing(browser):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("ask", "prove", "file", "leave"):
        form = {"number": ROBOT, "code": "246810"}
        assert browser.post(f"/appeal/{path}", data=form, headers=foreign).status_code == 403
