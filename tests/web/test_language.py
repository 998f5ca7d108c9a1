"""Every Chinese text of the console has an English one, and no English one is left over."""

from pathlib import Path

from babel.messages.extract import extract_from_dir

from wurao.web.language import english, translator

MAPPING = [("**.py", "python"), ("**.html", "jinja2")]


def texts(project: Path) -> set[str]:
    keywords = {"_": None, "marked": None, "gettext": None}
    return {row[2] for row in extract_from_dir(project / "src/wurao/web", MAPPING, keywords=keywords) if row[2]}


def test_the_catalogue_holds_what_pages_say_and_nothing_else(project):
    said = texts(project)
    assert said == english().keys()


def test_placeholders_are_kept(project):
    for zh, en in english().items():
        for mark in ("%(count)s", "%(points)s", "{count}"):
            assert (mark in zh) == (mark in en)


def test_an_unknown_text_stays_as_it_is():
    assert translator("en")("没有这句") == "没有这句"
    assert translator("zh")("申诉") == "申诉"
