"""How often filing is allowed: appeals, codes and log-ins by address, reports by whoever files."""

from ipaddress import IPv6Address, ip_network
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.params import SkipValidation

from wurao.access.roles import Person, Right
from wurao.access.throttle import Throttle
from wurao.core.clock import MINUTE_US, SECOND_US, Clock

_APPEALS: Final = (5, 10 * MINUTE_US)
_CODES: Final = (3, 20 * MINUTE_US)
_CODE_TRIES: Final = (10, MINUTE_US)
_LOG_INS: Final = (10, 30 * SECOND_US)
_OWN_REPORTS: Final = (20, MINUTE_US)
_FEED_REPORTS: Final = (2_000, SECOND_US // 200)


class FilingLimits:
    """The app's throttles; each raises TooManyRequestsException with Retry-After in seconds."""

    def __init__(self, clock: Clock) -> None:
        self._appeals = Throttle(clock, *_APPEALS)
        self._codes = Throttle(clock, *_CODES)
        self._code_tries = Throttle(clock, *_CODE_TRIES)
        self._log_ins = Throttle(clock, *_LOG_INS)
        self._own_reports = Throttle(clock, *_OWN_REPORTS)
        self._feed_reports = Throttle(clock, *_FEED_REPORTS)

    def appeals(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Allow 5 appeals at once and one each 10 minutes from an address."""
        _hold(self._appeals.wait_us(_address(connection)))

    def codes(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Allow an address to ask for 3 one-time codes at once and one each 20 minutes."""
        _hold(self._codes.wait_us(_address(connection)))

    def code_tries(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Allow 10 tries of a code at once and one a minute from an address."""
        _hold(self._code_tries.wait_us(_address(connection)))

    def log_ins(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> None:
        """Allow 10 log-ins at once and one each 30 seconds to a name from an address."""
        _hold(self._log_ins.wait_us(f"{_address(connection)} {name}"))

    def reports(self, person: Person) -> None:
        """Allow a subscriber 20 reports at once and one a minute, a feed 2,000 and 200 a second."""
        throttle = self._feed_reports if person.may(Right.REPORT) else self._own_reports
        _hold(throttle.wait_us(person.name))


Limits = NamedDependency[SkipValidation[FilingLimits]]


def _hold(wait_us: int) -> None:
    if wait_us:
        raise TooManyRequestsException(headers={"Retry-After": str(-(-wait_us // SECOND_US))})


def _address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    host = connection.client.host if connection.client else "local"
    # Whoever has one IPv6 address has the 2⁶⁴ beside it.
    return str(ip_network((IPv6Address(host.partition("%")[0]), 64), strict=False)) if ":" in host else host
