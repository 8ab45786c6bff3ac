"""A small company in which every person and department is known by number."""

from syncd.simulator import App, Company, Contacts, Department, Member

CORP_ID = "ww0e2e0e2e0e2e0e2e"
APP_SECRET = "e2e-app-secret-nobody-may-see"
CONTACTS_SECRET = "e2e-contacts-secret-nobody-may-see"


def build_small_company(users: int = 40, departments: int = 6, corp_id: str = CORP_ID) -> Company:
    """Return people p1, p2, … in departments 1, 2, …: department 2 and 3 below 1, the next below them.

    Person n is in department 1 + n % departments, every fifth also in the one before; department 1
    has people too. Everybody has a mobile number of their own, and p1 leads everybody else.
    """
    return Company(
        corp_id=corp_id,
        contacts=Contacts(CONTACTS_SECRET),
        apps=[App(1000002, APP_SECRET)],
        departments=[
            Department(n, f"部门{n}", n // 2, 1000 - n) for n in range(1, departments + 1)
        ],
        members=[_person(n, departments) for n in range(1, users + 1)],
    )


def _person(n: int, departments: int) -> Member:
    first = 1 + n % departments
    second = [1 + (n - 1) % departments] if n % 5 == 0 and departments > 1 else []
    return Member.of(
        f"p{n}",
        f"人员{n}",
        [first, *second],
        mobile=f"138{n:08}",
        email=f"p{n}@example.com",
        position=("工程师", "会计", "销售")[n % 3],
        gender=str(1 + n % 2),
        direct_leader=["p1"] if n > 1 else [],
    )
