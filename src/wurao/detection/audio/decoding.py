"""Foreign recordings as samples: 8 kHz, mono, 16 bit – decoded by ffmpeg in a process of its own, within bounds.

Decoders of foreign bytes are where programs break. So ffmpeg gets its input on a pipe and no other protocol, only
the formats named here (no play list that opens other files), and limits on processor time, memory, open files, seconds
of sound and time on the clock. The libraries are those that fpcalc brings anyway.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import ConfigError, InputError

Samples = npt.NDArray[np.int16]

RATE: Final = 8000
"""Samples a second: what a telephone carries."""
FORMATS: Final = ("wav", "mp3", "ogg", "flac", "gsm", "alaw", "mulaw", "amr", "w64", "au")
_BARE: Final = {".gsm": "gsm", ".al": "alaw", ".alaw": "alaw", ".pcma": "alaw", ".ul": "mulaw", ".ulaw": "mulaw"}
"""Formats without a header, told by the suffix alone."""


class Limits(msgspec.Struct, frozen=True):
    """What one recording may cost: its own bytes, seconds of sound kept, CPU seconds, memory, seconds on the clock."""

    file_bytes: int = 50_000_000
    sound_s: int = 300
    cpu_s: int = 20
    memory_bytes: int = 1 << 30
    wait_s: int = 60


LIMITS: Final = Limits()


def decoded(path: Path, limits: Limits = LIMITS) -> Samples:
    """Return the samples of a recording (Wave, MP3, Ogg, FLAC, AMR, GSM, A-law, µ-law), the first ``sound_s`` of it.

    Raises InputError if it is none, or too large; ConfigError where ffmpeg is not installed.
    """
    _refuse_size(path, limits)
    form = _BARE.get(path.suffix.lower())
    given = ("-f", form, "-ar", str(RATE)) if form in {"alaw", "mulaw"} else ("-f", form) if form else ()
    command = (
        *confined(limits),
        *(program("ffmpeg", "ffmpeg"), "-nostdin", "-v", "error", "-threads", "1"),
        *("-protocol_whitelist", "pipe", "-format_whitelist", ",".join(FORMATS), *given, "-i", "pipe:0"),
        *("-t", str(limits.sound_s), "-vn", "-sn", "-dn", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"),
    )
    with path.open("rb") as file:
        done = run_bounded(command, limits, path, stdin=file)
    samples = np.frombuffer(done[: len(done) // 2 * 2], "<i2")
    if not len(samples):
        raise InputError("no sound in it", where=str(path), mend=f"give one of: {', '.join(FORMATS)}")
    return samples


def _refuse_size(path: Path, limits: Limits) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path)) from None
    if not path.is_file() or size > limits.file_bytes:
        raise InputError(f"no recording of at most {limits.file_bytes:,} bytes", where=str(path))


def confined(limits: Limits) -> tuple[str, ...]:
    """Return the beginning of a command that holds a program to the limits."""
    return (
        *(program("prlimit", "util-linux"), f"--cpu={limits.cpu_s}", f"--as={limits.memory_bytes}"),
        *("--nofile=32", "--core=0", "--fsize=0", "--"),
    )


def program(name: str, package: str) -> str:
    """Return the path of an installed program; raises ConfigError naming Debian's package."""
    path = shutil.which(name)
    if path is None:
        raise ConfigError(f"{name} is not installed", mend=f"apt-get install -y --no-install-recommends {package}")
    return path


def run_bounded(command: tuple[str, ...], limits: Limits, where: Path, **given: object) -> bytes:
    """Return what a confined program writes on stdout; raises InputError if it fails, is too slow or was ended."""
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - a fixed program, its input on a pipe
            command, capture_output=True, timeout=limits.wait_s, check=False, **given
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"not decoded within {limits.wait_s} s", where=str(where)) from None
    if done.returncode < 0:
        raise InputError(f"decoding it took more than is allowed (signal {-done.returncode})", where=str(where))
    if done.returncode and not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"no recording ({said[-1][:120] if said else 'unknown'})", where=str(where))
    out: bytes = done.stdout
    return out
