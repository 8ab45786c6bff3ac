"""A company by size and seed: the same seed gives the same people, to the last digit."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncd.errors import UsageError
from syncd.simulator import names
from syncd.simulator.company import Company
from syncd.simulator.company_file import read_company
from syncd.simulator.entities import ROOT, App, Contacts, Department, Member, Range, Tag
from syncd.simulator.options import SimulatorOptions
from syncd.text import text

_MOST_CHILDREN = 12
_DOMAIN = "xinghe.example"
_MALE, _FEMALE = "1", "2"
#: A step that shares no factor with 10**8, so numbers look random and never repeat.
_STEP = 48_271_009
#: Out of a hundred: activated, not activated, disabled.
_STATUSES = (1,) * 95 + (4,) * 3 + (2,) * 2


@dataclass(frozen=True, slots=True)
class _Placing:
    """Where one person is to be: departments, post, and whether they head the first."""

    departments: tuple[int, ...]
    position: str
    heads: bool


def build_company(options: SimulatorOptions) -> Company:
    """Return the company that the options describe: from a file, or made by size and seed.

    Raises:
        UsageError: The file is not usable, or the shape or a size makes no sense.
    """
    if options.company_file is not None:
        return read_company(options.company_file)
    if options.shape not in ("demo", "sized"):
        raise UsageError(
            text("There is no shape {shape!r}.", shape=options.shape),
            hint=text("Use demo or sized."),
        )
    if options.users < 1 or options.departments < 1:
        raise UsageError(text("A company has at least one person and one department."))
    chance = random.Random(options.seed)
    if options.shape == "demo":
        departments, placings = _demo(chance)
    else:
        departments, placings = _sized(chance, options)
    members = list(_people(chance, placings, departments))
    return Company(
        corp_id=options.corp_id,
        contacts=_contacts(options),
        apps=[_app(options)],
        departments=_with_leaders(departments, members),
        members=members,
        tags=_tags(members),
    )


# ── departments, and who is where ────────────────────────────────────────────


def _demo(chance: random.Random) -> tuple[list[Department], list[_Placing]]:
    departments = [
        Department(number, name, parent, 100_000_000 - number * 1000, name_en)
        for number, parent, name, name_en, _, _ in names.DEMO_DEPARTMENTS
    ]
    placings = []
    for number, parent, _, _, people, posts in names.DEMO_DEPARTMENTS:
        for place in range(people):
            second = (parent,) if parent > ROOT and place == 1 else ()
            post = posts[0] if place == 0 else chance.choice(posts)
            placings.append(_Placing((number, *second), post, heads=place == 0))
    return departments, placings


def _sized(
    chance: random.Random, options: SimulatorOptions
) -> tuple[list[Department], list[_Placing]]:
    departments = _tree(options.departments)
    numbers = [department.id for department in departments]
    placings = []
    for place in range(options.users):
        first = numbers[place % len(numbers)]
        heads = place < len(numbers)
        inside: tuple[int, ...] = (first,)
        if len(numbers) > 1 and chance.random() < options.share_in_two:
            # a step from 1 to all but one leads to another department, whichever it is
            step = chance.randrange(1, len(numbers))
            inside = (first, numbers[(place + step) % len(numbers)])
        post = names.POSTS[0] if heads else chance.choice(names.POSTS[1:])
        placings.append(_Placing(inside, post, heads=heads))
    return departments, placings


def _tree(count: int) -> list[Department]:
    """Departments level by level, siblings with different names."""
    departments = [Department(ROOT, "星河智联集团", 0, 100_000_000, "Xinghe Group")]
    depths = {ROOT: 0}
    for number in range(2, count + 1):
        parent = departments[(number - 2) // _MOST_CHILDREN].id
        place = (number - 2) % _MOST_CHILDREN
        depth = depths[number] = depths[parent] + 1
        pool = names.DEPARTMENT_NAMES[min(depth, len(names.DEPARTMENT_NAMES)) - 1]
        name = pool[place % len(pool)] + (f"{place // len(pool) + 1}" if place >= len(pool) else "")
        order = 100_000_000 - place * 1000
        departments.append(Department(number, name, parent, order))
    return departments


def _with_leaders(departments: Sequence[Department], members: Sequence[Member]) -> list[Department]:
    heads = _heads(members)
    return [
        replace(one, department_leader=(heads[one.id],)) if one.id in heads else one
        for one in departments
    ]


def _heads(members: Sequence[Member]) -> dict[int, str]:
    heads: dict[int, str] = {}
    for member in members:
        if member.fields["is_leader_in_dept"][0]:
            heads.setdefault(member.departments[0], member.userid)
    return heads


# ── people ───────────────────────────────────────────────────────────────────


def _people(
    chance: random.Random, placings: Sequence[_Placing], departments: Sequence[Department]
) -> Iterator[Member]:
    parents = {department.id: department.parentid for department in departments}
    heads: dict[int, str] = {}
    used: dict[str, int] = {}
    people = []
    for placing in placings:
        name, pinyin, gender = _name(chance)
        userid = _userid(chance, pinyin, used)
        if placing.heads:
            heads[placing.departments[0]] = userid
        people.append((placing, name, gender, userid))
    for number, (placing, name, gender, userid) in enumerate(people, start=1):
        leader = _leader(placing, userid, heads, parents)
        yield Member(_fields(chance, number, placing, (name, gender, userid), leader))


def _name(chance: random.Random) -> tuple[str, str, str]:
    """Return a name, its pinyin, and WeCom's gender."""
    # two draws, the smaller counts: the common surnames at the front come more often
    pick = min(chance.randrange(len(names.SURNAMES)), chance.randrange(len(names.SURNAMES)))
    surname, surname_pinyin = names.SURNAMES[pick]
    gender = chance.choice((_MALE, _FEMALE))
    own = names.MALE if gender == _MALE else names.FEMALE
    last, last_pinyin = chance.choice(own)
    if chance.random() < 0.3:  # noqa: PLR2004 - about a third have a given name of one character
        return surname + last, surname_pinyin + last_pinyin, gender
    middle, middle_pinyin = chance.choice(names.NEUTRAL)
    return surname + middle + last, surname_pinyin + middle_pinyin + last_pinyin, gender


