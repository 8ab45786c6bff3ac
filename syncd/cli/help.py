"""Help in the language of the terminal: click's own words, and ours."""

import re
from collections.abc import Iterable, Iterator

import click

from syncd.cli.language import spoken

#: What click appends to the help of an option: `[default: 20; required]`.
_EXTRA = re.compile(r"(?P<help>.*?)(?:\s*\[(?P<extra>[^\]]*)\])?", re.DOTALL)
#: No line begins with these in Chinese.
_CLOSING = frozenset("，。；：、）”？！…")
#: What a line may be broken behind: blanks, a Latin word, a Chinese character.
_PIECE = re.compile(r"\s+|[!-~]+|.")
_WIDEST_TERM = 30


class Formatter(click.HelpFormatter):
    """Writes help in English as click does, and in Chinese with lines that are wide enough."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how a command is called."""
        super().write_usage(prog, args, prefix or _said("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a list."""
        if spoken() == "en":
            super().write_heading(heading)
        else:
            self.write(f"{'':>{self.current_indent}}{_said(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write what a command does, paragraph by paragraph."""
        if spoken() == "en":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        written = [
            "\n".join(indent + line for line in wrapped(one, self.width - len(indent)))
            for one in paragraphs(text)
        ]
        self.write("\n\n".join(written) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST_TERM, col_spacing: int = 2
    ) -> None:
        """Write options or commands, each with what it means."""
        if spoken() == "en":
            super().write_dl(rows, col_max, col_spacing)
            return
        table = list(rows)
        term = min(max(len(first) for first, _ in table), col_max) + col_spacing
        margin = " " * (self.current_indent + term)
        for first, second in table:
            lines = list(wrapped(_option(second), max(self.width - len(margin), 20)))
            head = " " * self.current_indent + first
            if len(first) > term - col_spacing:
                self.write(f"{head}\n")
                head = ""
            self.write(f"{head:<{len(margin)}}{lines[0] if lines else ''}".rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{margin}{line}\n")


class Context(click.Context):
    """A context whose help is written in the language of the terminal."""

    formatter_class = Formatter


def speaking(command: click.Command) -> click.Command:
    """Let a command and those below it give their help in the language of the terminal."""
    command.context_class = Context
    if command.help and not command.short_help:
        # Click would cut it off in the middle, and what is cut off is in no catalogue.
        command.short_help = " ".join(command.help.strip().split("\n\n")[0].split())
    if isinstance(command, click.Group):
        for one in command.commands.values():
            speaking(one)
    return command


def paragraphs(text: str) -> Iterator[str]:
    """Yield a help text by paragraph, in Chinese where the catalogue has it."""
    for paragraph in text.strip().split("\n\n"):
        yield _said(" ".join(paragraph.split()))


def _option(text: str) -> str:
    found = _EXTRA.fullmatch(" ".join(text.split()))
    if found is None or not found["extra"]:
        return _said(text)
    extra = "；".join(_said_extra(one) for one in found["extra"].split("; "))
    return f"{_said(found['help'])}［{extra}］"


def _said_extra(text: str) -> str:
    name, colon, value = text.partition(": ")
    return f"{_said(name)}：{value}" if colon else _said(text)


def _said(sentence: str) -> str:
    if spoken() == "en":
        return sentence
    from syncd.text.zh import catalogue  # noqa: PLC0415 - start-up time

    return catalogue().get(sentence, sentence)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines of at most `width` places; Chinese may be broken anywhere but before `，`."""
    from rich.cells import cell_len  # noqa: PLC0415 - start-up time

    line = ""
    for piece in _PIECE.findall(text):
        if line and piece not in _CLOSING and cell_len(line + piece) > width:
            yield line.rstrip()
            line = ""
        if line or not piece.isspace():
            line += piece
    if line:
        yield line.rstrip()
