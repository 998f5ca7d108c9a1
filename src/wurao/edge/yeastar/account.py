"""The account at a PBX: where it is, and a TOML file of this user alone that says who we are there."""

import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from wurao.core.errors import ConfigError
from wurao.store.durable import disk

PATH: Final = "/openapi/v1.0"
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_OTHERS: Final = 0o077


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says: ID and secret of the PBX's API; ``certificate`` is a file with the PBX's own or its CA's.

    ``number`` is the called number where the PBX tells an extension only.
    """

    client_id: str
    client_secret: str
    certificate: str = ""
    number: str = ""


def account_in(path: Path) -> Account:
    """Read the account; raises ConfigError where the file isn't this user's alone or says something else."""
    with disk(path):
        mode = path.stat().st_mode
        content = path.read_bytes()
    if mode & _OTHERS:
        raise ConfigError("others may read this secret", where=str(path), mend=f"chmod 600 {path}")
    try:
        return msgspec.toml.decode(content, type=Account)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        mend = 'it has client_id = "…" and client_secret = "…"'
        raise ConfigError(f"that is no account: {problem}", where=str(path), mend=mend) from None


def base_of(url: str) -> str:
    """Return the address of the PBX's API; raises ConfigError unless it is https, or http on this machine."""
    parts = urlsplit(url)
    if not parts.hostname or parts.query or parts.username:
        raise ConfigError("that is no address of a PBX", where=url, mend="https://HOST:8088")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigError("the secret would travel in clear", where=url, mend=f"https://{parts.netloc}")
    return f"{parts.scheme}://{parts.netloc}{PATH}"


def trust(account: Account) -> ssl.SSLContext:
    """Return whom to trust: what the machine trusts, and the account's certificate; raises ConfigError."""
    context = ssl.create_default_context()
    if account.certificate:
        try:
            context.load_verify_locations(account.certificate)
        except OSError as problem:  # ssl.SSLError is one
            mend = "name a file in PEM"
            raise ConfigError(f"no certificate: {problem}", where=account.certificate, mend=mend) from None
    return context
