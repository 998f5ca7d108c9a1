"""Robots call numbers that belong to nobody, through a real Kamailio to a real baresip; what they played links them."""

import json
import shutil
import stat
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from wurao.bench.recordings import lacking, said
from wurao.cli import cli
from wurao.core.clock import CHINA, SystemClock
from wurao.detection.linking import kept
from wurao.edge.honeypot.into_home import recordings_of
from wurao.edge.honeypot.prompt import wave_of
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

served = sys.modules["wurao_served"]
switches = sys.modules["wurao_switch"]

pytestmark = pytest.mark.e2e
LOAN = "您好我是平安普惠的客服，您名下的贷款额度已经批下来了，最高可以申请到八万元，需要的话请按一转人工"
SHARES = "尊敬的股民朋友，我们老师今天盘中抓到三只涨停股票，免费加入群聊领取明天的牛股代码，现在就来"
ROBOTS = {"13712345601": LOAN, "13712345602": SHARES, "13712345603": LOAN}
LINES = ["13900139100", "13900139101", "13900139102"]
REPORTER, REPORTERS = 13_500_000_000, 20
CALL_S = 11
APART_S = 1.2
HONEYPOT = """
[honeypot]
numbers = {numbers}
announcement = "{announcement}"
listen = "127.0.0.1:{port}"
lines = 3
call_s = {call_s}
"""
ROBOT = """sip_listen 127.0.0.1:{port}
audio_player aubridge,sink
audio_source aufile,say.wav
audio_alert aubridge,alert
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module_app account.so
module_app menu.so
"""


@pytest.fixture(scope="module", autouse=True)
def _installed():
    baresip = "" if shutil.which("baresip") else "baresip-core"
    if packages := " ".join(filter(None, (switches.missing(), lacking(), baresip))):
        pytest.skip(f"no telephones here: apt-get install -y --no-install-recommends {packages}")


@pytest.fixture(scope="module")
def switch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honeypot")
    home = switches.screening_home(folder, "", 8613900139000, 8613800000000)
    running = switches.Switch(folder, home)
    announcement = folder / "announcement.wav"
    announcement.write_bytes(wave_of(said("本机正在录音，请讲话", folder, "zh")))
    settings = HONEYPOT.format(numbers=json.dumps(LINES), announcement=announcement, port=running.phone, call_s=CALL_S)
    (home / "conf/local.d/honeypot.toml").write_text(settings)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def answering(switch):
    """The answering machine, once it answers."""
    command = [*served.WURAO, "honeypot", "answer", "--home", str(switch.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "answers 3 numbers" in process.stdout.readline()
            yield process
        finally:
            process.terminate()
            assert process.wait(20) == 0


def robot(switch, caller: str, line: str, text: str) -> list[str]:
    """Return the command that lets a robot call one line and play its recording."""
    folder = switch.folder / caller
    folder.mkdir()
    (folder / "say.wav").write_bytes(wave_of(said(text, folder, "zh")))
    port = switches.free_udp_port()
    (folder / "config").write_text(ROBOT.format(port=port))
    (folder / "accounts").write_text(f"<sip:{caller}@127.0.0.1:{port};transport=udp>;regint=0;audio_codecs=pcma\n")
    return ["baresip", "-f", ".", "-e", f"/dial sip:{line}@127.0.0.1:{switch.port}", "-t", str(CALL_S + 3)]


def told(*arguments: str | Path) -> None:
    result = CliRunner().invoke(cli, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output


def spooled(home: Path) -> list[Path]:
    return list((home / "recordings/spool").glob("*/call.json"))


def test_calls_become_facts_recordings_and_a_link(switch, answering) -> None:
    called = zip(LINES, ROBOTS.items(), strict=True)
    commands = {caller: robot(switch, caller, line, text) for line, (caller, text) in called}
    robots = []
    for caller, command in commands.items():
        robots.append(
            subprocess.Popen(command, cwd=switch.folder / caller, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        )
        time.sleep(APART_S)
    served.wait_for(lambda: len(spooled(switch.home)) == len(ROBOTS), CALL_S + 20, "the calls are over")
    for one in robots:
        assert one.wait(20) == 0

    done = served.command_line("honeypot", "file", "--home", switch.home, "--json")
    filed = json.loads(done.stdout)
    assert (filed["calls"], filed["recordings"], filed["matched"]) == (3, 3, 1), (done.stderr, filed)
    assert not spooled(switch.home)

    home = Home.open(switch.home)
    calls = [row for batch in Lake(home).read("calls", ["caller", "talk_ms", "ingress"]) for row in batch.to_pylist()]
    assert sorted(row["caller"] for row in calls) == [int(f"86{caller}") for caller in ROBOTS]
    assert {row["ingress"] for row in calls} == {"honeypot"}
    assert all((CALL_S - 2) * 1000 < row["talk_ms"] < (CALL_S + 3) * 1000 for row in calls), "nobody is held longer"

    group = {row.caller: row.group for row in recordings_of(home, KeyRing.open(home)).each()}
    loan, shares, loan_again = (group[int(f"86{caller}")] for caller in ROBOTS)
    assert loan == loan_again != shares
    book = Book.at(home.book, SystemClock())
    symbols = {caller: [row.symbol for row in book.standing_of(int(f"86{caller}"))] for caller in ROBOTS}
    book.close()
    assert symbols == {caller: ["PLAYED_RECORDING"] if text == LOAN else [] for caller, text in ROBOTS.items()}


def test_the_two_that_play_the_same_become_one_campaign(switch, answering) -> None:
    loan, _, loan_again = (int(f"86{caller}") for caller in ROBOTS)
    reports = switch.folder / "reports.csv"
    at = datetime.now(CHINA).isoformat()
    rows = [f"{REPORTER + 7919 * n},{loan},{at},loan_finance,robot" for n in range(REPORTERS)]
    reports.write_text("\n".join(["reporter,subject,occurred,category,method", *rows]))
    told("import", "reports", reports, "--home", switch.home)
    told("campaigns", "link", "--home", switch.home)

    home = Home.open(switch.home)
    path = kept.latest(home)
    assert path is not None
    [one] = kept.standing(path)
    described = kept.describe(path, Identities(KeyRing.open(home)), one.id)
    assert described is not None
    assert {member.number for member in described.members} == {loan, loan_again}, "their neighbour plays something else"
    [link] = described.links
    assert link.p_same > 0.5
    assert "recording" in link.families
    assert len(link.families) >= 2, "what is said never links alone"


def test_sound_rests_sealed_and_is_listed_masked(switch, answering) -> None:
    sounds = list((switch.home / "recordings/sound").iterdir())
    assert len(sounds) == 3
    for sound in sounds:
        assert stat.S_IMODE(sound.stat().st_mode) == 0o600
        assert not sound.read_bytes().startswith(b"RIFF")
    listed = json.loads(CliRunner().invoke(cli, ["honeypot", "list", "--home", str(switch.home), "--json"]).stdout)
    assert sorted(row["callers"] for row in listed) == [1, 2, 2]
    assert not [row for row in listed if any(caller in row["caller"] for caller in ROBOTS)]


def test_a_number_that_is_no_line_is_not_answered(switch, answering) -> None:
    with pytest.raises(AssertionError, match="404"):
        switch.call("answered", "13712345604", "13900139199")
