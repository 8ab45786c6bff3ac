"""How far a reading is: a bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from syncd.cli.language import spoken
from syncd.sources.base import Progress, ignore_progress
from syncd.text import text, translated

_STAGES = {
    "departments": text("Reading departments"),
    "users": text("Reading people"),
    "confirmations": text("Asking again about who is missing"),
    "lookups": text("Asking whose numbers and addresses these are"),
}


@contextmanager
def shown_progress(*, enabled: bool) -> Iterator[Progress]:
    """Yield what hears of the progress; it draws on stderr where that is a terminal."""
    if not enabled or not sys.stderr.isatty():
        yield ignore_progress
        return
    from rich.console import Console  # noqa: PLC0415 - start-up time
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {
            stage: bar.add_task(translated(doing, spoken()), total=None, visible=False)
            for stage, doing in _STAGES.items()
        }

        def show(stage: str, done: int, total: int) -> None:
            if stage in tasks:
                bar.update(tasks[stage], completed=done, total=total, visible=True)

        yield show
