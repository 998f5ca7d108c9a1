import os
import subprocess
import sys
from pathlib import Path

import pytest

from wurao.core.errors import ConfigError, StoreError
from wurao.store.home import VERSION, Home, default_path, version_at
from wurao.store.upgrade import upgrade

OTHER = """
import sys
from pathlib import Path
from wurao.store.home import Home
with Home.open(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_home_made_twice_is_the_same_home(tmp_path: Path) -> None:
    Home.create(tmp_path / "home")
    (tmp_path / "home" / "book.db").touch()
    assert Home.create(tmp_path / "home").book.exists()
    assert version_at(tmp_path / "home") == VERSION


def test_secrets_and_facts_are_for_the_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home.create(tmp_path / "home")
    finally:
        os.umask(before)
    modes = {name: home.folder(name).stat().st_mode & 0o777 for name in ("keys", "lake", "journal", "tables")}
    assert modes == {"keys": 0o700, "lake": 0o700, "journal": 0o700, "tables": 0o755}


def test_a_home_killed_while_made_is_made_on_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / ".VERSION.new").touch()
    assert Home.create(tmp_path).folder("lake").is_dir()


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ConfigError, match=r"thesis\.tex"):
        Home.create(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_no_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no wurao home lies here"):
        Home.open(tmp_path / "nowhere")


@pytest.mark.parametrize(("text", "mend"), [("0", "wurao upgrade"), ("99", "newer wurao"), ("x\0", "backup")])
def test_a_home_of_another_version_is_refused_with_its_mend(tmp_path: Path, text: str, mend: str) -> None:
    home = Home.create(tmp_path / "home")
    (home.path / "VERSION").write_text(text)
    with pytest.raises(StoreError, match=mend):
        Home.open(home.path)


def test_a_second_process_is_refused_by_the_first_ones_pid(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(StoreError, match=rf"pid {other.pid}\b"), home.lock():
            pass
        other.kill()
    with home.lock():  # a killed process holds nothing
        home.require_lock()
    with pytest.raises(StoreError, match="reading only"):
        home.require_lock()


def test_the_default_home(tmp_path: Path) -> None:
    assert default_path({"WURAO_HOME": str(tmp_path)}) == tmp_path
    assert default_path({}).name == "wurao"


def test_upgrade_runs_each_step_once_and_in_order(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    done: list[int] = []
    steps = {1: lambda _: done.append(1), 2: lambda _: done.append(2)}
    assert upgrade(home.path, steps, 3) == (1, 3)
    assert upgrade(home.path, steps, 3) == (3, 3)
    assert done == [1, 2]
    with pytest.raises(StoreError, match="newer"):
        upgrade(home.path)
    with pytest.raises(StoreError, match="version 3 can't"):
        upgrade(home.path, steps, 4)


def test_upgrade_has_nothing_to_do_in_a_home_of_today(tmp_path: Path) -> None:
    assert upgrade(Home.create(tmp_path / "home").path) == (VERSION, VERSION)
    with pytest.raises(StoreError, match="no wurao home"):
        upgrade(tmp_path / "nowhere")
