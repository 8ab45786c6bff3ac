"""Finds the one person whom an administrator means."""

from syncd.errors import UsageError
from syncd.model.entry import Ref
from syncd.store.reader import Reader


def external_id(store: Reader, text: str) -> str:
    """Return the id at the source of whom `text` names.

    `text` is a userid or a user's id, or `userid:…` or `user:…` where both fit. Somebody whom the
    store does not know is taken to be meant by the source's own id: the source will tell.

    Raises:
        UsageError: It fits two people, or no user has that id.
    """
    kind, rest = _taken_apart(text)
    found = _owner(store, text)
    if found is None and kind == "user":
        raise _unknown(text)
    return found.external_id if found is not None else rest.lower()


def user_id(store: Reader, text: str) -> int:
    """Return the id of the user whom `text` names, as `external_id` reads it.

    Raises:
        UsageError: It fits two people, or nobody.
    """
    owner = _owner(store, text)
    link = owner and store.world([owner], departments_records=False).links.get(owner)
    if not link or link.user_id is None:
        raise _unknown(text)
    return link.user_id


def _taken_apart(text: str) -> tuple[str, str]:
    kind, colon, rest = text.partition(":")
    return (kind, rest) if colon and kind in {"user", "userid"} else ("", text)


def _owner(store: Reader, text: str) -> Ref | None:
    kind, rest = _taken_apart(text)
    by_id = store.owner_of(int(rest)) if kind != "userid" and rest.isdecimal() else None
    by_userid = store.owners_of_userid(rest) if kind != "user" else []
    found = {ref for ref in (by_id, *by_userid) if ref is not None}
    if len(found) > 1:
        raise UsageError(
            f"{text!r} fits several people: {', '.join(sorted(map(str, found)))}.",
            hint=f"Write user:{rest} for the id, or userid:{rest} for the userid.",
        )
    return found.pop() if found else None


def _unknown(text: str) -> UsageError:
    return UsageError(f"There is no user {text!r}.", hint="syncd find looks for people.")
