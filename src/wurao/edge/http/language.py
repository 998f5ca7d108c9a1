"""Which of the two languages a reader wants: the cookie of the language link, else Accept-Language (RFC 9110)."""

from typing import Any, Final, Literal

from litestar.connection import ASGIConnection

Language = Literal["zh", "en"]
COOKIE: Final = "wurao_language"
Connection = ASGIConnection[Any, Any, Any, Any]


def language_of(connection: Connection) -> Language:
    """Return the reader's language; Chinese where nothing is said."""
    chosen = connection.cookies.get(COOKIE)
    if chosen in ("zh", "en"):
        return "en" if chosen == "en" else "zh"
    return preferred(connection.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """Return the better liked of Chinese and English in an Accept-Language header; ties go to the first named."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in header[:200].split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        language: Language | None = "zh" if tag[:2] == "zh" else "en" if tag[:2] == "en" else None
        weight = _weight(quality)
        if language and weight > best[0]:
            best = (weight, language)
    return best[1]


def _weight(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0
