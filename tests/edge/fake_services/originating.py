"""Own numbers on one day."""

from fake_services.town import COURIER, ROBOT
from wurao.core.clock import day_of
from wurao.detection.originating.own import OwnDay


class FakeOriginating:
    anybody = True

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:
        day = day_of(from_us)
        assert to_us > from_us
        return [
            OwnDay(day, ROBOT, 310, 300, 90, 61, 22, 7, "fraud", "=A bank", "bank_service", contradiction=True),
            OwnDay(day, COURIER, 120, 118, None, None, None, 0, "", "", "", contradiction=None),
        ]


class NoOriginating:
    anybody = False

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:  # noqa: ARG002
        return []
