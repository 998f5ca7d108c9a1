"""baresip (Debian: baresip-core) as the telephone of honeypot lines: its configuration, and what it tells of calls.

One account a number, so that a call to any other number is answered 404. It answers by itself, plays the prompt, hangs
up at the prompt's end, and its module ``sndfile`` writes what the caller says. No module is loaded that can dial; its
control port of loopback tells events and knows no command. Version 1.0.0 names a recording by the second, so calls
answered within one second share a file: both recordings are given up.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from wurao.core.errors import ConfigError

MODULES: Final = Path("/usr/lib/baresip/modules")
_MOST_EVENT: Final = 65_536
_DIGITS: Final = 6


class Event(msgspec.Struct, frozen=True):
    """A call was answered or is over: its Call-ID, the number called and the caller's as it came (may be empty)."""

    kind: str
    call_id: str
    callee: str
    caller: str


def write_configuration(folder: Path, listen: str, control: str, numbers: Sequence[str], lines: int) -> None:
    """Write ``config`` and ``accounts`` into the folder that baresip runs in, beside ``prompt.wav``."""
    host, _, port = listen.partition(":")
    first = 10_000 + int(port) % 20_000 * 2
    settings = {
        "sip_listen": listen,
        "call_max_calls": "1",
        "call_local_timeout": "10",
        "audio_player": "aubridge,sink",
        "audio_source": "aufile,prompt.wav",
        "audio_alert": "aubridge,alert",
        "rtp_ports": f"{first}-{first + 2 * lines - 1}",
        "rtp_timeout": "15",
        "module_path": str(MODULES),
        "snd_path": ".",
        "ctrl_tcp_listen": control,
    }
    modules = [f"module {name}.so" for name in ("g711", "aufile", "aubridge", "sndfile")]
    apps = [f"module_app {name}.so" for name in ("account", "ctrl_tcp")]
    lines_of = [f"{name} {value}" for name, value in settings.items()]
    (folder / "config").write_text("\n".join([*lines_of, *modules, *apps, ""]))
    options = "regint=0;answermode=auto;audio_codecs=pcma,pcmu"
    accounts = [f"<sip:{number}@{host}:{port};transport=udp>;{options}" for number in numbers]
    (folder / "accounts").write_text("\n".join([*accounts, ""]))


async def events(reader: asyncio.StreamReader) -> AsyncIterator[Event]:
    """Yield what baresip tells (JSON in netstrings) until it closes; raises ConfigError if it is no baresip."""
    while size := await _size(reader):
        if size > _MOST_EVENT:
            raise ConfigError("what listens on the control port isn't baresip")
        told = await reader.readexactly(size + 1)
        event = _event(told[:-1])
        if event is not None:
            yield event


async def _size(reader: asyncio.StreamReader) -> int:
    try:
        digits = (await reader.readuntil(b":"))[:-1]
    except asyncio.IncompleteReadError:
        return 0
    if not digits.isdigit() or len(digits) > _DIGITS:
        raise ConfigError("what listens on the control port isn't baresip")
    return int(digits)


def _event(told: bytes) -> Event | None:
    try:
        fields = json.loads(told)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("class") != "call" or not fields.get("id"):
        return None
    return Event(
        str(fields.get("type")),
        str(fields["id"])[:128],
        _user(str(fields.get("accountaor", ""))),
        _user(str(fields.get("peeruri", ""))),
    )


def _user(uri: str) -> str:
    return uri.removeprefix("sip:").partition("@")[0].partition(";")[0][:64]
