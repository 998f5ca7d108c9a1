from pathlib import Path

import pytest

from wurao.core.errors import ConfigError
from wurao.screening import config
from wurao.screening.compiled_policy import NEVER
from wurao.screening.compiling import compiled
from wurao.screening.config_lines import key_lines


def local(tmp_path: Path, text: str, layer: str = "local.d", name: str = "mine.toml") -> Path:
    path = tmp_path / layer / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return tmp_path


def refused(conf: Path) -> str:
    with pytest.raises(ConfigError) as problem:
        config.load(conf)
    return problem.value.diagnostics()


def test_the_shipped_policy_is_sound_and_every_symbol_speaks_both_languages() -> None:
    policy = config.load().policy
    for name, rule in policy.rules.items():
        assert rule.title_zh, name
        assert rule.title_en, name
        assert bool(rule.text_zh) == bool(rule.text_en), name
    assert policy.thresholds["2"].reject == 15


def test_local_merges_a_single_key(tmp_path: Path) -> None:
    loaded = config.load(local(tmp_path, "[symbols.REPORTED]\nweight = 18\n"))
    assert loaded.policy.symbols["REPORTED"].weight == 18
    assert loaded.policy.symbols["REPORTED"].title_zh
    assert loaded.origins["symbols", "REPORTED", "weight"] == "local.d/mine.toml:2"


def test_override_replaces_the_entry_it_names(tmp_path: Path) -> None:
    policy = config.load(local(tmp_path, "[thresholds.2]\nlabel = 8\n", "override.d")).policy
    assert policy.thresholds["2"].reject is None
    assert policy.thresholds["3"].reject == 10


def test_override_wins_over_local(tmp_path: Path) -> None:
    local(tmp_path, "[budget]\nwindow_days = 3\n")
    policy = config.load(local(tmp_path, "[budget]\nwindow_days = 9\nfalse_blocks = 1\n", "override.d")).policy
    assert policy.budget.window_days == 9


def test_an_unknown_key_names_file_and_line(tmp_path: Path) -> None:
    conf = local(tmp_path, "# mine\n\n[symbols.REPORTED]\nweight = 3\nwieght = 4\n")
    assert refused(conf) == "local.d/mine.toml:5: unknown key 'symbols.REPORTED.wieght'"


def test_an_unknown_table_names_file_and_line(tmp_path: Path) -> None:
    assert refused(local(tmp_path, "\n[treshold.1]\nlabel = 3\n")).startswith("local.d/mine.toml:2: unknown key")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('[symbols.REPORTED]\nweight = "heavy"\n', ":2:", "got `str`"),
        ("[thresholds.4]\nlabel = 3\n", ":1:", "Invalid enum value"),
        ("[thresholds.2]\nreject = 9\n", ":2:", "a range alone could reject"),
        ("[thresholds.2]\nlabel = 16\n", ":2:", "needs more points"),
        ('[symbols.REPORTED]\ngroup = "none"\n', ":2:", "no group"),
        ('[symbols.REPORTED]\ngroup = "form"\n', ":2:", "of stage 'call'"),
        ('[composites.X]\nstage="standing"\nwhen="REPORTED and OVERSEAS_NUMBER"\n', ":1:", "lacks"),
        ('[composites.ROBOT_AND_REPORTED]\nwhen="REPORTED and OVERSEAS_NUMBER"\n', ":2:", "OVERSEAS_NUMBER"),
        ('[composites.ROBOT_AND_REPORTED]\nwhen="not REPORTED"\n', ":2:", "every call would have it"),
        ('[composites.ROBOT_AND_REPORTED]\nwhen="exec(1)"\n', ":2:", "no symbol's name"),
        ('[settings.a]\ningress=["x"]\n[settings.b]\ningress=["x"]\n', ":4:", "already"),
        ('[settings.a]\ningress=["international-east"]\n[settings.b]\ningress=["international-eire"]\n', ":4:", "15"),
        ("[settings.default]\nweights.REPORTED = 2\n", ":2:", "when the call comes in"),
        ('[maps.deny]\nsymbol = "NOPE"\n', ":2:", "NOPE"),
        ("[thresholds.2\n", ":1:", "no TOML"),
        ('a = """\n', ":", "no TOML"),
        ('[appeal]\ncode_command = ["call-back"]\n', ":2:", "whole path"),
        ('[appeal]\nshort_code = "10086-999"\n', ":2:", "short_code"),
        ('[appeal]\ncode_also = ["1;rm"]\n', ":2:", "code_also"),
        ('[settings.default]\nanswer = "announce"\n', ":2", "announce needs the announcement"),
        ('[settings.untrusted]\nlabel = "pai"\n', ":2", "would vouch for a number"),
        ('[settings.default]\nannouncement = "sip:a@b>\\r\\nX: y"\n', ":2", "announcement"),
    ],
)
def test_every_contradiction_names_its_line(tmp_path: Path, text: str, where: str, what: str) -> None:
    said = refused(local(tmp_path, text))
    assert f"mine.toml{where}" in said
    assert what in said


def test_several_problems_are_told_at_once(tmp_path: Path) -> None:
    said = refused(local(tmp_path, "[budget]\nx = 1\ny = 2\n"))
    assert "mine.toml:2" in said
    assert "mine.toml:3" in said


def test_a_file_that_is_no_utf8_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "local.d" / "gb.toml"
    path.parent.mkdir()
    path.write_bytes("# 勿扰\n".encode("gb18030"))
    assert "UTF-8" in refused(tmp_path)


def test_lines_are_found_in_every_style() -> None:
    text = '[a]\nb.c = 1\n"d e" = """\nf = 2\n"""\n[x."y.z"] # note\nk = [\n 1,\n]\n'
    lines = key_lines(text)
    assert lines["a", "b", "c"] == 2
    assert lines["a", "d e"] == 3
    assert ("a", "f") not in lines
    assert lines["x", "y.z"] == 6
    assert lines["x", "y.z", "k"] == 7


def test_over_an_own_trunk_only_thresholds_of_its_own_hold(tmp_path: Path) -> None:
    conf = local(
        tmp_path,
        """
[settings.hosted]
ingress = ["hosted"]
origin = "own"
[settings.strict]
ingress = ["strict"]
origin = "own"
thresholds.3.reject = 12
""",
    )
    policy = config.load(conf).policy
    assert policy.own_trunks == ("hosted", "strict")
    law = compiled(policy)
    assert set(law.settings[law.ingress["hosted"]].thresholds) == {(NEVER,) * 4}
    assert law.settings[law.ingress["strict"]].thresholds[2] == (NEVER, NEVER, NEVER, 120)
    assert law.settings[0].thresholds[2] != (NEVER,) * 4
