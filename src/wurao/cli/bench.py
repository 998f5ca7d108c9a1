"""``wurao bench NAME``: every module of ``wurao.bench`` with a ``run`` is a subcommand; figures are JSON on stdout."""

import importlib
import importlib.util
from typing import Final

import click
import msgspec

NAMES: Final = (
    "audio",
    "decide",
    "early",
    "evasion",
    "features",
    "http",
    "import",
    "line",
    "link",
    "live",
    "replay",
    "screen",
    "scripts",
    "shield",
    "sichuan",
    "sip",
    "spare",
    "text",
    "world",
)
"""Subcommands; ``import`` lies in ``wurao.bench.import_``. Those not built into this version are left out."""
_NEEDS: Final = dict.fromkeys(("early", "evasion", "features", "link", "spare"), "ibis") | {"scripts": "sklearn"}
"""What comes with an extra; without it the benchmark is left out."""


def _module(name: str) -> str:
    return "wurao.bench." + (f"{name}_" if name == "import" else name)


class Benches(click.Group):
    """Loads a benchmark when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the benchmarks of this version."""
        needed = ((name, (_module(name), _NEEDS.get(name, "wurao"))) for name in NAMES)
        return [name for name, modules in needed if all(map(importlib.util.find_spec, modules))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command around one benchmark's ``run(long, **options)``."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(_module(cmd_name))

        def measure(*, long: bool, **chosen: object) -> None:
            figures = module.run(long, **chosen)
            click.echo(msgspec.json.format(msgspec.json.encode(figures)).decode())

        summary = (module.__doc__ or "").partition("\n")[0].rpartition("``: ")[2]
        long_option = click.Option(["--long"], is_flag=True, help="Use the acceptance sizes; minutes and gigabytes.")
        params: list[click.Parameter] = [long_option, *getattr(module, "options", ())]
        return click.Command(
            cmd_name,
            params=params,
            callback=measure,
            help=f"{summary}\n\nExample: wurao bench {cmd_name}",
            short_help=summary,
        )


@click.group(cls=Benches)
def bench() -> None:
    """Measure, each beside a named baseline: machine, sizes, medians and ratio as JSON.

    Example: wurao bench decide --long
    """
