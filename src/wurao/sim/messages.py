"""Short messages of a day: pick-up codes, the bank's notices, what campaigns send. First cut: no chatter."""

from typing import Final, Literal

import numpy as np
import pyarrow as pa

from wurao.sim.draw import day_start_us, generator, moments
from wurao.sim.world import World
from wurao.sim.written import Written, texts

COURIER: Final = 10_690_000_571_001
BANK: Final = 106_980_095_571
CAMPAIGN: Final = 10_692_100_000_000
_TEXTS: Final = {
    "courier": ("【驿站】您的包裹已到东街店，取件码{a}-{b}", "【快递柜】取件码{b}，请当日取走"),
    "bank": ("【江南合作银行】您尾号{b}的账户支出{a}0元", "【江南合作银行】验证码{b}，请勿告诉他人"),
    "campaign": ("【周转通】您的额度{a}0000元已批，回复TD退订", "【金牛学堂】今日三只牛股，加群{b}，拒收回T"),
}


def messages(world: World, day: int) -> pa.Table:
    """Return the messages sent on a local day, in order."""
    figures = world.figures.messages
    rng = generator(world.seed, "messages", day)
    parts = [
        _some(rng, world, day, "courier", figures.courier_a_day, COURIER),
        _some(rng, world, day, "bank", figures.bank_a_day, BANK),
        _some(rng, world, day, "campaign", figures.campaign_a_day, CAMPAIGN + day // 3 % 10**6),
    ]
    order: list[tuple[str, Literal["ascending", "descending"]]]
    order = [("sent_us", "ascending"), ("recipient", "ascending"), ("text", "ascending")]
    found = pa.concat_tables(parts).sort_by(order)
    ids = pa.array([f"m{day}-{i}" for i in range(len(found))], pa.string())
    return found.add_column(0, "message_id", ids)


def _some(rng: np.random.Generator, world: World, day: int, sort: str, a_day: float, sender: int) -> pa.Table:
    n = int(rng.poisson(a_day * len(world.subscribers)))
    senders: Written = np.full(n, sender)
    sent_us = day_start_us(day) + moments(world.figures.curves["delivery"], rng.random(n)).astype(np.int64)
    return pa.table(
        {
            "sender": texts(senders),
            "recipient": texts(world.subscribers[rng.integers(0, len(world.subscribers), n)]),
            "sent_us": sent_us,
            "text": pa.array(_sentences(rng, sort, n), pa.string()),
            "port": pa.array(["application"] * n, pa.string()),
        }
    )


def _sentences(rng: np.random.Generator, sort: str, n: int) -> list[str]:
    which = rng.integers(0, len(_TEXTS[sort]), n).tolist()
    small, large = rng.integers(1, 30, n).tolist(), rng.integers(1000, 10_000, n).tolist()
    return [_TEXTS[sort][w].format(a=a, b=b) for w, a, b in zip(which, small, large, strict=True)]
