"""A company as JSON: the format is documented in docs/simulator.md."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from syncd.errors import UsageError
from syncd.simulator.company import Company
from syncd.simulator.entities import App, Contacts, Department, Member, Range, Regime, Tag
from syncd.text import text

#: Raised when an older simulator could not read a newer file.
FORMAT = 1


def dump_company(company: Company) -> dict[str, Any]:
    """Return a company as JSON values, members as the API shows them unrestricted."""
    with company.lock:
        return {
            "format": FORMAT,
            "corp_id": company.corp_id,
            "contacts": asdict(company.contacts),
            "apps": [asdict(app) for app in company.apps],
            "tags": [asdict(tag) for tag in company.tags],
            "departments": [asdict(one) for one in company.departments.values()],
            "members": [dict(member.fields) for member in company.members.values()],
        }


def load_company(given: Mapping[str, Any]) -> Company:
    """Return the company that JSON values describe.

    Raises:
        UsageError: The format is another one, or something is missing or unknown.
    """
    if given.get("format") != FORMAT:
        raise UsageError(
            text("This is no company file of format {format}.", format=FORMAT),
            hint=text("See docs/simulator.md."),
        )
    try:
        return Company(
            corp_id=given["corp_id"],
            contacts=_contacts(given["contacts"]),
            apps=[_app(one) for one in given.get("apps", [])],
            tags=[Tag(**_tuples(one)) for one in given.get("tags", [])],
            departments=[Department(**_tuples(one)) for one in given.get("departments", [])],
            members=[_member(one) for one in given.get("members", [])],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            text("The company file is not usable: {error}", error=repr(error)),
            hint=text("See docs/simulator.md."),
        ) from error


def read_company(path: Path) -> Company:
    """Return the company in a file.

    Raises:
        UsageError: The file cannot be read, or is no company.
    """
    try:
        given = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise UsageError(
            text("The company file {path} cannot be read: {error}", path=path, error=error)
        ) from error
    return load_company(given)


def write_company(company: Company, path: Path) -> None:
    """Write a company to a file that `read_company` reads."""
    path.write_bytes(orjson.dumps(dump_company(company), option=orjson.OPT_INDENT_2))


def _member(given: Mapping[str, Any]) -> Member:
    if not given.get("userid"):
        raise ValueError("a member without userid")
    return Member(dict(given))


def _app(given: Mapping[str, Any]) -> App:
    visible = given.get("visible")
    ranged = Range() if visible is None else Range(**_tuples(visible))
    return App(**{**_tuples(given), "visible": ranged})


def _contacts(given: Mapping[str, Any]) -> Contacts:
    regime = Regime(given.get("regime", Regime.OLD_IP))
    return Contacts(**{**_tuples(given), "regime": regime})


def _tuples(given: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
