"""Which model a command means: the folder of its versions, those at work, and the features that it knows."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wurao.cli.callers import features_of, live_features_of
from wurao.core.errors import ConfigError
from wurao.detection.live import NAME as LIVE
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.scoring.judging import Model
    from wurao.detection.scoring.models import Roles
    from wurao.detection.scoring.staged import Features
    from wurao.intake.typed import Written

NAME: Final = "robots"
NAME_HELP: Final = f"Name of the model; '{LIVE}' judges while they call and sees only what an edge tells of a call."
_TRAIN: Final = (
    "wurao simulate --out town && wurao detect train --calls town/calls.parquet --truth town/truth/callers.parquet"
)


def models_of(home: Home, name: str) -> Path:
    """Return where the versions of a model lie."""
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise click.BadParameter("letters, digits and hyphens", param_hint="--name")
    return home.folder("models") / name


def at_work(folder: Path) -> tuple[Path, "Roles"]:
    """Return where the model at work lies and who of it acts; raises ConfigError where there is none."""
    from wurao.detection.scoring import models

    found = models.at_work(folder)
    if found is None:
        raise ConfigError("there is no model yet", where=str(folder), mend=_TRAIN)
    return found


def loaded(home: Home, name: str) -> tuple["Model", "Model | None"]:
    """Return champion and challenger of a model; raises ConfigError where there is none."""
    from wurao.detection.scoring import models
    from wurao.detection.scoring.judging import Model

    folder, roles = at_work(models_of(home, name))
    champion, challenger = (
        Model(models.read(models.path_of(folder, version))) if version else None
        for version in (roles.champion, roles.challenger)
    )
    assert champion is not None  # noqa: S101  (versions count from 1)
    return champion, challenger


def features_for(name: str, calls: Path, home: Home) -> AbstractContextManager[tuple["Features", "Written"]]:
    """Give the features of the callers in a file of calls that the model of this name knows."""
    return (live_features_of if name == LIVE else features_of)(calls, home.folder("scratch"))
