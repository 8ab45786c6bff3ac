"""Says who was found."""

from dataclasses import dataclass

from syncd.cli.candidates_text import lines
from syncd.cli.output import Column, say, show_table
from syncd.model.field import TEXT_FIELDS
from syncd.services.candidates import Suggested, suggest
from syncd.store.look import FOUND_LIMIT, Person
from syncd.store.store import Store
from syncd.text import term, text

_COLUMNS = (
    Column(text("id"), numeric=True),
    Column(text("name")),
    Column(text("userid")),
    Column(text("mobile")),
    Column(text("e-mail")),
    Column(text("department")),
    Column(text("state")),
    Column(text("record")),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody found, with the path of the main department."""

    person: Person
    department: str | None
    #: Who may be meant, of a record that belongs to nobody.
    suggested: Suggested | None = None

    @property
    def state(self) -> str:
        """Return `active`, `inactive`, or `unmatched` for a record that belongs to nobody."""
        if self.person.user is None:
            return "unmatched"
        return "active" if self.person.user.row.is_active else "inactive"

    def value(self, field: str) -> str | None:
        """Return a field: the user's, or of an unmatched record its own."""
        if self.person.user is not None:
            value: str | None = getattr(self.person.user.row, field)
            return value
        record = self.person.record
        return None if record is None else record.fields.get(field)


def look(store: Store, sought: str, authority: str) -> list[Hit]:
    """Return who has `sought` in a name, number, address or id."""
    people = store.find(sought)
    unmatched = [one.ref for one in people if one.user is None and one.record is not None]
    suggested = suggest(store, unmatched, authority) if unmatched else {}
    # The world around nobody: it has every department.
    departments = store.world((), departments_records=False).departments if people else {}
    found = []
    for person in people:
        main = person.user.row.main_department if person.user is not None else None
        department = departments.get(main) if main is not None else None
        path = department.row.full_path if department is not None else None
        found.append(Hit(person, path, suggested.get(person.ref)))
    return found


def show(found: list[Hit]) -> None:
    """Print who was found."""
    show_table(
        _COLUMNS,
        [
            (
                one.person.user.id if one.person.user is not None else "",
                one.value("name"),
                one.value("userid"),
                one.value("mobile"),
                one.value("email") or one.value("biz_email"),
                one.department,
                term(one.state),
                one.person.ref,
            )
            for one in found
        ],
    )
    suggested = {one.person.ref: one.suggested for one in found if one.suggested is not None}
    for line in lines(suggested):
        say(line)
    if len(found) >= FOUND_LIMIT:
        say(text("These are the first {number}; a longer TEXT finds fewer.", number=FOUND_LIMIT))


def as_document(found: list[Hit]) -> dict[str, object]:
    """Return who was found as JSON values."""
    return {"found": [_hit(one) for one in found], "truncated": len(found) >= FOUND_LIMIT}


def _hit(one: Hit) -> dict[str, object]:
    user = one.person.user
    return {
        "user_id": user.id if user is not None else None,
        "source": one.person.ref.source,
        "external_id": one.person.ref.external_id,
        "state": one.state,
        "department": one.department,
        "fields": {field: one.value(field) for field in TEXT_FIELDS},
        "candidates": [
            each.as_json() for each in (one.suggested.suggestions if one.suggested else ())
        ],
    }
