"""What Kamailio's app_python3 loads: finds wurao's packages, hands KSR to the edge, and lets calls ring without it.

Environment of Kamailio: WURAO_SITE, the site-packages of wurao's .venv; WURAO_HOME; WURAO_RINGS where the rings lie
elsewhere than the home's own folder on tmpfs.
"""

import os
import site
import sys
from pathlib import Path
from typing import Any

import KSR

OK = 1


class Unscreened:
    """Stands in where wurao can't be loaded: every call goes on."""

    def child_init(self, _rank: int) -> int:
        """Do nothing."""
        return OK

    def vouch(self, _msg: object) -> int:
        """Do nothing."""
        return OK

    def refused(self, _msg: object, _receipt: str = "") -> int:
        """Do nothing."""
        return OK

    def decide_told(self, _msg: object, _told: str) -> int:
        """Let the call go on."""
        return OK

    def decide(self, _msg: object, _trunk: str = "") -> int:
        """Let the call go on."""
        return OK


def mod_init() -> Any:
    """Return the object whose methods Kamailio calls."""
    try:
        sys.path.insert(0, os.environ["WURAO_SITE"])  # before Debian's own packages, which are older
        site.addsitedir(os.environ["WURAO_SITE"])
        from wurao.core.clock import SystemClock
        from wurao.edge import ring
        from wurao.edge.kamailio.route import Route

        home = Path(os.environ["WURAO_HOME"])
        return Route(KSR, home, ring.folder_of(home, os.environ.get("WURAO_RINGS")), SystemClock())
    except Exception as fault:  # noqa: BLE001 - whatever it is, Kamailio starts and the phones ring
        KSR.err(f"wurao: calls go on unscreened: {type(fault).__name__}: {fault}\n")
        return Unscreened()
