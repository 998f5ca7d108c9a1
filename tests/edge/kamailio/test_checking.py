"""What the doctor says of a Kamailio: by texts of configurations, by processes of paper, and with Debian's own."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wurao.core.errors import InputError
from wurao.edge import ring
from wurao.edge.kamailio import checking
from wurao.edge.kamailio.configured import configured
from wurao.edge.kamailio.examining import examined
from wurao.edge.kamailio.processes import Process, may_read, running
from wurao.edge.nouns import Finding
from wurao.edge.ringless import Ringless

DEPLOY = Path(__file__).parents[3] / "deploy/kamailio"
PROGRAM = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin")


def wrong(findings: Any) -> dict[str, Finding]:
    return {one.name: one for one in findings if not one.ok}


def written(folder: Path, text: str) -> Path:
    for name in ("wurao.cfg", "wurao_kemi.py"):
        shutil.copy(DEPLOY / name, folder)
    path = folder / "kamailio.cfg"
    path.write_text(text)
    return path


def test_the_sample_is_sound() -> None:
    assert not wrong(checking.judged(configured(DEPLOY / "kamailio.cfg")))


def test_the_modules_are_those_that_the_fragment_names() -> None:
    named = re.search(r"# Needs ([^.]+)\.", (DEPLOY / "wurao.cfg").read_text())
    assert named
    assert sorted(named[1].split(", ")) == sorted(checking.NEEDED)


@pytest.mark.parametrize(
    ("was", "becomes", "name", "detail"),
    [
        ('loadmodule "rtimer.so"', "", "kamailio config", "not loaded: rtimer"),
        ('loadmodule "rtimer.so"', '# loadmodule "rtimer.so"', "kamailio config", "not loaded: rtimer"),
        ('loadmodule "rtimer.so"', '/* loadmodule "rtimer.so" */', "kamailio config", "not loaded: rtimer"),
        ('include_file "wurao.cfg"', "", "kamailio config", "doesn't include wurao.cfg"),
        ("\t\troute(WURAO);", "", "kamailio route", "route(WURAO)"),
        ("\troute(WURAO_FAILED);", "", "kamailio 607", "never called: WURAO_FAILED"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, was: str, becomes: str, name: str, detail: str) -> None:
    text = (DEPLOY / "kamailio.cfg").read_text()
    assert was in text
    found = wrong(checking.judged(configured(written(tmp_path, text.replace(was, becomes)))))
    assert detail in found[name].detail
    assert found[name].ok is False
    assert found[name].mend


def test_other_ways_of_writing_it(tmp_path: Path) -> None:
    text = (DEPLOY / "kamailio.cfg").read_text()
    text = text.replace('"rtimer.so"', '"/usr/lib/kamailio/modules/rtimer"').replace('"htable.so"', '"htable"')
    text = f'#!define WURAO_SCRIPT "/opt/wurao_kemi.py"\nalias="sip://a#b"\n{text}'
    config = configured(written(tmp_path, text))
    assert not wrong(checking.judged(config))
    assert config.defined["WURAO_SCRIPT"] == "/opt/wurao_kemi.py"
    assert config.asked == {"NEXT_HOP"}


def test_files_that_include_each_other_without_end(tmp_path: Path) -> None:
    path = written(tmp_path, 'include_file "kamailio.cfg"\ninclude_file "gone.cfg"\n')
    assert configured(path).files == ("kamailio.cfg",)
    for n in range(150):
        (tmp_path / f"{n}.cfg").write_text(f'include_file "{n + 1}.cfg"\n')
    with pytest.raises(InputError, match="include each other"):
        configured(tmp_path / "0.cfg")


def test_kamailio_itself_is_asked(tmp_path: Path) -> None:
    if not PROGRAM:
        pytest.skip("no real Kamailio here: apt-get install kamailio kamailio-python3-modules")
    assert checking.version(PROGRAM).ok
    assert checking.parsed(PROGRAM, configured(DEPLOY / "kamailio.cfg"), []).ok
    broken = written(tmp_path, (DEPLOY / "kamailio.cfg").read_text().replace("request_route {", "request_route {{"))
    refused = checking.parsed(PROGRAM, configured(broken), ['NEXT_HOP="sip:127.0.0.1"'])
    assert refused.ok is False
    assert "parse error" in refused.detail


def process(folder: Path, *arguments: str, user: int | None = None, **environment: str) -> Process:
    told = {"WURAO_HOME": str(folder), "WURAO_SITE": str(folder), "WURAO_RINGS": str(folder / "rings")} | environment
    return Process(7, ("kamailio", *arguments), told, os.getuid() if user is None else user, frozenset())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/CURRENT").touch()
    (tmp_path / "public").mkdir()
    ring.make_folder(tmp_path / "rings")
    (tmp_path / "wurao_kemi.py").touch()
    return tmp_path


SOUND = ("-x", "tlsf", "-Xtlsf")


def judged(one: Process, home: Path) -> dict[str, Finding]:
    return wrong(checking.process_judged(one, home, str(home / "wurao_kemi.py")))


def test_a_process_that_is_sound(home: Path) -> None:
    assert judged(process(home, *SOUND), home).keys() <= {"without ring", "kamailio python"}


@pytest.mark.parametrize(
    ("arguments", "changed", "name", "detail"),
    [
        (("-x", "tlsf"), {}, "kamailio memory", "not tlsf"),
        ((), {}, "kamailio memory", "not tlsf"),
        (SOUND, {"WURAO_HOME": "/elsewhere"}, "kamailio env", "WURAO_HOME is /elsewhere"),
        (SOUND, {"WURAO_SITE": "/nowhere"}, "kamailio env", "WURAO_SITE is no folder"),
        ((*SOUND, "-A", 'WURAO_SCRIPT="/gone.py"'), {}, "kamailio script", "no such file: /gone.py"),
        (SOUND, {"WURAO_RINGS": "/nowhere/rings"}, "kamailio rings", "there are none"),
    ],
)
def test_a_process_that_is_not(
    home: Path, arguments: tuple[str, ...], changed: dict[str, str], name: str, detail: str
) -> None:
    found = judged(process(home, *arguments, **changed), home)[name]
    assert detail in found.detail
    assert found.mend


def test_a_process_of_another_user(home: Path) -> None:
    stranger = process(home, *SOUND, user=54_321)
    home.chmod(0o700)
    found = judged(stranger, home)
    assert "user 54321 can't read" in found["kamailio tables"].detail
    assert found["kamailio rings"].ok is False
    assert not may_read(home / "public", stranger)


def test_calls_without_a_ring_are_a_figure(home: Path) -> None:
    counting = Ringless(home / "rings")
    counting.count()
    counting.close()
    found = judged(process(home, *SOUND), home)["without ring"]
    assert (found.ok, found.detail[:7]) == (None, "1 calls")
    (home / "rings").chmod(0o755)
    assert judged(process(home, *SOUND), home)["kamailio rings"].ok is False


def test_a_process_that_cannot_be_looked_into(home: Path) -> None:
    closed = Process(7, ("kamailio", *SOUND), None, os.getuid(), frozenset())
    assert "can't be looked into" in judged(closed, home)["kamailio env"].detail


def test_python_is_compared(tmp_path: Path) -> None:
    module = tmp_path / "kamailio/modules/app_python3.so"
    module.parent.mkdir(parents=True)
    module.write_bytes(b"\x7fELF\0libpython3.11.so.1.0\0")
    places = (str(tmp_path),)
    assert checking.libpython("/opt/.venv/lib/python3.11/site-packages", places).ok
    assert checking.libpython("/opt/.venv/lib/python3.12/site-packages", places).ok is False
    assert checking.libpython("/opt/site", places).ok is None
    assert checking.libpython("/opt/site", ()).ok is None


def test_proc_is_read_as_it_is(tmp_path: Path) -> None:
    for pid, parent, comm in ((10, 1, "kamailio"), (11, 10, "kamailio"), (12, 1, "cat"), (13, 1, "kamailio")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "comm").write_text(f"{comm}\n")
        (folder / "status").write_text(f"PPid:\t{parent}\nUid:\t0\t5\t5\t5\nGid:\t0\t6\t6\t6\nGroups:\t7 8\n")
        (folder / "cmdline").write_bytes(b"/usr/sbin/kamailio\0-f\0x.cfg\0")
        (folder / "environ").write_bytes(b"WURAO_HOME=/srv/wurao\0\xff\0")
    (tmp_path / "13/status").unlink()  # it ends just now
    (found,) = running(tmp_path)
    assert (found.pid, found.user, found.groups, found.given("-f")) == (10, 5, frozenset({6, 7, 8}), ["x.cfg"])
    assert found.environment
    assert found.environment["WURAO_HOME"] == "/srv/wurao"


def test_where_there_is_none_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert [(one.name, one.ok) for one in examined(tmp_path)] == [("kamailio", None)]


def test_a_kamailio_that_does_something_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wurao.edge.kamailio.examining.USUAL", written(tmp_path, 'loadmodule "tm.so"\n'))
    monkeypatch.setattr("wurao.edge.kamailio.examining.running", list)
    (found,) = examined(tmp_path)
    assert found.ok is None
    stranger = Process(7, ("kamailio", "-f", "/nowhere/kamailio.cfg"), None, 54_321, frozenset())
    monkeypatch.setattr("wurao.edge.kamailio.examining.running", lambda: [stranger])
    (found,) = examined(tmp_path)
    assert found.ok is None
    named = wrong(examined(tmp_path, tmp_path / "kamailio.cfg"))
    assert named["kamailio config"].ok is False
    assert wrong(examined(tmp_path, tmp_path / "gone.cfg"))["kamailio config"].ok is False


def test_the_program_is_asked_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("kamailio", 1)

    monkeypatch.setattr("subprocess.run", slow)
    assert checking.version("kamailio").ok is None
    assert checking.parsed("kamailio", configured(DEPLOY / "kamailio.cfg"), []).ok is None
