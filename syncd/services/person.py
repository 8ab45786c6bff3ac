"""Finds the one person whom an administrator means."""

from syncd.errors import UsageError
from syncd.model.entry import Ref
from syncd.model.row_id import read_id
from syncd.model.surrender import is_surrendered
from syncd.store.reader import Reader
from syncd.text import joined, text


def external_id(store: Reader, name: str, source: str) -> str:
    """Return the id at a source of whom `name` names.

    `name` is a userid or a user's id, or `userid:…` or `user:…` where both fit. Somebody whom the
    store does not know is taken to be meant by the source's own id: the source will tell.

    Raises:
        UsageError: It fits two people, or no user has that id.
    """
    kind, rest = _taken_apart(name)
    found = _owner(store, name)
    if found is None and kind == "user":
        raise _unknown(name)
    if found is None:
        return rest.lower()
    if is_surrendered(found.external_id):
        user = store.user_of(found)
        raise UsageError(
            text(
                "{name!r} names user {user}, whose record is somebody else's now.",
                name=name,
                user=user,
            ),
            hint=text(
                "No source can be asked for this user; syncd explain user:{user} says since when.",
                user=user,
            ),
        )
    return found.external_id if found.source == source else _linked_id(store, found, name, source)


def _linked_id(store: Reader, owner: Ref, name: str, source: str) -> str:
    """Return the id of a user's record of another source than the one that owns it."""
    links = store.world([owner], departments_records=False).links
    user = links[owner].user_id if owner in links else None
    ids = sorted(
        ref.external_id
        for ref, link in links.items()
        if ref.source == source and link.user_id == user
    )
    if user is None or not ids:
        raise UsageError(
            text("{name!r} has no record of the source {source!r}.", name=name, source=source),
            hint=text("syncd explain {name} says what is linked, and why not.", name=name),
        )
    return ids[0]


def user_id(store: Reader, name: str) -> int:
    """Return the id of the user whom `name` names, as `external_id` reads it.

    Raises:
        UsageError: It fits two people, or nobody.
    """
    owner = _owner(store, name)
    link = owner and store.world([owner], departments_records=False).links.get(owner)
    if not link or link.user_id is None:
        raise _unknown(name)
    return link.user_id


def owner(store: Reader, name: str) -> Ref:
    """Return the record that owns the user whom `name` names, as `external_id` reads it.

    Raises:
        UsageError: It fits two people, or nobody.
    """
    found = _owner(store, name)
    if found is None:
        raise _unknown(name)
    return found


def record(store: Reader, name: str) -> Ref:
    """Return the record that `SOURCE:ID` names; WeCom's ids may be written in any case.

    A record that the store does not know is what the words say.

    Raises:
        UsageError: They are no `SOURCE:ID`.
    """
    source, colon, id_ = name.partition(":")
    if not (source and colon and id_):
        raise UsageError(
            text("{record!r} is no record.", record=name),
            hint=text("Write SOURCE:ID as syncd conflicts does, for instance wecom:zhangsan."),
        )
    said, folded = Ref(source, id_), Ref(source, id_.lower())
    known = store.world([said, folded], departments_records=False)
    is_known = said in known.records or said in known.links
    return said if is_known or folded not in known.records else folded


def _taken_apart(name: str) -> tuple[str, str]:
    kind, colon, rest = name.partition(":")
    return (kind, rest) if colon and kind in {"user", "userid"} else ("", name)


def _owner(store: Reader, name: str) -> Ref | None:
    kind, rest = _taken_apart(name)
    number = read_id(rest) if kind != "userid" else None
    by_id = store.owner_of(number) if number is not None else None
    by_userid = store.owners_of_userid(rest) if kind != "user" else []
    # Somebody new may have the userid of one who left (rule 10), and is meant then.
    by_userid = [one for one in by_userid if not is_surrendered(one.external_id)] or by_userid
    found = {ref for ref in (by_id, *by_userid) if ref is not None}
    if len(found) > 1:
        raise UsageError(
            text(
                "{name!r} fits several people: {people}.",
                name=name,
                people=joined(", ", sorted(map(str, found))),
            ),
            hint=text("Write user:{rest} for the id, or userid:{rest} for the userid.", rest=rest),
        )
    return found.pop() if found else None


def _unknown(name: str) -> UsageError:
    return UsageError(
        text("There is no user {name!r}.", name=name), hint=text("syncd find looks for people.")
    )
