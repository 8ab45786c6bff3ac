"""Generated companies: trees with orphans, circles and several tops, and people of every kind."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from syncd.model.entry import Hidden, Kind, Rejection
from syncd.model.field import MANAGER
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from tests.unit.reconcile.memory import NOW, SOURCE, Company, Memory

#: Few ids, so that people share, name and miss one another all the time.
PEOPLE = ("a", "b", "c", "d")
DEPARTMENTS = ("1", "2", "3", "4")
#: Named by records and never there.
NOBODY, NOWHERE = "ghost", "99"

T = TypeVar("T")

_NAMES = st.sampled_from(
    ("王伟", "𠮷田𠀋", "O'Brien", "李/四", " 张 三 ", "n\u0303", "😀", "Ａ", "x" * 255)
)
_VALUES = st.one_of(st.none(), st.just(""), st.sampled_from(("1", "13800138000", "工程师", "𠮷")))
_DEPARTMENT_NAMES = st.sampled_from(("研发部", "A/B", "／", "D", "𠮷", " "))
_USERIDS = st.sampled_from(("a", "A", "b", "Ａ", None))
_STATES = st.sampled_from((*RecordState, None))
#: Fields that a source may withhold; the others are always there.
WITHHELDABLE = ("mobile", "email", "position", "custom.grade", MANAGER)


@st.composite
def departments(draw: Callable[..., T], *, is_whole: bool = False) -> DepartmentRecord:
    """Return one department; a whole one has a name and an order that are known."""
    id_ = draw(st.sampled_from(DEPARTMENTS))
    parent = draw(st.one_of(st.none(), st.sampled_from((*DEPARTMENTS, NOWHERE))))
    name = draw(_DEPARTMENT_NAMES if is_whole else st.one_of(st.none(), _DEPARTMENT_NAMES))
    order = draw(st.sampled_from((0, 1, 4294967295)))
    return DepartmentRecord(
        SOURCE,
        id_,
        NOW,
        name,
        draw(st.sampled_from((None, "", "R&D"))) if not is_whole else "",
        None if id_ == "1" else parent,
        order if is_whole else draw(st.sampled_from((None, order))),
        draw(st.booleans()),
    )


@st.composite
def people(
    draw: Callable[..., T], *, is_whole: bool = False, has_fixed_name: bool = False
) -> UserRecord:
    """Return one person; of a whole one everything is known."""
    id_ = draw(st.sampled_from(PEOPLE))
    name = f"Name {id_}" if has_fixed_name else draw(_NAMES)
    fields: dict[str, str | None] = {"name": name}
    fields["userid"] = id_ if has_fixed_name else draw(_USERIDS)
    for field in WITHHELDABLE:
        if field == MANAGER:
            fields[field] = draw(st.sampled_from((None, *PEOPLE, NOBODY)))
        elif is_whole or draw(st.booleans()):
            fields[field] = draw(_VALUES)
    if not is_whole:
        for field in draw(st.sets(st.sampled_from((*WITHHELDABLE, "userid")), max_size=2)):
            fields.pop(field, None)
        if not has_fixed_name and draw(st.booleans()):
            del fields["name"]
    return UserRecord(
        SOURCE,
        id_,
        NOW,
        fields,
        *draw(_places(is_whole=is_whole)),
        draw(st.sampled_from(tuple(RecordState)) if is_whole else _STATES),
        may_create=is_whole or draw(st.integers(0, 9)) > 0,
        rejections=() if is_whole else draw(_rejections(id_)),
    )


@st.composite
def _places(
    draw: Callable[..., T], *, is_whole: bool
) -> tuple[tuple[MembershipRecord, ...] | None, str | None]:
    """Return memberships and main department."""
    flag = st.booleans() if is_whole else st.one_of(st.none(), st.booleans())
    order = st.integers(0, 2) if is_whole else st.one_of(st.none(), st.integers(0, 2))
    one = st.builds(MembershipRecord, st.sampled_from((*DEPARTMENTS, NOWHERE)), flag, order)
    several = tuple(draw(st.lists(one, max_size=3, unique_by=lambda one: one.department)))
    main = draw(st.sampled_from([None, NOWHERE, *(one.department for one in several)]))
    if not is_whole and draw(st.integers(0, 5)) == 0:
        return None, None
    return several, main


def _rejections(id_: str) -> st.SearchStrategy[tuple[Rejection, ...]]:
    return st.sampled_from(((), (), (), (Rejection(Kind.USER, id_, "mobile", "nul"),)))


@st.composite
def companies(
    draw: Callable[..., T], *, is_whole: bool = False, has_fixed_names: bool = False
) -> Company:
    """Return what a source says in one reading."""
    one = people(is_whole=is_whole, has_fixed_name=has_fixed_names)
    return Company.of(*draw(_unique(departments(is_whole=is_whole), 4)), *draw(_unique(one, 4)))


def _unique(one: st.SearchStrategy[T], most: int) -> st.SearchStrategy[list[T]]:
    return st.lists(one, max_size=most, unique_by=lambda record: record.external_id)


@st.composite
def hiding(draw: Callable[..., T]) -> dict[str, dict[str, Hidden]]:
    """Return whose absence proves nothing, as `Memory.read` takes it."""
    why = st.sampled_from(
        (Hidden("department:2", "permission"), Hidden("member:a", "visible_range"))
    )
    return {
        "hidden": draw(st.dictionaries(st.sampled_from(PEOPLE), why, max_size=2)),
        "hidden_departments": draw(st.dictionaries(st.sampled_from(DEPARTMENTS), why, max_size=1)),
    }


def shuffled(draw: Callable[..., T], company: Company) -> Company:
    """Return the company with its records in another order."""
    return Company(
        dict(draw(st.permutations(list(company.departments.items())))),
        dict(draw(st.permutations(list(company.people.items())))),
    )


@st.composite
def edits(draw: Callable[..., T], company: Company) -> Company:
    """Return the company with some of its people and departments not there."""
    ids = [*company.people, *(f"department:{id_}" for id_ in company.departments)]
    return company.minus(*draw(st.sets(st.sampled_from(ids)))) if ids else company


@st.composite
def changes_by_hand(draw: Callable[..., T], memory: Memory) -> Memory:
    """Return the store after other programs have written into some rows of it."""
    users = sorted(memory.world.users)
    changes = st.sampled_from(
        (
            {"position": "vandal"},
            {"userid": "b"},
            {"manager": None},
            {"gone_at": NOW},
            {"gone_at": None, "source_disabled_at": None},
            {"admin_disabled_at": NOW},
            {"astray": (("status", "odd"),)},
        )
    )
    for key in draw(st.sets(st.sampled_from(users), max_size=3)) if users else ():
        memory = memory.changed_by_hand(key.external_id, **draw(changes))
    places = sorted(memory.world.departments)
    for key in draw(st.sets(st.sampled_from(places), max_size=2)) if places else ():
        columns = draw(st.sampled_from(({"gone_at": NOW}, {"gone_at": None}, {"name": "vandal"})))
        memory = memory.department_changed_by_hand(key.external_id, **columns)
    return memory


def with_known_main_departments(company: Company) -> Company:
    """Return the company where nobody's main department depends on the past (section 9)."""
    return Company(
        company.departments,
        {
            id_: replace(
                one,
                main_department=next(
                    (
                        place.department
                        for place in one.memberships or ()
                        if place.department in company.departments
                    ),
                    None,
                ),
            )
            for id_, one in company.people.items()
        },
    )


def without_fields(company: Company, fields: set[str]) -> Company:
    """Return what the source says when it lets us read these fields of nobody."""
    return Company(
        company.departments,
        {
            id_: replace(
                one,
                fields={name: value for name, value in one.fields.items() if name not in fields},
            )
            for id_, one in company.people.items()
        },
    )
