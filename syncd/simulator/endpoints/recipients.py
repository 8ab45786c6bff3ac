"""Whom a message is for: members, departments with all below, tags, everybody (reference 9.1)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from syncd.simulator.answers import ApiError
from syncd.simulator.calls import Context
from syncd.simulator.entities import Member

_MOST_USERS = 1000
_MOST_PARTIES = _MOST_TAGS = 100
_EVERYBODY = "@all"


@dataclass(frozen=True, slots=True)
class Recipients:
    """The members meant, and the names that stand for nobody the app sees."""

    members: Mapping[str, Member]  #: by key, each once
    unlicensed: tuple[Member, ...]  #: seen, but without a licence
    invalid: Mapping[str, tuple[str, ...]]  #: lower-cased names by the answer's keys

    def answer(self) -> dict[str, str]:
        """Return the lists of a `message/send` answer; what is empty is absent."""
        lists = {key: "|".join(names) for key, names in self.invalid.items() if names}
        if self.unlicensed:
            lists["unlicenseduser"] = "|".join(member.key for member in self.unlicensed)
        return lists


def of_message(context: Context) -> Recipients:
    """Return whom `touser`, `toparty` and `totag` name together, each person once.

    Raises:
        ApiError: 82001 nobody is named; 40032, 82002, 82003 too many are.
    """
    users, parties, tags = (_names(context, key) for key in ("touser", "toparty", "totag"))
    if not (users or parties or tags):
        raise ApiError(82001)
    if users == [_EVERYBODY]:
        return everybody(context)
    return named(context, users, parties, tags)


def everybody(context: Context) -> Recipients:
    """Return everybody in the app's visible range."""
    members = context.company.members.values()
    return _licensed(context, {m.key: m for m in members if context.view.sees_member(m)}, {})


def named(context: Context, users: list[str], parties: list[str], tags: list[str]) -> Recipients:
    """Return whom these names stand for.

    Raises:
        ApiError: 40032, 82002, 82003 there are too many of them.
    """
    for names, most, errcode in (
        (users, _MOST_USERS, 40032),
        (parties, _MOST_PARTIES, 82002),
        (tags, _MOST_TAGS, 82003),
    ):
        if len(names) > most:
            raise ApiError(errcode)
    reached: dict[str, Member] = {}
    invalid = {
        "invaliduser": _add(reached, users, lambda name: _user(context, name)),
        "invalidparty": _add(reached, parties, lambda name: _party(context, name)),
        "invalidtag": _add(reached, tags, lambda name: _tag(context, name)),
    }
    return _licensed(context, reached, invalid)


def _licensed(
    context: Context, reached: dict[str, Member], invalid: Mapping[str, tuple[str, ...]]
) -> Recipients:
    app = context.view.app
    without = {userid.casefold() for userid in app.unlicensed} if app else set()
    unlicensed = tuple(member for key, member in reached.items() if key in without)
    members = {key: m for key, m in reached.items() if key not in without} if without else reached
    return Recipients(members, unlicensed, invalid)


def _names(context: Context, key: str) -> list[str]:
    return [name.strip() for name in context.text(key).split("|") if name.strip()]


def _add(
    reached: dict[str, Member],
    names: Iterable[str],
    find: Callable[[str], list[Member] | None],
) -> tuple[str, ...]:
    """Add the members that names stand for; return the names that stand for nobody."""
    invalid = []
    for name in names:
        found = find(name)
        if found is None:
            invalid.append(name.lower())
        else:
            reached.update({member.key: member for member in found})
    return tuple(invalid)


def _user(context: Context, name: str) -> list[Member] | None:
    member = context.view.member(name)
    return [member] if member else None


def _party(context: Context, name: str) -> list[Member] | None:
    if not name.isdecimal() or not context.view.sees_department(int(name)):
        return None
    below = context.company.subtree(int(name))
    return [member for one in below for member in context.company.members_in(one)]


def _tag(context: Context, name: str) -> list[Member] | None:
    found = [tag for tag in context.company.tags if str(tag.tagid) == name]
    if not found:
        return None
    members = [context.view.member(user) for user in found[0].users]
    inside = [member for member in members if member]
    for party in found[0].parties:
        inside += _party(context, str(party)) or []
    return inside
