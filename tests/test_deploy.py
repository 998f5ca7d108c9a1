"""What lies in deploy/ names only what exists: commands, options, metrics; and the runbook explains every alarm."""

import configparser
import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from wurao.cli import COMMANDS, cli
from wurao.screening import config

ROOT = Path(__file__).parents[1]
UNITS = sorted(ROOT.glob("deploy/systemd/**/*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "UMask": "0077",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
}


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser["Service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_exists_and_is_hardened(path: Path) -> None:
    service = unit(path)
    program, name, *arguments = shlex.split(service["ExecStart"])
    assert program.endswith("/.venv/bin/wurao")
    assert name in COMMANDS
    command = cli.get_command(click.Context(cli), name)
    assert command
    known = {option for parameter in command.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= known
    lists_addresses = " AF_NETLINK" if name == "honeypot" else ""  # baresip looks for the address of its sound
    families = HARDENED["RestrictAddressFamilies"] + lists_addresses
    assert {key: service[key] for key in HARDENED} == HARDENED | {"RestrictAddressFamilies": families}


def test_kamailio_runs_as_the_service_does_and_with_tlsf() -> None:
    kamailio = unit(ROOT / "deploy/systemd/kamailio.service.d/wurao.conf")
    assert kamailio["User"] == unit(ROOT / "deploy/systemd/wurao.service")["User"]
    assert "-x tlsf -X tlsf" in kamailio["ExecStart"]


def test_the_chinese_profile_is_a_sound_policy(tmp_path: Path) -> None:
    (tmp_path / "local.d").mkdir()
    shutil.copy(ROOT / "deploy/kamailio/china.toml", tmp_path / "local.d")
    settings = config.load(tmp_path).policy.settings
    assert (settings["default"].answer, settings["default"].label) == ("q850", "none")
    assert settings["announced"].answer == "announce"


def test_alarms_speak_of_metrics_that_are_documented() -> None:
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    documented = (ROOT / "docs/metrics.md").read_text()
    for metric in set(re.findall(r"wurao_\w+", alerts)):
        assert f"`{metric.removesuffix('_bucket')}" in documented, metric


@pytest.mark.parametrize(("days_ago", "fires"), [(1, ""), (3, "0s"), (None, "2d")])
def test_a_night_is_missed_two_days_after_the_last_run_or_after_the_first_that_never_was(
    days_ago: int | None, fires: str
) -> None:
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    rules = re.findall(r"alert: WuraoNightMissed\n +expr: (.+)\n(?: +for: (.+)\n)?", alerts)
    now = 20_000 * 86_400
    at = str(now - days_ago * 86_400) if days_ago else "0"  # what the metric says before the first run
    asked = [expr.replace("wurao_daily_run_timestamp_seconds", at).replace("time()", str(now)) for expr, _ in rules]
    waits = [wait or "0s" for expr, (_, wait) in zip(asked, rules, strict=True) if eval(expr)]  # noqa: S307 - our own file
    assert waits == ([fires] if fires else [])


def test_every_alarm_is_in_the_runbook() -> None:
    alarms = re.findall(r"alert: (\w+)", (ROOT / "deploy/prometheus/alerts.yml").read_text())
    runbook = (ROOT / "docs/operate.md").read_text()
    assert alarms
    assert all(f"| {alarm} |" in runbook for alarm in alarms)


DASHBOARD = json.loads((ROOT / "deploy/grafana/wurao.json").read_text())
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
LABEL = re.compile(r"by \(([\w, ]+)\)|\{(\w+)[=~!]|\{\{(\w+)\}\}")


def metrics() -> dict[str, set[str]]:
    """Each metric of docs/metrics.md with its labels."""
    rows = re.findall(r"^\| `(wurao_\w+)(?:\{([^}]*)\})?` \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    return {name: set(labels.replace(" ", "").split(",")) for name, labels in rows}


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    assert DASHBOARD["uid"]
    assert DASHBOARD["title"] == "wurao"
    assert DASHBOARD["schemaVersion"] >= 36
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + 8)}
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells
        assert panel["datasource"]["uid"] == "${source}"
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$(?!__)\{?(\w+)", json.dumps(panels)))
    assert used <= variables


def test_the_dashboard_asks_for_metrics_and_labels_that_exist() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/wurao").rglob("*.py"))
    documented = metrics()
    asked = {name for text in EXPRESSIONS for name in re.findall(r"wurao_\w+", text)}
    assert asked
    for metric in asked:
        name = metric.removesuffix("_bucket")
        assert name in documented, metric
        assert f'"{name.removesuffix("_total")}' in source, metric
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            said = LABEL.findall(f"{target['expr']} {target['legendFormat']}")
            labels = {label for found in said for part in found for label in part.replace(" ", "").split(",") if label}
            known = {
                label for name in re.findall(r"wurao_\w+?(?=_bucket|\b)", target["expr"]) for label in documented[name]
            }
            assert labels <= {"le", *known}, panel["title"]


@pytest.mark.parametrize("subject", ["calls_total", "fail_opens", "seconds_bucket", "waiting", "reports", "appeals"])
def test_the_dashboard_shows(subject: str) -> None:
    assert any(subject in text for text in EXPRESSIONS)
