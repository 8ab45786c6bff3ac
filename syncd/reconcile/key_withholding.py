"""Says plainly where WeCom keeps fields from a source, and what can be done about it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncd.model.fitness import FieldState, Side, Withholding
from syncd.model.lookup import LOOKED_UP
from syncd.reconcile.lookup import allowed_misses
from syncd.text import Text, joined, text

#: Candidates that apps made after 2022-06-20 20:00 do not get (docs/wecom-setup.md, section 4).
PRIVATE: Final = ("mobile", "email", "biz_email")
#: Candidates that a contacts secret does not get from an address added after 2022-08-15 10:00.
_DETAILS: Final = ("mobile", "email", "biz_email", "employee_no", "alias", "name")


@dataclass(frozen=True, slots=True)
class Asking:
    """What could be learnt by asking WeCom whose a value is (`lookup`)."""

    #: Whether it is switched on.
    is_on: bool = False
    #: Field → people of other sources with a value that nobody else of their source has.
    people: Mapping[str, int] = field(default_factory=dict)


def withheld_by_wecom(
    source: str, sides: Mapping[str, Side], asking: Asking = Asking()
) -> Withholding | None:
    """Return what WeCom keeps from a source of its own, None where it shows what it should.

    Args:
        source: A source of the type `wecom`.
        sides: Field → how it stands there.
        asking: What asking could bring.
    """
    if not sides["name"].people:
        return None
    if not sides["name"].known:
        fields = tuple(one for one in _DETAILS if not sides[one].known)
        return Withholding(source, fields, "identifiers", _identifiers(source, fields), _BY_DETAILS)
    fields = tuple(one for one in PRIVATE if sides[one].state is FieldState.WITHHELD)
    if all(one in fields or not sides[one].known for one in PRIVATE):
        fields = PRIVATE
    if not fields:
        return None
    another, *others = _other_fields(source)
    ways_out = (another, *_by_asking(source, fields, sides["name"].people, asking), *others)
    return Withholding(source, fields, "new_app", _new_app(source, fields), ways_out)


def _new_app(source: str, fields: tuple[str, ...]) -> Text:
    return text(
        "WeCom withholds {fields} from {source}: an app made after 2022-06-20 does not get them, and "
        "no setting in the console changes that.",
        fields=joined(", ", fields),
        source=source,
    )


def _identifiers(source: str, fields: tuple[str, ...]) -> Text:
    return text(
        "WeCom gives {source} nothing but ids, and withholds {fields}: the contacts secret is used from "
        "an address that was added after 2022-08-15.",
        fields=joined(", ", fields),
        source=source,
    )


def _by_asking(source: str, fields: Collection[str], people: int, asking: Asking) -> Iterator[Text]:
    for name in LOOKED_UP:
        number = asking.people.get(name, 0) if name in fields else 0
        values = {"source": source, "field": name, "number": number}
        values["budget"] = allowed_misses(people)
        if number and asking.is_on:
            yield text(
                'Let WeCom say whose a value is, by common_field = "{field}": lookup = true is set for '
                "{source}. It is asked for {number:,} people, and for at most {budget:,} values in 24 hours that "
                "turn out to be nobody's.",
                **values,
            )
        elif number:
            yield text(
                "Let WeCom say whose a value is: [sources.{source}] lookup = true, and common_field = "
                '"{field}". It is asked for {number:,} people, and for at most {budget:,} values in 24 hours that '
                "turn out to be nobody's.",
                **values,
            )


def _other_fields(source: str) -> tuple[Text, ...]:
    return (
        text(
            "Choose a field that every app gets: an extended attribute (成员资料) such as 工号, with "
            '[sources.{source}] fields = {{ employee_no = "extattr.工号" }}; or the userid, where the '
            "other directory has it.",
            source=source,
        ),
        text("Use the secret of an app that was made before 2022-06-20: it gets everything."),
        text(
            "Use the contacts secret (通讯录同步), alone, from an address that was entered there before "
            "2022-08-15."
        ),
    )


_BY_DETAILS: Final = (
    text(
        "Add app_secret and agent_id of an app whose visible range is the whole company: it gets "
        "names and extended attributes such as 工号, and mobile and e-mail too if it was made before "
        "2022-06-20."
    ),
    text(
        "Call WeCom through a proxy at an address that was entered under 通讯录同步 before 2022-08-15 (proxy)."
    ),
    text("Choose the userid, where the other directory has it."),
)
