"""``wurao classify`` on the command line: a file, standard input, training, and one line for what is unusable."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow import csv, parquet

from wurao.cli import cli
from wurao.detection.text.tabled import labelled_texts

WORDS = {
    "loan_finance": "无抵押 贷款 放款 月息 额度 借款",
    "real_estate": "楼盘 首付 学区房 均价 公寓 商铺",
}


def run(*args: object, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args], input=text)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    rows = [
        f"{''.join(words.split()[i % 3 : i % 3 + 4])}{i},{label},{label}{i // 2}"
        for label, words in WORDS.items()
        for i in range(12)
    ]
    path.write_text("\n".join(["text,label,template", *rows]) + "\n", encoding="utf-8")
    return path


def test_rules_classify_a_file_and_write_it(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "told.parquet"
    done = run("classify", table, "--text", "text", "--out", out, "--home", tmp_path / "home", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["texts"] == 24
    assert told["answered"] == sum(n for name, n in told["categories"].items() if name != "unknown") > 12
    written = parquet.read_table(out)
    assert written.column_names == ["text", "label", "template", "said_label", "category", "probability"]


def test_lines_from_standard_input(tmp_path: Path) -> None:
    done = run("classify", "-", "--home", tmp_path / "home", "--json", text="无抵押贷款秒到账\n你好\n")
    assert [one["category"] for one in json.loads(done.stdout)["said"]] == ["loan_finance", "unknown"]
    assert run("classify", "-", "--home", tmp_path / "home", text="无抵押贷款\n").stdout.startswith("loan_finance")


def test_evaluate_has_the_keys_of_the_contract(table: Path) -> None:
    pytest.importorskip("sklearn", reason="pip install 'wurao[ml]'")
    args = ("--train", table, "--test", table, "--text", "text", "--label", "label", "--group", "template")
    done = run("classify", "evaluate", *args, "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert {"accuracy", "macro_f1", "per_class", "curve"} <= figures.keys()
    assert figures["shared"] == 24
    assert "also learnt from" in done.stderr


def test_without_groups_one_script_belongs_together(tmp_path: Path) -> None:
    scripts = {
        "retail": ["商场周年庆全场满减欢迎光临", "专柜新品上市会员专享双倍积分", "清仓特卖最后三天抢购从速"],
        "real_estate": ["学区房首付低至三成地铁口现房", "商铺出售均价公开即买即租", "精装公寓开盘置业热线欢迎咨询"],
    }
    rows = [f"{one}{no}号,{label}" for label, some in scripts.items() for one in some for no in (1, 27, 358)]
    path = tmp_path / "texts.csv"
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    groups = labelled_texts(path, "text", "label").groups
    assert [len(set(groups[at : at + 3])) for at in range(0, 18, 3)] == [1] * 6
    assert len(set(groups)) == 6


def test_a_trained_model_judges_from_then_on(table: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="pip install 'wurao[ml]'")
    home = tmp_path / "home"
    args = ("--data", table, "--text", "text", "--label", "label", "--licence", "own", "--home", home)
    assert json.loads(run("classify", "train", *args, "--json").stdout)["state"] == "champion"
    assert "shadow" in run("classify", "train", *args).stdout
    assert "version 2" in run("classify", "promote", 2, "--home", home).stdout
    done = run("classify", "-", "--home", home, "--json", text="学区房 首付 均价\n")
    (said,) = json.loads(done.stdout)["said"]
    assert said["category"] == "real_estate"
    assert 0.5 <= said["probability"] <= 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("{table}",), "--text names the column"),
        (("{table}", "--text", "nothing"), "no column 'nothing'"),
        (("{none}", "--text", "text"), "no readable table"),
        (("train", "--data", "{table}", "--text", "text", "--label", "text"), "has 1 texts"),
        (("train", "--data", "{table}", "--text", "text", "--label", "label", "--name", "../x"), "letters, digits"),
        (("promote", "7"), "no version 7"),
    ],
)
def test_what_is_unusable_is_one_line(args: tuple[str, ...], said: str, table: Path, tmp_path: Path) -> None:
    given = [arg.format(table=table, none=tmp_path / "none.csv") for arg in args]
    home = tmp_path / "home"
    run("classify", "-", "--home", home, text="")
    done = run("classify", *given, "--home", home)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_csv_out_has_a_row_a_text(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "told.csv"
    run("classify", table, "--text", "text", "--out", out, "--home", tmp_path / "home")
    assert csv.read_csv(out).num_rows == 24