def _userid(chance: random.Random, pinyin: str, used: dict[str, int]) -> str:
    """Return a userid not used yet: pinyin, a number for namesakes, now and then a capital."""
    count = used[pinyin] = used.get(pinyin, 0) + 1
    userid = pinyin if count == 1 else f"{pinyin}{count:02d}"
    return userid.capitalize() if chance.random() < 0.02 else userid  # noqa: PLR2004 - a few


def _leader(placing: _Placing, userid: str, heads: dict[int, str], parents: dict[int, int]) -> str:
    """Return the head of the first department, or of the nearest above that has another."""
    department = placing.departments[0]
    while department:
        head = heads.get(department)
        if head is not None and head != userid:
            return head
        department = parents[department]
    return ""


def _fields(
    chance: random.Random,
    number: int,
    placing: _Placing,
    person: tuple[str, str, str],
    leader: str,
) -> dict[str, Any]:
    """Return a member's object, every field of reference 5.1 that a corporation fills."""
    name, gender, userid = person
    picture = f"https://wework.qpic.example/wwpic3az/{number * _STEP % 10**8:08d}_{userid}"
    count = len(placing.departments)
    account = userid.lower()
    return {
        "userid": userid,
        "name": name,
        "department": list(placing.departments),
        "order": [chance.randrange(100_000) for _ in range(count)],
        "position": placing.position,
        "mobile": _mobile(number),
        "gender": gender,
        "email": f"{account}{number % 97:02d}@mail.example",
        "biz_mail": f"{account}@{_DOMAIN}",
        "is_leader_in_dept": [int(placing.heads)] + [0] * (count - 1),
        "direct_leader": [leader] if leader else [],
        "avatar": f"{picture}/0",
        "thumb_avatar": f"{picture}/100",
        "telephone": f"021-{50_000_000 + number % 10_000_000}" if number % 3 == 0 else "",
        "alias": "",
        "address": f"{names.CITIES[number % len(names.CITIES)]}{number % 900 + 1}号",
        "main_department": placing.departments[0],
        "extattr": _extattr(number),
        "status": chance.choice(_STATUSES),
        "qr_code": f"https://open.work.weixin.example/wwopen/userQRCode?vcode=vc{number:08x}",
        "external_position": "",
        "external_profile": {"external_corp_name": "星河智联", "external_attr": []},
    }


def _extattr(number: int) -> dict[str, Any]:
    joined = f"{2008 + number % 17}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return {
        "attrs": [
            {"type": 0, "name": name, "value": text, "text": {"value": text}}
            for name, text in (("工号", f"E{number:06d}"), ("入职日期", joined))
        ]
    }


def _mobile(number: int) -> str:
    """Return a number nobody else has; a few carry the country code, as real ones do."""
    digits = names.MOBILE_PREFIXES[number % 10] + f"{number * _STEP % 10**8:08d}"
    return f"+86 {digits}" if number % 50 == 0 else digits


# ── tags and callers ─────────────────────────────────────────────────────────


def _tags(members: Sequence[Member]) -> list[Tag]:
    experts = tuple(member.userid for member in members[::17])[:30]
    return [Tag(1, "技术骨干", users=experts), Tag(2, "全体员工", parties=(ROOT,))]


def _app(options: SimulatorOptions) -> App:
    return App(
        agentid=options.agent_id,
        secret=options.app_secret,
        visible=Range(
            users=options.visible_users,
            parties=options.visible_parties,
            tags=options.visible_tags,
        ),
        fields_withheld=options.fields_withheld,
    )


def _contacts(options: SimulatorOptions) -> Contacts:
    return Contacts(
        secret=options.contacts_secret,
        regime=options.contacts_regime,
        editing=options.contacts_editing,
    )
