"""What is thought of each field as the common field, and which one is recommended.

A name is never recommended, whatever the numbers say: many people share one (rule 5). Names are
evidence all the same: a field that links people of different names far more often than another
field does links the wrong ones, for instance userids that both directories make of names.

    no value on a side                               unread
    names                                            never
    hardly a value in common                         apart
    links people of different names too often        unsafe
    links clearly fewer people than the best field   weak
    links as many as the best field                  usable; the one that lasts longest: recommended
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncd.model.field import CUSTOM_PREFIX
from syncd.model.fitness import Fitness, Match, Side, Verdict
from syncd.text import Text, joined, plural, text

_NAMES: Final = frozenset({"name"})
#: Where several link as many people: a number that is one person's for good comes first, and
#: what people choose or are given by chance comes last.
_LASTING: Final = ("employee_no", "mobile", "email", "biz_email", "userid")
#: Whoever links this share of what the best links is as good.
_AS_GOOD: Final = 0.98
#: A field that links less than this share of the people who could be linked is none.
_ENOUGH: Final = 0.2
#: Other names among the links, more than in the field that has least of them.
_MORE_OTHER_NAMES: Final = 0.05
_SOME: Final = 3
#: So many pairs of names say something about a field.
_TELLING: Final = 20
#: With one source: enough have a value, and few share one.
_NEARLY_ALL: Final = 0.9
_FEW: Final = 0.05


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was counted of one field."""

    field: str
    sides: Mapping[str, Side]
    matches: Mapping[str, Match]

    @property
    def links(self) -> int:
        """Return how many records would find their user."""
        return sum(one.links for one in self.matches.values())

    @property
    def disputed(self) -> int:
        """Return how many records have a value that says nothing."""
        return sum(one.duplicate_key + one.ambiguous for one in self.matches.values())

    @property
    def names_compared(self) -> int:
        """Return how many links have a name on both sides."""
        return sum(one.names_compared for one in self.matches.values())

    @property
    def names_differ(self) -> int:
        """Return how many of these have another name."""
        return sum(one.names_differ for one in self.matches.values())

    @property
    def other_names(self) -> float:
        """Return the share of links with another name."""
        return self.names_differ / self.names_compared if self.names_compared else 0.0


def advise(
    counted: Sequence[Numbers], authority: str | None
) -> tuple[tuple[Fitness, ...], str | None, Text]:
    """Return what is thought of every field, the recommended one if any, and why.

    Args:
        counted: Each field; with one source there are no matches.
        authority: The source whose people are users.
    """
    if authority is None:
        return (), None, text("Nothing has been read yet.")
    if not any(one.matches for one in counted):
        fields = tuple(_alone(one, authority) for one in counted)
        return fields, None, _ONE_SOURCE
    judge = _Judge.of(counted, authority)
    judged = {one.field: judge.judge(one) for one in counted}
    best = min(
        (one for one in counted if judged[one.field][0] is Verdict.USABLE),
        key=_preference,
        default=None,
    )
    if best is not None:
        judged[best.field] = (Verdict.RECOMMENDED, judge.praise(best))
    fields = tuple(_fitness(one, *judged[one.field]) for one in counted)
    if best is None:
        return fields, None, judge.nothing()
    return fields, best.field, judged[best.field][1]


_ONE_SOURCE: Final = text(
    "There is one source, so there is nobody to link. Its records show which field has one value "
    "for everybody; the other source decides whether the two agree."
)


def _fitness(numbers: Numbers, verdict: Verdict, reason: Text) -> Fitness:
    return Fitness(numbers.field, numbers.sides, numbers.matches, verdict, reason)


def _preference(one: Numbers) -> tuple[int, int, str]:
    """Return how early a field is chosen among those that link as many."""
    if one.field in _LASTING:
        place = _LASTING.index(one.field)
    else:
        place = len(_LASTING) + (0 if one.field.startswith(CUSTOM_PREFIX) else 1)
    return place, one.disputed, one.field


def _alone(one: Numbers, source: str) -> Fitness:
    side = one.sides[source]
    if one.field in _NAMES:
        return _fitness(one, Verdict.NEVER, _NEVER)
    if not side.values:
        return _fitness(one, Verdict.UNREAD, _no_value([source]))
    values = {"values": side.values, "people": side.people}
    if side.sharing:
        said = plural(
            side.sharing,
            "{values:,} of {people:,} people have a value, {number:,} shares it with somebody",
            "{values:,} of {people:,} people have a value, {number:,} share theirs with somebody",
            **values,
        )
    else:
        said = text("{values:,} of {people:,} people have a value, nobody shares one", **values)
    is_fit = side.coverage >= _NEARLY_ALL and side.sharing <= side.people * _FEW
    return _fitness(one, Verdict.USABLE if is_fit else Verdict.WEAK, said)


