"""Template cards: what each kind needs, and the codes of what is wrong (reference 9.3).

The reference names the codes of a part, not which one comes for which fault in it; the choice
within a part's codes is ours. Faults for which it has no code are 40058 with the field.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from syncd.simulator.answers import ApiError

_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_NOTICES = frozenset({"text_notice", "news_notice"})
_INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
_URL, _MINI_PROGRAM = 1, 2
_MEDIA, _MEMBER = 2, 3
_MOST_ACTIONS, _MOST_VERTICAL, _MOST_ROWS, _MOST_JUMPS = 3, 4, 6, 3
_MOST_BUTTONS, _MOST_SELECTS = 6, 3
_MOST_SELECT_OPTIONS, _MOST_VOTE_OPTIONS = 10, 20

Fields = Mapping[str, Any]


def check(card: Fields) -> None:
    """Refuse a card that lacks what its kind needs.

    Raises:
        ApiError: The code of the first thing that is wrong.
    """
    kind = card.get("card_type")
    if kind not in _NOTICES | _INTERACTIVE:
        raise ApiError(40058, field="template_card.card_type")
    _check_title(card, str(kind))
    _check_task(card, str(kind))
    _check_lists(card)
    if kind in _NOTICES:
        _check_action(card)
    if kind == "news_notice" and not (
        _part(card, "card_image").get("url") or _part(card, "image_text_area").get("image_url")
    ):
        raise ApiError(42044)
    if kind == "button_interaction":
        _check_buttons(_parts(card, "button_list"))
    if kind == "vote_interaction":
        _check_choice(_part(card, "checkbox"), "template_card.checkbox", _MOST_VOTE_OPTIONS)
    if kind == "multiple_interaction":
        _check_selects(_parts(card, "select_list"))
    if kind in ("vote_interaction", "multiple_interaction"):
        _check_submit(_part(card, "submit_button"))


def may_change(card: Fields) -> bool:
    """Return whether the answer carries a response_code: the card can be changed once."""
    return card.get("card_type") in _INTERACTIVE or bool(card.get("action_menu"))


def _check_title(card: Fields, kind: str) -> None:
    title = _part(card, "main_title").get("title")
    if not title and not (kind == "text_notice" and card.get("sub_title_text")):
        raise ApiError(40058, field="template_card.main_title.title missing")


def _check_task(card: Fields, kind: str) -> None:
    menu = _part(card, "action_menu")
    keys = [one.get("key") for one in _parts(menu, "action_list")]
    fits = 1 <= len(keys) <= _MOST_ACTIONS and all(keys) and len(set(keys)) == len(keys)
    if menu and not fits:
        raise ApiError(42051)
    task = card.get("task_id")
    if task is None and kind in _NOTICES and not menu:
        return
    if not _TASK_ID.fullmatch(str(task or "")):
        raise ApiError(42014)


def _check_lists(card: Fields) -> None:
    vertical = _parts(card, "vertical_content_list")
    if len(vertical) > _MOST_VERTICAL or not all(one.get("title") for one in vertical):
        raise ApiError(42036)
    rows = _parts(card, "horizontal_content_list")
    if len(rows) > _MOST_ROWS:
        raise ApiError(42035)
    for row in rows:
        _check_row(row)
    jumps = _parts(card, "jump_list")
    if len(jumps) > _MOST_JUMPS or not all(one.get("title") and _leads(one) for one in jumps):
        raise ApiError(42042)


def _check_row(row: Fields) -> None:
    if not row.get("keyname"):
        raise ApiError(42050)
    for kind, key, errcode in (
        (_URL, "url", 42027),
        (_MEDIA, "media_id", 42028),
        (_MEMBER, "userid", 42029),
    ):
        if row.get("type") == kind and not row.get(key):
            raise ApiError(errcode)


def _check_action(card: Fields) -> None:
    action = _part(card, "card_action")
    if action.get("type") not in (_URL, _MINI_PROGRAM) or not _leads(action):
        raise ApiError(42045)


def _check_buttons(buttons: Sequence[Fields]) -> None:
    if not 1 <= len(buttons) <= _MOST_BUTTONS or not all(one.get("text") for one in buttons):
        raise ApiError(42038)
    if not all(one.get("url" if one.get("type") == _URL else "key") for one in buttons):
        raise ApiError(42039)


def _check_selects(selects: Sequence[Fields]) -> None:
    if not 1 <= len(selects) <= _MOST_SELECTS:
        raise ApiError(42047)
    for select in selects:
        _check_choice(select, "template_card.select_list", _MOST_SELECT_OPTIONS)


def _check_choice(choice: Fields, field: str, most: int) -> None:
    options = _parts(choice, "option_list")
    if not choice.get("question_key"):
        raise ApiError(40058, field=f"{field}.question_key missing")
    if not 1 <= len(options) <= most or not all(o.get("id") and o.get("text") for o in options):
        raise ApiError(40058, field=f"{field}.option_list")


def _check_submit(button: Fields) -> None:
    if not button.get("text"):
        raise ApiError(42046)
    if not button.get("key"):
        raise ApiError(42049)


def _leads(link: Fields) -> bool:
    """Whether a link has what its type needs: an address, or a mini program."""
    kind = link.get("type", 0)
    return bool({_URL: link.get("url"), _MINI_PROGRAM: link.get("appid")}.get(kind, kind == 0))


def _part(card: Fields, name: str) -> Fields:
    part = card.get(name) or {}
    if not isinstance(part, dict):
        raise ApiError(40058, field=f"template_card.{name} not an object")
    return part


def _parts(card: Fields, name: str) -> list[Fields]:
    parts = card.get(name) or []
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ApiError(40058, field=f"template_card.{name} not a list of objects")
    return parts
