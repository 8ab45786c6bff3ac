"""Finds the one person whom an administrator means."""

from syncd.errors import UsageError
from syncd.store.store import Store


def external_id(store: Store, text: str) -> str:
    """Return the id at the source of whom `text` names.

    `text` is a userid or a user's id, or `userid:…` or `user:…` where both fit. Somebody whom the
    store does not know is taken to be meant by the source's own id: the source will tell.

    Raises:
        UsageError: It fits two people, or no user has that id.
    """
    kind, colon, rest = text.partition(":")
    if not colon or kind not in {"user", "userid"}:
        kind, rest = "", text
    by_id = store.owner_of(int(rest)) if kind != "userid" and rest.isdecimal() else None
    by_userid = store.owners_of_userid(rest) if kind != "user" else []
    found = {ref for ref in (by_id, *by_userid) if ref is not None}
    if len(found) > 1:
        raise UsageError(
            f"{text!r} fits several people: {', '.join(sorted(map(str, found)))}.",
            hint=f"Write user:{rest} for the id, or userid:{rest} for the userid.",
        )
    if not found and kind == "user":
        raise UsageError(f"There is no user {rest!r}.", hint="syncd find looks for people.")
    return found.pop().external_id if found else rest.lower()
