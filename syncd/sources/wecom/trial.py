"""Trying a WeCom source out: what its secrets can do, at the price of three calls."""

from collections.abc import Iterator

from syncd.errors import UsageError
from syncd.sources.wecom.directory import Directory
from syncd.text import Text, text


def try_out(app: Directory | None, contacts: Directory | None) -> Iterator[Text]:
    """Yield, for every secret that is there, what it was found to be able to do.

    Raises:
        WeComError: WeCom refused a secret, or did not answer.
    """
    if app is not None:
        departments = len(app.get_departments())
        yield text("app_secret: accepted, departments it may see: {number}", number=departments)
        yield from _name(app)
    if contacts is not None:
        yield text(
            "contacts_secret: accepted, departments: {number}",
            number=len(contacts.list_department_ids()),
        )


def _name(app: Directory) -> Iterator[Text]:
    """Yield what the app is called, so that a person sees whether it is the right one."""
    try:
        agent = app.get_agent()
    except UsageError:  # no agent_id is configured
        return
    yield text("agent_id: the app is called {name!r}", name=str(agent.get("name") or ""))
