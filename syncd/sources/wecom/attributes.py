"""Which attribute of WeCom each of our fields is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncd.config.field_value import FieldValue, field_value
from syncd.model.field import MANAGER, MAX_CUSTOM_LENGTH, MAX_LENGTH

#: Our field → WeCom's attributes, the first that is there counts. `english_name` is the alias
#: of old servers and private deployments (reference 5.1). `employee_no` has no default.
DEFAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "userid": ("userid",),
    "name": ("name",),
    "alias": ("alias", "english_name"),
    "mobile": ("mobile",),
    "email": ("email",),
    "biz_email": ("biz_mail",),
    "telephone": ("telephone",),
    "position": ("position",),
    "gender": ("gender",),
    "address": ("address",),
    "avatar_url": ("avatar",),
    "manager": ("direct_leader",),
}
#: What a person's place and state are made of, whatever the fields are.
PLACE: Final = ("userid", "department", "order", "is_leader_in_dept", "main_department", "status")
EXTENDED: Final = "extattr"
_EXTENDED_PREFIX = "extattr."


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where one field comes from, and how long it may be."""

    field: str
    #: Attributes of the member, or one name of an extended attribute.
    keys: tuple[str, ...]
    is_extended: bool
    limit: int
    #: Whether it is one attribute of the member itself.
    is_single: bool
    #: Whether it is a text, taken as it is.
    is_text: bool
    #: How it is made of several attributes or by steps; then `sources` has a rule for each of them.
    made: FieldValue | None = None
    sources: tuple["FieldRule", ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeMap:
    """All fields of a source, and what has to be kept of a member for them."""

    rules: tuple[FieldRule, ...]
    #: Attributes kept of each member.
    kept: frozenset[str]
    #: Names of extended attributes kept.
    extended: frozenset[str]
    #: The attribute that holds the avatar's address, whose host and query mean nothing.
    avatar: str | None
    #: The rules that take one attribute as it is; most values need no more than a look-up.
    simple: tuple[tuple[str, str, FieldRule], ...]
    #: All other rules.
    special: tuple[FieldRule, ...]
    #: The rules that are made of the avatar's address.
    pictures: tuple[FieldRule, ...]

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "AttributeMap":
        """Return the map for a source's `fields`, merged over the defaults."""
        own = {name: _configured(name, field_value(written)) for name, written in fields.items()}
        chosen = {name: _rule(name, keys) for name, keys in DEFAULTS.items()} | own
        rules = tuple(chosen.values())
        leaves = [each for rule in rules for each in rule.sources or (rule,)]
        plain = {key for rule in leaves if not rule.is_extended for key in rule.keys}
        extended = frozenset(key for rule in leaves if rule.is_extended for key in rule.keys)
        kept = plain | set(PLACE) | ({EXTENDED} if extended else set())
        avatar = next(
            (r.keys[0] for r in rules if r.field == "avatar_url" and r.keys and not r.is_extended),
            None,
        )
        simple = [rule for rule in rules if rule.is_single and rule.is_text]
        return cls(
            rules=rules,
            kept=frozenset(kept),
            extended=extended,
            avatar=avatar,
            simple=tuple((rule.field, rule.keys[0], rule) for rule in simple),
            special=tuple(rule for rule in rules if rule not in simple),
            pictures=tuple(rule for rule in simple if rule.keys[0] == avatar),
        )

    @property
    def fields(self) -> frozenset[str]:
        """Return our names of all fields."""
        return frozenset(rule.field for rule in self.rules)

    def readable(self, carried: Iterable[str]) -> frozenset[str]:
        """Return our fields of which somebody carried the attribute.

        `carried` holds attributes, and extended ones as `extattr.<name>`.
        """
        there = frozenset(carried)
        return frozenset(
            rule.field
            for rule in self.rules
            if all(_is_there(each, there) for each in rule.sources or (rule,))
        )


def extended(name: str) -> str:
    """Return how an extended attribute is written among other attributes."""
    return _EXTENDED_PREFIX + name


def _is_there(rule: FieldRule, there: frozenset[str]) -> bool:
    return any((extended(key) if rule.is_extended else key) in there for key in rule.keys)


def _configured(name: str, value: FieldValue) -> FieldRule:
    if value.is_plain:
        return _rule(name, value.attributes)
    return FieldRule(
        field=name,
        keys=(),
        is_extended=False,
        limit=MAX_LENGTH.get(name, MAX_CUSTOM_LENGTH),
        is_single=False,
        is_text=True,
        made=value,
        sources=tuple(_rule(attribute, (attribute,)) for attribute in value.attributes),
    )


def _rule(name: str, keys: tuple[str, ...]) -> FieldRule:
    is_extended = keys[0].startswith(_EXTENDED_PREFIX)
    return FieldRule(
        field=name,
        keys=tuple(key.removeprefix(_EXTENDED_PREFIX) for key in keys),
        is_extended=is_extended,
        limit=MAX_LENGTH.get(name, MAX_CUSTOM_LENGTH),
        is_single=not is_extended and len(keys) == 1,
        is_text=name not in {"gender", MANAGER},
    )
