"""What is wrong with something that was to be sent, before WeCom is asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One limit that is not kept."""

    path: str  #: where: `articles[2].title`, a file's name; empty for the whole
    sentence: str  #: for people: what is wrong, with the limit and what was found
    code: int | None = None  #: what WeCom would answer, where that is known
