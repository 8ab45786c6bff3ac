"""Secrets: named in the file, read from elsewhere, and only when somebody needs them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import PlainValidator, ValidationInfo

from syncd.config.origin import Origin, origin_of
from syncd.errors import ConfigError
from syncd.text import system_said, text

MASK = "********"

Kind = Literal["env", "file", "credential", "literal"]
_KINDS: tuple[Kind, ...] = ("env", "file", "credential")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where one secret is to be found; of a literal, the secret itself."""

    kind: Kind
    name: str = field(repr=False)

    def __str__(self) -> str:
        """Return the reference as it stands in the file; a literal is masked."""
        return MASK if self.kind == "literal" else f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that is not read before `reveal`; more than one while it is being rotated.

    Neither ``repr`` nor ``str`` nor a comparison ever shows or reads it.
    """

    references: tuple[Reference, ...]
    origin: Origin = field(repr=False, compare=False)

    def __repr__(self) -> str:
        """Return where the secret is, never what it is."""
        return f"Secret({self})"

    def __str__(self) -> str:
        """Return where the secret is, never what it is."""
        return ", ".join(str(reference) for reference in self.references)

    @property
    def is_literal(self) -> bool:
        """Whether any of it stands in the configuration file itself."""
        return any(reference.kind == "literal" for reference in self.references)

    def reveal(self) -> str:
        """Return the secret to use: the first, where several are accepted.

        Raises:
            ConfigError: It is not where the reference says, or is empty.
        """
        return _read(self.references[0], self.origin)

    def reveal_all(self) -> tuple[str, ...]:
        """Return every secret that is accepted, the one to use first.

        Raises:
            ConfigError: One of them is not where its reference says, or is empty.
        """
        return tuple(_read(reference, self.origin) for reference in self.references)


def _read(reference: Reference, origin: Origin) -> str:
    match reference.kind:
        case "literal":
            return reference.name
        case "env":
            return _from_environment(reference, origin)
        case "file":
            return _from_file(reference, origin.folder / Path(reference.name).expanduser())
        case "credential":
            return _from_credential(reference, origin)


def _from_environment(reference: Reference, origin: Origin) -> str:
    secret = origin.env.get(reference.name)
    if secret:
        return secret
    state = text("is not set") if secret is None else text("is empty")
    raise ConfigError(
        text("the environment variable {name} {state}", name=reference.name, state=state),
        hint=text(
            "Set it, or keep the secret in a file and name that: file:/path/of/{name}",
            name=reference.name.lower(),
        ),
    )


def _from_credential(reference: Reference, origin: Origin) -> str:
    folder = origin.env.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise ConfigError(
            text(
                "{reference} is given by systemd, and CREDENTIALS_DIRECTORY is not set",
                reference=reference,
            ),
            hint=text(
                "Start syncd by its unit, which has LoadCredential={name}:PATH, or use env: or file: on the command line.",
                name=reference.name,
            ),
        )
    return _from_file(reference, Path(folder) / reference.name)


def _from_file(reference: Reference, path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigError(
            text(
                "{reference} cannot be read: {strerror} ({path})",
                reference=reference,
                strerror=system_said(error),
                path=path,
            ),
            hint=text("Check the path, and that the account which runs syncd may read the file."),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            text("{reference} is not UTF-8 text ({path})", reference=reference, path=path)
        ) from error
    if not secret:
        raise ConfigError(
            text("{reference} is empty ({path})", reference=reference, path=path),
            hint=text("Write the secret into the file."),
        )
    return secret


def _reference(value: object) -> Reference:
    if not isinstance(value, str):
        raise ValueError(text('must be text in quotes, such as "env:NAME"'))  # noqa: TRY004 - pydantic reports ValueError only
    if not value.strip():
        raise ValueError(text("is empty; leave the key out, or name the secret"))
    for kind in _KINDS:
        if value.startswith(kind + ":"):
            return _named(kind, value.removeprefix(kind + ":"))
    return Reference("literal", value)


def _named(kind: Kind, name: str) -> Reference:
    if not name:
        raise ValueError(text('"{kind}:" names nothing', kind=kind))
    if kind == "credential" and ("/" in name or name in {".", ".."}):
        raise ValueError(text("the name of a credential has no folder in it"))
    return Reference(kind, name)


def parse_secret(value: object, info: ValidationInfo) -> Secret:
    """Return the secret that one reference, or a list of them, names; nothing is read.

    Raises:
        ValueError: The value is no reference.
    """
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError(text("is an empty list; the first secret in it is the one that is used"))
    return Secret(tuple(_reference(each) for each in values), origin_of(info))


SecretSetting = Annotated[Secret, PlainValidator(parse_secret)]
