import shutil
import subprocess
from pathlib import Path

import pytest

from wurao.core.errors import ConfigError, StoreError
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import SIZES, KeyRing


def test_keys_are_made_once_and_owner_only(home: Home) -> None:
    first = KeyRing.open(home)
    again = KeyRing.open(home)
    for purpose, size in SIZES.items():
        assert first.newest(purpose) == again.newest(purpose)
        assert len(first.newest(purpose).secret) == size
        assert (home.folder("keys") / f"{purpose}-1.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("loose", ["keys", "keys/join-1.key"])
def test_keys_that_others_may_read_are_refused_with_the_chmod(home: Home, loose: str) -> None:
    KeyRing.open(home)
    (home.path / loose).chmod(0o744)
    with pytest.raises(ConfigError, match="chmod 700") as refused:
        KeyRing.open(home)
    subprocess.run(str(refused.value.mend), shell=True, check=True)  # noqa: S602 - the mend is a shell line
    KeyRing.open(home)


def test_a_lost_key_is_not_replaced_while_facts_hang_on_it(home: Home) -> None:
    KeyRing.open(home)
    (home.folder("keys") / "join-1.key").unlink()
    (home.folder("lake") / "calls").mkdir()
    (home.folder("lake") / "calls" / "part.parquet").touch()
    with pytest.raises(ConfigError, match="join key is missing"):
        KeyRing.open(home)


@pytest.mark.parametrize("content", [b"", b"zz", b"\0" * 64, b"ab" * 4])
def test_a_damaged_key_is_refused(home: Home, content: bytes) -> None:
    KeyRing.open(home)
    (home.folder("keys") / "seal-1.key").write_bytes(content)
    with pytest.raises(ConfigError, match="damaged"):
        KeyRing.open(home)


def test_a_stray_file_is_no_key(home: Home) -> None:
    stray = home.folder("keys") / "mine.key"
    stray.touch(mode=0o600)
    with pytest.raises(ConfigError, match="no key of a home"):
        KeyRing.open(home)


def test_a_new_seal_key_seals_and_the_old_still_opens(home: Home) -> None:
    keys = KeyRing.open(home)
    old = Identities(keys).seal(13_800_138_000)
    keys.rotate("seal")
    renewed = Identities(KeyRing.open(home))
    new = renewed.seal(13_800_138_000)
    assert old != new
    assert renewed.unseal(old) == renewed.unseal(new) == 13_800_138_000
    (home.folder("keys") / "seal-1.key").unlink()
    with pytest.raises(StoreError, match="seal key 1 is missing"):
        Identities(KeyRing.open(home)).unseal(old)


def test_the_join_key_is_not_rotated_alone(home: Home) -> None:
    with pytest.raises(ConfigError, match="join key can't be rotated"):
        KeyRing.open(home).rotate("join")


def test_openssl_reads_the_public_half(home: Home) -> None:
    KeyRing.open(home).rotate("sign")
    pem = home.folder("public") / "sign-2.pem"
    openssl = shutil.which("openssl")
    assert openssl
    told = subprocess.run([openssl, "pkey", "-pubin", "-in", pem, "-noout", "-text"], capture_output=True, check=True)
    assert b"ED25519" in told.stdout


def test_a_backup_restores_with_tar_alone(home: Home, tmp_path: Path) -> None:
    keys = KeyRing.open(home)
    keys.backup(tmp_path / "keys.tar")
    assert (tmp_path / "keys.tar").stat().st_mode & 0o777 == 0o600
    other = Home.create(tmp_path / "other")
    subprocess.run(["tar", "-xf", tmp_path / "keys.tar", "-C", other.path], check=True)
    assert KeyRing.open(other).newest("join") == keys.newest("join")


def test_a_fingerprint_gives_nothing_away(home: Home) -> None:
    key = KeyRing.open(home).newest("join")
    assert len(key.fingerprint) == 16
    assert key.fingerprint not in key.secret.hex()
