"""What detection found: who sees which number, alarms that a person answers, and a caller beside its kind."""

import re

import msgspec

from wurao.detection.features import FEATURES
from wurao.detection.scoring.classes import CLASSES
from wurao.detection.scoring.explaining import SYMBOL_OF
from wurao.web import habits

ROBOT, CLINIC = f"{8617612341417:032x}", f"{861012345678:032x}"


def csrf(html: str) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', html)[1]


def test_flagged_callers_are_masked_unless_the_role_may_see_them(enter, services):
    html = enter("operator").get("/console/detection").text
    assert "17612341417" not in html.replace(" ", "")
    assert services.access.looks == []
    html = enter("analyst").get("/console/detection").text
    assert "17612341417" in html.replace(" ", "")
    assert {look.purpose for look in services.access.looks} == {"/console/detection"}


def test_the_page_says_what_the_run_found(enter):
    html = enter("operator").get("/console/detection").text
    for said in (
        "330",
        "14,210",
        "已偏移",
        "34%",
        "只有它标出",
        "wurao detect run",
        "wurao detect promote 4",
        "另有 17 个曾被标记",
    ):
        assert said in html
    assert 'id="rule-ROBOT_CALLER"' in html
    assert 'id="rule-REPORTED"' not in html


def test_without_a_run_the_page_says_how_to_run_it(enter, services):
    services.detection.ran = False
    html = enter("operator").get("/console/detection").text
    assert "还没有运行过识别" in html
    assert "<code>wurao detect run</code>" in html


def test_the_page_says_what_the_live_model_may_do_and_how_a_false_block_is_cleared(enter, services):
    client = enter("operator")
    html = client.get("/console/detection").text
    assert "第 2 版还在演练" in html
    assert "<dd>3.0</dd>" in html
    assert "<dd>1,204</dd>" in html
    hit = msgspec.structs.replace(services.detection.rehearsed.rehearsal, false_blocks=1)
    services.detection.rehearsed = msgspec.structs.replace(services.detection.rehearsed, rehearsal=hit)
    html = client.get("/console/detection").text
    assert "第 2 版不再拒接任何人" in html
    assert "wurao detect promote N --name live" in html
    services.detection.rehearsed = None
    assert "没有实时模型" in client.get("/console/detection").text


def test_a_verified_robot_is_an_alarm_until_a_person_withdraws_it(enter, services):
    client = enter("analyst")
    html = client.get("/console/detection").text
    assert "1 个已核验的号码像机器人" in html
    assert "核验已过期" in html
    data = {"csrf": csrf(html), "key": f"{861012345678:032x}", "span": "0"}
    assert data["key"] in html
    assert client.post("/console/detection/withdraw", data=data | {"csrf": "x"}).status_code == 403
    html = client.post("/console/detection/withdraw", data=data).text
    assert services.detection.withdrawn == [(861012345678, 0, "analyst")]
    assert "已核验的号码像机器人。核验仍然有效" not in html
    assert client.post("/console/detection/withdraw", data=data | {"span": "99"}).status_code == 422


def test_a_caller_is_shown_beside_its_kind_with_reasons_and_what_would_clear_it(enter, services):
    html = enter("operator").get(f"/console/caller/{ROBOT}").text
    assert [look.purpose for look in services.access.looks] == ["/console/caller"], "a look-up is logged, masked or not"
    assert "17612341417" not in html.replace(" ", "")
    for said in (
        "拨打间隔像机器一样规律",
        "不按号码顺序拨打",
        "快递、外卖、网约车",
        "推销通常",
        "98%",
        "6.4 秒",
        "09:03",
    ):
        assert said in html
    assert re.search(r"8 秒内挂断占接通 5% – 20%，此号码 62%", html)


def test_a_caller_that_is_not_flagged_has_habits_and_no_reasons(enter):
    html = enter("operator").get(f"/console/caller/{8613912345678:032x}").text
    assert "经过的基站" in html
    assert "为什么像机器人" not in html
    assert "从第 6 通起曾被标记，后来的来电洗清了它。" in html
    assert "没有话单" in html


def test_an_unknown_caller_is_not_found(enter):
    client = enter("operator")
    assert {client.get(f"/console/caller/{key}").status_code for key in ("0" * 32, "x", "ff", "1" * 4000)} == {404}


def test_the_look_up_leads_to_the_habits(enter):
    client = enter("operator")
    assert f'href="/console/caller/{ROBOT}"' in client.get("/console/number?q=17612341417").text
    assert "/console/caller/" not in client.get("/console/number?q=13112341417").text


def test_a_reseller_sees_none_of_it(enter):
    client = enter("reseller")
    assert client.get("/console/detection").status_code == client.get(f"/console/caller/{CLINIC}").status_code == 403


def test_every_feature_class_and_reason_has_a_name_on_the_pages():
    assert set(FEATURES) <= habits.FEATURES.keys()
    assert set(CLASSES) == habits.CLASSES.keys()
    assert set(SYMBOL_OF.values()) == habits.AGAINST.keys()
