"""How small an error rate n numbers can support: no errors among n leave 3/n at 95 % (the rule of three)."""

import math

CONFIDENCE = 0.95


def upper_bound(errors: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Return the largest error rate that ``errors`` among ``n`` do not rule out (Clopper–Pearson, one-sided)."""
    if errors >= n:
        return 1.0
    if errors == 0:
        return -math.expm1(math.log1p(-confidence) / n)
    low, high = errors / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(errors, n, middle) > 1 - confidence else (low, middle)
    return high


def needed(alpha: float, confidence: float = CONFIDENCE) -> int:
    """Return how many numbers without an error it takes to claim a rate of ``alpha``: 29,956 for 1e-4."""
    return math.ceil(math.log1p(-confidence) / math.log1p(-alpha))


def errors_allowed(n: int, alpha: float, confidence: float = CONFIDENCE) -> int | None:
    """Return how many errors among ``n`` still support a rate of ``alpha``; None if not even none does."""
    if n < needed(alpha, confidence):
        return None
    allowed = 0
    while at_most(allowed + 1, n, alpha) <= 1 - confidence:
        allowed += 1
    return allowed


def at_most(errors: int, n: int, rate: float) -> float:
    """Return the probability of at most ``errors`` among ``n`` at a given rate (binomial)."""
    if rate <= 0:
        return 1.0
    if rate >= 1:
        return float(errors >= n)
    step = math.log(rate) - math.log1p(-rate)
    term, total = n * math.log1p(-rate), 0.0
    for k in range(min(errors, n) + 1):
        total += math.exp(term)
        term += step + math.log((n - k) / (k + 1)) if k < n else 0
    return min(total, 1.0)
