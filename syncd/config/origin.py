"""Where a configuration comes from, which decides what its paths and secrets mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from syncd.text import text


@dataclass(frozen=True, slots=True)
class Origin:
    """The folder of the configuration file, and the environment it was loaded in."""

    folder: Path
    env: Mapping[str, str] = field(repr=False)  # may hold secrets


def origin_of(info: ValidationInfo) -> Origin:
    """Return the origin that the loader handed to pydantic."""
    if not isinstance(info.context, Origin):
        raise TypeError("the settings are validated with an Origin as their context")
    return info.context


def _absolute(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or value == "":
        raise ValueError(text("must be the path of a file, in quotes"))
    return origin_of(info).folder / Path(value).expanduser()


#: A path; a relative one is relative to the folder of the configuration file.
ConfigPath = Annotated[Path, BeforeValidator(_absolute)]
