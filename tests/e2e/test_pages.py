"""Every page in a real browser: axe in both languages, light and dark, wide and narrow; no errors, no foreign hosts."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from wurao.access import log_in
from wurao.edge.http.door import SESSION_COOKIE

pytestmark = pytest.mark.e2e
DESK = {
    "home": "/console",
    "number": "/console/number?q=17612341417",
    "history": "/console/history",
    "rules": "/console/rules",
    "replay": "/console/rules/REPORTED",
    "appeals": "/console/appeals",
    "health": "/console/health",
    "campaigns": "/console/campaigns",
    "originating": "/console/originating",
    "accounts": "/console/accounts",
}
OPEN = {
    "login": "/login",
    "appeal": "/appeal?id=20260818-f6RmN9GlG6Zk",
    "code": "/appeal/code",
    "received": "/appeal?id=a1",
}
ROBOT = 8617612341417
WIDE, NARROW = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
LOOKS = (("zh", "light"), ("en", "dark"))
"""Each language and each scheme once: what a language writes and what a scheme colours don't depend on each other."""


def visitor(chromium: Browser, town, name: str, **options) -> Iterator[Page]:
    context = chromium.new_context(base_url=town.address, **options)
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("request", lambda asked: None if asked.url.startswith(town.address) else faults.append(asked.url))
    if name:
        token = log_in.open_session(town.services.access, name, town.services.clock.now_us())
        context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": town.address}])
    yield page
    context.close()
    assert faults == []


def settle(page: Page, path: str) -> None:
    page.goto(path, wait_until="load")
    page.wait_for_function("document.documentElement.classList.contains('with-js')")


