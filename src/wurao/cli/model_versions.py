"""Which model a command means: the folder of its versions, and those at work."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wurao.core.errors import ConfigError
from wurao.store.home import Home

if TYPE_CHECKING:
    from wurao.detection.scoring.judging import Model
    from wurao.detection.scoring.models import Roles

NAME: Final = "robots"
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
