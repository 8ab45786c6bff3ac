"""`department/*`, reading (reference 4)."""

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context


def simplelist(context: Context) -> Reply:
    """Answer identifiers, parents and orders of what the caller may see."""
    top = _top(context)
    return context.pages.of_company(
        ("department/simplelist", context.view.sight, top),
        lambda: success(
            {
                "department_id": [
                    {"id": one.id, "parentid": one.parentid, "order": one.order}
                    for one in map(context.company.department, _ids(context, top))
                ]
            }
        ),
    )


def list_all(context: Context) -> Reply:
    """Answer whole departments of what the caller may see."""
    top = _top(context)
    return context.pages.of_company(
        ("department/list", context.view.sight, top),
        lambda: success(
            {
                "department": [
                    context.view.department_answer(context.company.department(one))
                    for one in _ids(context, top)
                ]
            }
        ),
    )


def get(context: Context) -> Reply:
    """Answer one department, an object and no list (reference 4.4)."""
    asked = context.integer("id")
    if asked is None:
        raise ApiError(40058, field="id missing")
    check_visible(context, asked)
    found = context.company.department(asked)
    return success({"department": context.view.department_answer(found)})


def check_visible(context: Context, department: int) -> None:
    """Refuse a department that does not exist or may not be seen.

    Raises:
        ApiError: 60003 unknown, 60011 outside the visible range.
    """
    if department not in context.company.departments:
        raise ApiError(60003)
    if not context.view.sees_department(department):
        raise ApiError(60011)


def _top(context: Context) -> int | None:
    asked = context.integer("id")
    if asked is not None:
        check_visible(context, asked)
    return asked


def _ids(context: Context, top: int | None) -> list[int]:
    if top is not None:
        return list(context.company.subtree(top))
    visible = context.view.department_ids
    return [one for one in context.company.departments if one in visible]