_NEVER: Final = text("many people have the same name: a name is never a key")


def _no_value(sources: Iterable[str]) -> Text:
    return text("no value in {sources}", sources=joined(", ", sources))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one field by what the others do."""

    authority: str
    #: How many records could be linked at most, as far as the number of people goes.
    reach: int
    #: How many the best field links that is not a name.
    most: int
    #: The least share of other names among the links of a field.
    least_other_names: float

    @classmethod
    def of(cls, counted: Sequence[Numbers], authority: str) -> "_Judge":
        fields = [one for one in counted if one.field not in _NAMES]
        sides = counted[0].sides
        reach = sum(
            min(sides[authority].people, side.people)
            for name, side in sides.items()
            if name != authority
        )
        most = max(one.links for one in fields)
        telling = min(_TELLING, most / 2)
        shares = [one.other_names for one in fields if one.names_compared >= max(telling, 1)]
        least = min(shares, default=0.0)
        safe = [one.links for one in fields if not _is_unsafe(one, least)]
        return cls(authority, reach, max(safe, default=0), least)

    def judge(self, one: Numbers) -> tuple[Verdict, Text]:
        """Return the verdict on a field, and its reason."""
        without = [name for name, side in one.sides.items() if not side.values]
        others = one.sides.keys() - {self.authority}
        if self.authority in without or others <= set(without):
            return Verdict.UNREAD, _no_value(without)
        if one.field in _NAMES:
            return Verdict.NEVER, _NEVER
        if one.links < max(self.reach * _ENOUGH, 1):
            return Verdict.APART, self._apart(one)
        if _is_unsafe(one, self.least_other_names):
            return Verdict.UNSAFE, _other_names(one)
        if one.links < self.most * _AS_GOOD:
            return Verdict.WEAK, text(
                "links {links:,}, another field {most:,}", links=one.links, most=self.most
            )
        return Verdict.USABLE, text(
            "links {links:,} of {reach:,}", links=one.links, reach=self.reach
        )

    def _apart(self, one: Numbers) -> Text:
        near = sum(match.near for match in one.matches.values())
        if near > one.links:
            return text(
                "links {links:,} of {reach:,}; {near:,} more differ in leading zeros or the case of letters only",
                links=one.links,
                reach=self.reach,
                near=near,
            )
        return text(
            "links {links:,} of {reach:,}: the values are not the same",
            links=one.links,
            reach=self.reach,
        )

    def praise(self, one: Numbers) -> Text:
        """Return why a field is recommended, and what to mind."""
        parts = [
            text(
                "it links {links:,} of the {reach:,} people whom both sides could have at most",
                links=one.links,
                reach=self.reach,
            )
        ]
        if one.disputed:
            parts.append(
                plural(
                    one.disputed,
                    "{number:,} record has a value that several people have",
                    "{number:,} records have a value that several people have",
                )
            )
        if one.names_differ:
            parts.append(_other_names(one))
        without = [name for name, side in one.sides.items() if not side.values]
        if without:
            parts.append(_no_value(without))
        if one.field in _MINDED:
            parts.append(_MINDED[one.field])
        return joined("; ", parts)

    def nothing(self) -> Text:
        """Return why no field is recommended."""
        return text(
            "No field links enough people: the best one {most:,} of {reach:,}. See what keeps each one from it.",
            most=self.most,
            reach=self.reach,
        )


#: What to know of a field that is recommended.
_MINDED: Final = {
    "employee_no": text("an employee number is one person's for good"),
    "mobile": text("a company phone may be handed on to somebody else"),
    "userid": text("a userid may be given to somebody new"),
    "alias": text("people choose an alias themselves"),
}


def _is_unsafe(one: Numbers, least: float) -> bool:
    return one.names_differ >= _SOME and one.other_names > least + _MORE_OTHER_NAMES


def _other_names(one: Numbers) -> Text:
    return text(
        "{differ:,} of {compared:,} links join people of different names",
        differ=one.names_differ,
        compared=one.names_compared,
    )
