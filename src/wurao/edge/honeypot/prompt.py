"""What a caller hears: the operator's announcement, then silence to the end of the longest call.

Announcement and silence are one file, and the end of the file ends the call: whatever becomes of this program, no call
lasts longer than its prompt, and nothing is ever said that could hold a caller.
"""

import io
import wave
from pathlib import Path
from typing import Final

import numpy as np

from wurao.core.errors import ConfigError, InputError
from wurao.detection.audio.decoding import RATE, Samples, decoded
from wurao.detection.audio.speech import spoken_s
from wurao.store.durable import replace_file

LEAST_SPOKEN_S: Final = 1.5
"""An announcement of less can't say that the call is recorded."""


def write_prompt(announcement: str, call_s: int, out: Path) -> None:
    """Write the prompt as Wave, 8 kHz mono; raises ConfigError where the announcement can't be one."""
    where = "honeypot.announcement"
    if not announcement:
        raise ConfigError("no announcement is set", where=where, mend="record one that says that calls are recorded")
    try:
        said = decoded(Path(announcement))
    except InputError as error:
        raise ConfigError(error.what, where=f"{where}: {announcement}", mend=error.mend) from None
    if spoken_s(said) < LEAST_SPOKEN_S or len(said) > call_s * RATE / 2:
        mend = f"from {LEAST_SPOKEN_S} s of speech to {call_s // 2} s in all"
        raise ConfigError("this says too little or too much", where=f"{where}: {announcement}", mend=mend)
    silence = np.zeros(call_s * RATE - len(said), np.int16)
    replace_file(out, wave_of(np.concatenate([said, silence])))


def wave_of(samples: Samples) -> bytes:
    """Return samples (16 bit, 8 kHz, mono) as a Wave file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
