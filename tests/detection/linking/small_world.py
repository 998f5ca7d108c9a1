"""A few hundred phones over ten days, of whom some change number on day 8, one together with all of its contacts."""

import numpy as np
import pyarrow as pa

START_US = 1_786_000_000_000_000
DAY_US = 86_400_000_000
DAYS, CHANGE_DAY = 10, 7


class SmallWorld:
    """``calls`` with caller, callee, start_us, talk_ms; ``changes`` old → new; ``lonely`` those without a contact left.

    ``leaders`` change with their leader: he calls only them, they call others too. Of a ``circle`` everybody changes,
    and nobody outside is called. ``decoys`` fall silent for good, and as many begin late.
    """

    def __init__(  # noqa: C901 - a world is told in one piece
        self,
        seed: int,
        phones: int = 400,
        leaders: int = 4,
        circle: int = 0,
        single: int = 3,
        decoys: int = 12,
        calls_a_day: float = 2.5,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        groups = rng.integers(0, phones // 20, phones)
        self.ties: dict[int, dict[int, float]] = {i: {} for i in range(phones)}
        for i in range(phones):
            near = np.flatnonzero(groups == groups[i])
            pool = np.r_[near, rng.integers(0, phones, 3)]
            for j in rng.choice(pool, min(len(pool), int(rng.integers(3, 8))), replace=False).tolist():
                if i != j:
                    self.tie(i, j, float(rng.lognormal(0, 0.8)))
        chosen = rng.permutation(phones).tolist()
        boss, seconds = chosen[0], chosen[1 : 1 + leaders]
        ring = chosen[1 + leaders : 1 + leaders + circle]
        alone = chosen[1 + leaders + circle : 1 + leaders + circle + single]
        moving = [*([boss] if leaders else []), *seconds, *ring, *alone]
        quiet = chosen[len(moving) + 5 : len(moving) + 5 + decoys]
        late = chosen[len(moving) + 5 + decoys : len(moving) + 5 + 2 * decoys]
        if leaders:
            self.alone_with(boss, seconds)
            for one in seconds:
                for other in rng.choice(phones, 12, replace=False).tolist():
                    if other not in moving and other != one:
                        self.tie(one, other, float(rng.lognormal(0.5, 0.6)))
        for one in ring:
            self.alone_with(one, [other for other in ring if other != one and rng.random() < 0.7] or ring[:1])
        rate = rng.lognormal(np.log(calls_a_day), 0.6, phones)
        rate[moving] = np.maximum(rate[moving], calls_a_day)
        rate[quiet + late] = np.maximum(rate[quiet + late], calls_a_day)
        peak, length = rng.normal(14, 4, phones), rng.lognormal(np.log(60), 0.5, phones)
        rows = []
        for i in range(phones):
            others = list(self.ties[i])
            weight = np.array([self.ties[i][j] for j in others])
            n = int(rng.poisson(rate[i] * DAYS))
            for j in rng.choice(others, n, p=weight / weight.sum()).tolist() if others else []:
                of_day = (rng.normal(peak[i], 3.5) % 24) / 24
                at = START_US + int((rng.integers(0, DAYS) + of_day) * DAY_US)
                rows.append((i, j, at, int(1000 * rng.lognormal(np.log(length[i]), 0.9)) * (rng.random() < 0.8)))
        rows.sort(key=lambda row: row[2])
        change_us = {i: START_US + int((CHANGE_DAY + rng.random() * 0.5) * DAY_US) for i in moving}
        new = {i: phones + k for k, i in enumerate(rng.permutation(moving).tolist())}
        dead = {i: START_US + int(rng.uniform(6, 8) * DAY_US) for i in quiet}
        born = {i: START_US + int(rng.uniform(6.5, 8) * DAY_US) for i in late}
        kept = []
        for i, j, at, talk in rows:
            if any(at > dead.get(x, at) or at < born.get(x, 0) for x in (i, j)):
                continue
            a, b = (new[x] if x in new and at >= change_us[x] else x for x in (i, j))
            kept.append((a, b, at, talk))
        name = rng.permutation(10_000)[: phones + len(new)] + 13_800_000_000
        self.changes = {str(name[i]): str(name[new[i]]) for i in moving}
        self.lonely = {str(name[i]) for i in [*([boss] if leaders else []), *ring]}
        self.calls = pa.table(
            {
                "caller": [str(name[a]) for a, _, _, _ in kept],
                "callee": [str(name[b]) for _, b, _, _ in kept],
                "start_us": [at for _, _, at, _ in kept],
                "talk_ms": [talk for _, _, _, talk in kept],
            }
        )

    def tie(self, i: int, j: int, weight: float) -> None:
        """Let two call each other."""
        self.ties[i][j] = weight
        self.ties[j][i] = weight * float(self.rng.lognormal(0, 0.3))

    def alone_with(self, one: int, others: list[int]) -> None:
        """Let one have these contacts and no others."""
        for old in list(self.ties[one]):
            self.ties[one].pop(old)
            self.ties[old].pop(one, None)
        for other in others:
            self.tie(one, other, float(self.rng.lognormal(0.7, 0.5)))
