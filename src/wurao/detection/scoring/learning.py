"""The libraries of the extra ``wurao[ml]``: loaded when needed, named with the mend where they are missing."""

import importlib
from typing import Any

from wurao.core.errors import ConfigError


def library(name: str) -> Any:
    """Return a module of the extra; raises ConfigError saying what to install."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = name.partition(".")[0]
        if error.name and error.name.partition(".")[0] != missing:
            missing = error.name
        raise ConfigError(f"{missing} is not installed", mend="pip install 'wurao[ml]'") from None
