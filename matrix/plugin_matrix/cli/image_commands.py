"""The commands of `plugin-matrix images`; importing them needs the extra `containers`."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.errors import ExitCode
from plugin_matrix.model.size import size_text
from plugin_matrix.sandbox.container.bases import Bases
from plugin_matrix.sandbox.container.building import build_all, recipe
from plugin_matrix.sandbox.container.client import connect
from plugin_matrix.sandbox.container.debian import OWN_MIRROR
from plugin_matrix.sandbox.container.images import BuiltImage, built_images
from plugin_matrix.sandbox.container.leftovers import remove_dangling, remove_images, remove_leftovers
from plugin_matrix.sandbox.container.pinning import pin_bases
from plugin_matrix.sandbox.container.platforms import platform_image, platform_images
from plugin_matrix.sandbox.container.progress import BuildProgress

if TYPE_CHECKING:
    import docker


@click.command()
@click.argument("platforms", nargs=-1, metavar="[PLATFORM...]")
@click.option("--from-debian", is_flag=True, help="Make bases from Debian packages, whatever can be reached.")
@click.option(
    "--mirror",
    default=OWN_MIRROR,
    metavar="URL",
    help="Where Debian packages are; debootstrap's own mirror when left out.",
)
@click.option("--renew", is_flag=True, help="Build anew what is up to date, bases from packages included.")
def build(platforms: tuple[str, ...], *, from_debian: bool, mirror: str, renew: bool) -> None:
    """Build the images of PLATFORMs, all when none is named; exit 4 when one could not be built."""
    # Ended from outside, it cleans up like one that was interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = tuple(platform_image(name) for name in dict.fromkeys(platforms or platform_images()))
    built = 0
    with _client() as client, _progress() as (progress_of, echo):
        bases = Bases(client, from_debian=from_debian, mirror=mirror, renew=renew)
        for outcome in build_all(client, wanted, bases, renew=renew, progress_of=progress_of):
            built += outcome.image is not None
            if outcome.image is None:
                echo(f"{outcome.platform}: not built: {outcome.problem}. {outcome.next_step}".rstrip())
            else:
                image = outcome.image
                echo(
                    f"{image.platform}: {'built' if outcome.built else 'up to date'}, CPython {image.python},"
                    f" {size_text(image.size)}, on {image.base}"
                )
    if built < len(wanted):
        sys.exit(ExitCode.UNDETERMINED)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_images(*, as_json: bool) -> None:
    """List the images that are built."""
    with _client() as client:
        found = built_images(client)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found, enc_hook=str)))
        return
    table = Table("platform", "Python", "on", box=None, pad_edge=False)
    table.add_column("size", justify="right")
    table.add_column("age", justify="right")
    table.add_column("")
    for image in sorted(found, key=lambda image: image.platform):
        age = _age(datetime.now(UTC) - image.created)
        table.add_row(image.platform, image.python, image.base, size_text(image.size), age, _state(image))
    console_for_results().print(table)
    missing = sorted(platform_images().keys() - {image.platform for image in found})
    if missing:
        click.echo(f"not built: {', '.join(missing)}")


@click.command()
def pin() -> None:
    """Ask the registries what each base's tag names now and write the digests to digests.toml."""
    with _client() as client:
        pinned = pin_bases(client)
    for image, digest in pinned.digests.items():
        click.echo(f"{image}: {digest}")
    for image, problem in pinned.problems.items():
        kept = pinned.kept[image]
        click.echo(f"{image}: {f'not asked, stays {kept}' if kept else 'not pinned'}: {problem}")
    click.echo(f"wrote {pinned.file.name}" if pinned.digests else "nothing was pinned")
    if pinned.problems:
        sys.exit(ExitCode.UNDETERMINED)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also the images themselves, bases included.")
def prune(*, everything: bool) -> None:
    """Remove containers of harnesses that are gone and images that builds left; not while one builds."""
    with _client() as client:
        leftovers = remove_leftovers(client)
        removed = remove_images(client) if everything else None
        dangling = removed.images if removed else remove_dangling(client)
    click.echo(f"removed {leftovers.containers} containers, {leftovers.volumes} volumes, {dangling} images")
    troubles = leftovers.troubles + (removed.troubles if removed else ())
    for trouble in troubles:
        click.echo(f"not removed: {trouble}")
    if troubles:
        sys.exit(ExitCode.UNDETERMINED)


@contextmanager
def _client() -> "Iterator[docker.DockerClient]":
    client = connect()
    try:
        yield client
    finally:
        client.close()


class _Lines:
    """Larger steps, a line each, for logs."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def stage(self, text: str) -> None:
        click.echo(f"{self._platform}: {text}", err=True)

    warn = stage

    def detail(self, text: str) -> None:
        pass


class _Live:
    """Every step in one line that changes, for terminals; warnings stay."""

    def __init__(self, platform: str, status: Status) -> None:
        self._platform = platform
        self._status = status

    def stage(self, text: str) -> None:
        room = self._status.console.width - len(self._platform) - 8
        self._status.update(f"{self._platform}: {escape(text[:room])}")

    detail = stage

    def warn(self, text: str) -> None:
        self._status.console.print(f"{self._platform}: {escape(text)}")


@contextmanager
def _progress() -> Iterator[tuple[Callable[[str], BuildProgress], Callable[[str], None]]]:
    """Return what shows progress, and what prints a line that does not run into it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines, click.echo
        return

    def print_above(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    with console.status("") as status:
        yield lambda platform: _Live(platform, status), print_above if sys.stdout.isatty() else click.echo


def _age(age: timedelta) -> str:
    """Return an age in its largest unit."""
    seconds = max(0, int(age.total_seconds()))
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} seconds"


def _state(image: BuiltImage) -> str:
    known = platform_images().get(image.platform)
    if known is None:
        return "unknown platform"
    return (
        "" if image.recipe == recipe(known, image.origin) else "outdated: its Dockerfile or base has changed"
    )