def check(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "the page is wider than the screen"
    small = page.evaluate(
        """[...document.querySelectorAll('button, a.button, select, input:not([type=hidden]), nav a, summary')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_desk_pages_are_accessible(chromium, town, screens, language, scheme):
    options = {"locale": LANGUAGES[language], "color_scheme": scheme, "viewport": WIDE}
    for page in visitor(chromium, town, "admin", **options):
        for name, path in DESK.items():
            settle(page, path)
            check(page)
            if screens:
                page.screenshot(path=screens / f"{name}-{language}-{scheme}.png")


@pytest.mark.parametrize(("language", "scheme", "size"), [("zh", "light", NARROW), ("en", "dark", WIDE)])
def test_what_detection_found_is_accessible_and_reached_by_keyboard(chromium, town, screens, language, scheme, size):
    options = {"locale": LANGUAGES[language], "color_scheme": scheme, "viewport": size}
    for page in visitor(chromium, town, "admin", **options):
        settle(page, "/console/detection")
        check(page)
        expect(page.locator(".chart canvas")).to_have_count(2)
        picture(page, screens, f"detection-{language}-{scheme}.png")
        page.locator("section[aria-labelledby=flagged] tbody a").first.press("Enter")
        page.wait_for_url("**/console/caller/*")
        check(page)
        picture(page, screens, f"caller-{language}-{scheme}.png")


@pytest.mark.parametrize(("language", "scheme", "size"), [("zh", "light", NARROW), ("en", "dark", WIDE)])
def test_a_campaign_is_accessible_and_split_by_keyboard(chromium, town, screens, language, scheme, size):
    options = {"locale": LANGUAGES[language], "color_scheme": scheme, "viewport": size}
    for page in visitor(chromium, town, "analyst", **options):
        settle(page, "/console/campaigns")
        page.locator("tbody a").first.press("Enter")
        page.wait_for_url("**/console/campaigns/c-*")
        expect(page.locator(".bar rect")).to_have_count(7)
        check(page)
        if screens and size == NARROW:
            page.screenshot(path=screens / f"campaign-{language}-phone.png")
        picture(page, screens, f"campaign-{language}-{scheme}.png")
        page.set_viewport_size(size)
        split = page.locator("details.ask").first
        split.locator("summary").press("Enter")
        expect(split.get_by_role("button")).to_be_visible()
        check(page)
        split.get_by_role("button").press("Enter")
        page.wait_for_url("**#decided")
        undo = page.locator("section[aria-labelledby=decided] tbody button")
        expect(undo).to_have_count(1)
        check(page)
        undo.press("Enter")
        expect(undo).to_have_count(0)


def picture(page: Page, screens, name: str) -> None:
    if screens:
        page.set_viewport_size(WIDE)
        page.reload(wait_until="load")
        page.screenshot(path=screens / name)


@pytest.mark.parametrize("language", ["zh"])
def test_desk_pages_fit_a_phone(chromium, town, screens, language):
    options = {"locale": LANGUAGES[language], "viewport": NARROW}
    for page in visitor(chromium, town, "admin", **options):
        for name in ("home", "rules", "history"):
            settle(page, DESK[name])
            check(page)
            if screens:
                page.screenshot(path=screens / f"{name}-{language}-phone.png")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_open_pages_and_the_subscribers_page_are_accessible(chromium, town, screens, language, scheme):
    options = {"locale": LANGUAGES[language], "color_scheme": scheme, "viewport": NARROW}
    for page in visitor(chromium, town, "", **options):
        for name, path in OPEN.items():
            settle(page, path)
            check(page)
            if screens:
                page.screenshot(path=screens / f"{name}-{language}-{scheme}.png")
    for page in visitor(chromium, town, "subscriber", **options):
        settle(page, "/me")
        check(page)
        if screens:
            page.screenshot(path=screens / f"me-{language}-{scheme}.png")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_what_the_holder_of_a_number_reads_is_accessible(chromium, town, screens, language, scheme):
    town.services.proofs.proofs |= {"of-a-robot": ROBOT, "of-nobody-known": 8613000000000}
    for page in visitor(
        chromium, town, "", locale=LANGUAGES[language], color_scheme=scheme, viewport={"width": 390, "height": 1150}
    ):
        for proof in ("of-nobody-known", "of-a-robot"):
            page.context.add_cookies([{"name": "wurao_appeal", "value": proof, "url": f"{town.address}/appeal"}])
            settle(page, "/appeal?id=20260818-f6RmN9GlG6Zk")
            check(page)
        if screens:
            page.screenshot(path=screens / f"holder-{language}-{scheme}.png")


def test_a_holder_gets_through_by_keyboard_and_without_javascript(chromium, town):
    for page in visitor(chromium, town, "", locale="zh-CN", viewport=NARROW, java_script_enabled=False):
        page.goto("/appeal/20260818-f6RmN9GlG6Zk")
        page.get_by_label("被拦的号码").first.focus()
        page.keyboard.type("176 1234 1417")
        page.keyboard.press("Enter")
        expect(page.get_by_label("六位验证码")).to_be_focused()
        page.keyboard.type("246810")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("号码归您使用")
        page.get_by_label("您想说明什么").fill("我们是诊所")
        page.get_by_role("button", name="提交申诉").press("Enter")
        expect(page.locator(".appeals .state.redressed").last).to_have_text("已恢复")
        page.get_by_role("button", name="结束验证").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("您的来电被误拦了吗？")


@pytest.mark.parametrize("language", ["zh"])
def test_empty_pages_are_friendly_and_accessible(chromium, empty_town, screens, language):
    for page in visitor(chromium, empty_town, "admin", locale=LANGUAGES[language], viewport=WIDE):
        for path in (*DESK.values(), "/console/detection"):
            settle(page, path)
            check(page)
        if screens and language == "zh":
            settle(page, "/console")
            page.screenshot(path=screens / "empty-zh-light.png")
    for page in visitor(chromium, empty_town, "subscriber", locale=LANGUAGES[language], viewport=NARROW):
        settle(page, "/me")
        check(page)


def test_logging_in_leads_to_the_first_screen(chromium, town, password):
    for page in visitor(chromium, town, "", locale="zh-CN"):
        settle(page, "/")
        page.fill("[name=name]", "subscriber")
        page.fill("[name=password]", password)
        page.click("button.primary")
        page.wait_for_url("**/me")


def test_receipts_come_in_live_and_can_be_paused(chromium, town):
    for page in visitor(chromium, town, "admin", locale="zh-CN", viewport=WIDE):
        settle(page, "/console")
        rows = page.locator("#receipts > li")
        before = rows.count()
        page.wait_for_timeout(1_500)
        town.call(3)
        expect(rows).to_have_count(before + 3)
        page.click("#pause")
        town.call(2)
        page.wait_for_timeout(2_500)
        expect(rows).to_have_count(before + 3)


def test_one_tap_answers_a_receipt_in_its_place(chromium, town):
    for page in visitor(chromium, town, "operator", locale="zh-CN", viewport=WIDE):
        settle(page, "/console/history")
        page.locator("#main li button[value=nuisance]").first.click()
        expect(page.locator("#main li .said").first).to_contain_text("已学为“骚扰”")
        check(page)
        settle(page, "/console/rules")
        page.locator("tr#rule-ROBOT_CALLER button").click()
        expect(page.locator("tr#rule-ROBOT_CALLER .state")).to_contain_text("LIVE")


def test_without_javascript_the_desk_still_works(chromium, town):
    for page in visitor(chromium, town, "operator", locale="en-GB", java_script_enabled=False):
        page.goto("/console/history?action=reject")
        page.locator("#main li button[value=wanted]").first.click()
        page.wait_for_url("**/console/history?action=reject")
        assert page.locator("#by-hour, .receipts li").count() > 0


def test_the_keyboard_reaches_the_content_first(chromium, town):
    for page in visitor(chromium, town, "operator", locale="zh-CN", viewport=WIDE):
        settle(page, "/console/rules")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("跳到正文")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
