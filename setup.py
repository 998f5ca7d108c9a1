"""Compiles every Cython module found under src/wurao; everything else is in pyproject.toml."""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SOURCE = Path("src")


def extensions() -> list[Extension]:
    """One extension a .pyx; no -march=native, so that a wheel runs on any machine of its architecture."""
    return [
        Extension(
            ".".join(pyx.relative_to(SOURCE).with_suffix("").parts),
            [str(pyx)],
            extra_compile_args=["-O3"],
        )
        for pyx in sorted(SOURCE.glob("wurao/**/*.pyx"))
    ]


modules = extensions()
setup(ext_modules=cythonize(modules, language_level=3) if modules else [])
