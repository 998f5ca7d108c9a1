"""Spoken recordings for ``wurao bench audio``: sentences by rule, said by espeak-ng, sent down telephone lines.

Each is another text in another voice, speed and pitch, Chinese and English. A line cuts its beginning or end, puts
silence before it, adds noise, changes its loudness and sends it through A-law or GSM 06.10: what a second call of the
same robot sounds like. espeak-ng is a robot's voice; people, music and room are not in it.
"""

import random
import shutil
import subprocess
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from wurao.core.errors import ConfigError
from wurao.detection.audio.decoding import RATE, Samples, decoded

Codec = Literal["alaw", "gsm"]
CODECS: Final[tuple[Codec, ...]] = ("alaw", "gsm")
_VARIANTS: Final = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5")
_SENTENCES_ZH: Final = (
    *("您好我是{who}的客服{name}", "打扰您一分钟时间", "您名下的{what}额度已经批下来了", "我们现在有{what}的优惠活动"),
    *(
        "最高可以申请到{n}万元",
        "年化利率低至百分之{n}",
        "请问您最近有{what}方面的需要吗",
        "本周{n}号之前办理可以减免{n}百元",
    ),
    *("需要的话请按{n}转人工", "稍后我们的老师会加您的微信", "这通电话会影响您的征信记录", "您的快递在运输途中丢失了"),
    *(
        "我们为您准备了{n}只明天要涨停的股票",
        "小区附近地铁口的新房首付只要{n}万",
        "孩子的{what}课程可以免费试听",
        "如果不需要请挂机谢谢",
    ),
)
_SENTENCES_EN: Final = (
    *("hello this is {name} calling from {who}", "we have been trying to reach you about your {what}"),
    *("your account has been charged {n} hundred dollars", "press {n} now to speak with a representative"),
    *("this is the final notice before we close out your file", "you have been approved for a {what} of {n} thousand"),
    *("our records show that you are eligible for {what}", "to be removed from our list press {n}"),
    *("the offer ends this week on the {n}th", "please call us back as soon as you can about the {what}"),
    *("you could lower your {what} rate to {n} percent", "do not hang up this is not a sales call"),
)
_WORDS: Final = {
    "zh": {
        "who": [
            "平安普惠",
            "人寿保险",
            "建设装饰",
            "新东方教育",
            "中原地产",
            "国泰证券",
            "京东金融",
            "移动公司",
            "联合医院",
        ],
        "name": ["小李", "王经理", "张老师", "小陈", "赵主任", "刘顾问", "周小姐"],
        "what": ["贷款", "信用卡", "装修", "英语", "车险", "股票", "体检", "美容", "理财", "数学"],
    },
    "en": {
        "who": ["dealer services", "Amazon", "the bank card center", "student support", "medical alert", "Apple"],
        "name": ["Mary", "John", "Susie", "Daniel", "Officer Brown", "Melissa", "Kevin"],
        "what": ["loan", "car warranty", "insurance", "credit card", "student loan", "energy bill", "tax refund"],
    },
}


class Line(msgspec.Struct, frozen=True):
    """One telephone line: its codec, seconds of silence before, shares cut off at both ends, noise and gain in dB."""

    codec: Codec
    silence_s: float
    cut_head: float
    cut_tail: float
    noise_db: float
    gain_db: float


def lacking() -> str:
    """Return the Debian packages to install before anything can be spoken, empty where all is there."""
    needed = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg", "fpcalc": "libchromaprint-tools"}
    return " ".join(package for program, package in needed.items() if not shutil.which(program))


def text_by(draw: random.Random, language: str, sentences: int) -> str:
    """Return a text of a robot."""
    pool = _SENTENCES_ZH if language == "zh" else _SENTENCES_EN
    words = _WORDS[language]
    chosen = draw.sample(pool, sentences)
    told = [
        one.format(n=draw.randint(2, 9), **{key: draw.choice(many) for key, many in words.items()}) for one in chosen
    ]
    return ("，" if language == "zh" else ". ").join(told)


def spoken_by(draw: random.Random, folder: Path) -> Samples:
    """Return a recording of 12 to 30 s: a text of its own in a voice of its own."""
    language = draw.choice(["zh", "en"])
    text = text_by(draw, language, draw.randint(5, 7))
    return said(text, folder, language, draw.choice(_VARIANTS), draw.randint(140, 200), draw.randint(30, 70))


def said(text: str, folder: Path, language: str, variant: str = "", speed: int = 160, pitch: int = 50) -> Samples:
    """Return ``text`` as espeak-ng says it; raises ConfigError where it is not installed."""
    if missing := lacking():
        raise ConfigError("nothing can be spoken here", mend=f"apt-get install -y --no-install-recommends {missing}")
    file = folder / "said.wav"
    voice = ("cmn" if language == "zh" else "en-us") + variant
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(file), text]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a fixed program
    return decoded(file)


def line_by(draw: random.Random) -> Line:
    """Return a line that cuts at most a third of what it carries; noise is 12 to 30 dB below the speech."""
    cut = draw.uniform(0, 0.33)
    head = draw.uniform(0, cut)
    return Line(draw.choice(CODECS), draw.uniform(0, 3), head, cut - head, draw.uniform(12, 30), draw.uniform(-12, 0))


def sent(samples: Samples, line: Line, folder: Path, seed: int) -> Samples:
    """Return what arrives at the other end of a line, decoded as any recording is."""
    rng = np.random.default_rng(seed)
    piece = samples[int(line.cut_head * len(samples)) : len(samples) - int(line.cut_tail * len(samples))]
    sound = np.concatenate([np.zeros(int(line.silence_s * RATE)), piece.astype(np.float64)])
    power = float((piece.astype(np.float64) ** 2).mean())
    sound += rng.normal(0, (power / 10 ** (line.noise_db / 10)) ** 0.5, len(sound))
    sound *= 10 ** (line.gain_db / 20)
    file = folder / f"sent.{line.codec}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
    form = ["-f", "gsm"] if line.codec == "gsm" else ["-f", "alaw"]
    data = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
    subprocess.run([*command, "-ar", str(RATE), *form, str(file)], input=data, check=True, capture_output=True)  # noqa: S603 - a fixed program
    return decoded(file)
