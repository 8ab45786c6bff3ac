"""What is wrong with a configuration, in words for the person who wrote it."""

import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from syncd.config.configuration import Configuration
from syncd.errors import ConfigError
from syncd.text import joined, message_of, plural, text

Location = Sequence[int | str]

_WORDS = {
    "missing": text("is required and missing"),
    "union_tag_not_found": text('has no type: write type = "wecom" or type = "ldap"'),
    "union_tag_invalid": text('must be "wecom" or "ldap"'),
    "string_type": text("must be text in quotes"),
    "bool_type": text("must be true or false, without quotes"),
    "bool_parsing": text("must be true or false, without quotes"),
    "int_type": text("must be a whole number, without quotes"),
    "int_parsing": text("must be a whole number, without quotes"),
    "int_from_float": text("must be a whole number"),
    "float_type": text("must be a number, without quotes"),
    "float_parsing": text("must be a number, without quotes"),
    "too_short": text("must not be empty"),
    "tuple_type": text('must be a list such as ["…", "…"]'),
    "mapping_type": text("must be a table such as {{ key = value }}"),
    "dict_type": text("must be a table such as {{ key = value }}"),
    "model_type": text("must be a table such as {{ key = value }}"),
    "model_attributes_type": text("must be a table such as {{ key = value }}"),
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, and the key where it is."""

    path: str
    text: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.path}: {self.text}"


@dataclass(frozen=True, slots=True, order=True)
class ConfigWarning:
    """One thing that works and should not stay as it is, and the key where it is."""

    path: str
    text: str

    def __str__(self) -> str:
        """Return the warning as one line."""
        return f"{self.path}: {self.text}"


def refusal(where: str, problems: Iterable[Problem]) -> ConfigError:
    """Return the one error that lists all ``problems`` of the configuration at ``where``."""
    ordered = sorted(set(problems))
    lines = [text("  {path}: {problem}", path=one.path, problem=one.text) for one in ordered]
    return ConfigError(
        plural(
            len(ordered),
            "{where} has {number} problem:\n{lines}",
            "{where} has {number} problems:\n{lines}",
            where=where,
            lines=joined("\n", lines),
        ),
        hint=text("`syncd config example` prints every key with its meaning."),
    )


def problems_of(error: ValidationError) -> list[Problem]:
    """Return what pydantic found, each with the key's path as it stands in the file."""
    found = [
        _problem(item["loc"], item["type"], item)
        for item in error.errors(include_url=False, include_input=False)
    ]
    inner = {problem.path.rpartition(".")[0] for problem in found}
    # Pydantic also calls a list too short whose only item is wrong.
    return [each for each in found if each.text != _WORDS["too_short"] or each.path not in inner]


def _problem(loc: Location, kind: str, item: Mapping[str, typing.Any]) -> Problem:
    path, siblings = _walk(loc)
    if kind == "extra_forbidden":
        return Problem(path, unknown_key(str(loc[-1]), siblings))
    if kind.startswith("union_tag"):
        path += ".type"
    if kind == "value_error":
        return Problem(path, message_of(item["ctx"]["error"]))
    if kind == "literal_error":
        allowed = str(item["ctx"]["expected"]).replace("'", '"').split(" or ")
        return Problem(path, text("must be {allowed}", allowed=joined(" or ", allowed)))
    return Problem(path, _WORDS.get(kind) or _of_limit(kind, str(item["msg"])))


def _of_limit(kind: str, message: str) -> str:
    """Return what pydantic says of a number that is too large or too small, in its own words."""
    limit = message.rpartition(" ")[2]
    match kind:
        case "greater_than":
            return text("input should be greater than {limit}", limit=limit)
        case "greater_than_equal":
            return text("input should be greater than or equal to {limit}", limit=limit)
        case "less_than":
            return text("input should be less than {limit}", limit=limit)
        case "less_than_equal":
            return text("input should be less than or equal to {limit}", limit=limit)
        case _:
            return message[:1].lower() + message[1:]


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Return the text for a key that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    if near:
        return text('is not a known key; did you mean "{near}"?', near=near[0])
    elsewhere = sorted({where for path, where in _paths(Configuration, "") if path == key})
    if elsewhere:
        return text(
            "is not a known key here; it belongs to {elsewhere}",
            elsewhere=joined(" or ", elsewhere),
        )
    return text("is not a known key; known here: {known}", known=", ".join(known))


def known_keys() -> list[str]:
    """Return the name of every key there is, wherever it stands, each once."""
    return sorted({key for key, _ in _paths(Configuration, "")})


def _paths(model: type[BaseModel], where: str) -> Iterator[tuple[str, str]]:
    """Yield every key with the table it belongs to, as a person would write that."""
    for key, field in model.model_fields.items():
        yield key, where or text("the top of the file")
        for inner in _models(field.annotation):
            named = ".<name>" if _is_mapping(field.annotation) else ""
            of_type = f' with type = "{_tag(inner)}"' if _tag(inner) else ""
            inside = f"{where[1:-1]}.{key}" if where else key
            yield from _paths(inner, f"[{inside}{named}]{of_type}")


def _walk(loc: Location) -> tuple[str, Sequence[str]]:
    """Return the path that ``loc`` has in the file, and the keys known where it ends.

    Pydantic adds steps of its own: the type of a source, ``[key]`` for a bad name.
    """
    annotation: typing.Any = Configuration
    steps: list[str] = []
    siblings: Sequence[str] = ()
    for step in loc:
        models = list(_models(annotation))
        if step == "[key]" or (_is_union(annotation, models) and step in {"wecom", "ldap"}):
            annotation = next((model for model in models if _tag(model) == step), annotation)
            continue
        steps.append(_quoted(str(step)))
        if _is_mapping(annotation):
            annotation = typing.get_args(_bare(annotation))[1]
        elif models:
            siblings = tuple(models[0].model_fields)
            found = models[0].model_fields.get(str(step))
            annotation = found.annotation if found else None
    return ".".join(steps), siblings


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key


def _tag(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("type")
    return typing.get_args(field.annotation)[0] if field else None


def _bare(annotation: typing.Any) -> typing.Any:
    """Return ``annotation`` without ``Annotated`` around it."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _is_mapping(annotation: typing.Any) -> bool:
    return typing.get_origin(_bare(annotation)) is Mapping


def _is_union(annotation: typing.Any, models: Sequence[object]) -> bool:
    return len(models) > 1 and not _is_mapping(annotation)


def _models(annotation: typing.Any) -> Iterator[type[BaseModel]]:
    """Yield the models inside ``annotation``: itself, of a union, or the values of a mapping."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        yield bare
    for part in typing.get_args(bare):
        yield from _models(part)
