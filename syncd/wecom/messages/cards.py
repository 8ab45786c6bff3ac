"""Template cards as data: what each of the five kinds may hold (document 90236, 模板卡片消息).

Lengths that WeCom only recommends are not here: nothing longer is cut or refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from syncd.text import text
from syncd.wecom.fault import Fault
from syncd.wecom.messages.shape import (
    Between,
    Choice,
    Flag,
    Link,
    Name,
    Needs,
    Part,
    Parts,
    Shape,
    Words,
    must,
)

_URL, _MINI_PROGRAM = 1, 2
_MEDIA, _MEMBER = 2, 3


def _leads(code: int) -> tuple[Needs, Needs]:
    """Return what a link needs: an address, or a mini program."""
    return (
        Needs((("url",),), code, "type", (_URL,)),
        Needs((("appid",),), code, "type", (_MINI_PROGRAM,)),
    )


_LINKED: Mapping[str, Shape] = {
    "type": Choice((0, _URL, _MINI_PROGRAM)),
    "url": Link(),
    "appid": Words(),
    "pagepath": Words(),
}
_KEY = Words(1024)
_OPTION = Part.of(id=must(Words(128)), text=must(Words()))

_SOURCE = Part.of(icon_url=Words(), desc=Words(), desc_color=Choice((0, 1, 2, 3)))
_MENU = Part.of(
    desc=Words(),
    action_list=must(
        Parts(
            Part.of(text=must(Words(), 42051), key=must(_KEY, 42051)),
            3,
            42051,
            unique="key",
            repeated=42051,
        ),
        42051,
    ),
)
_TITLE = Part.of(title=must(Words()), desc=Words())
_QUOTE = Part.of(*_leads(40058), **_LINKED, title=Words(), quote_text=Words())
_PICTURE = Part.of(url=must(Link(), 42044), aspect_ratio=Between(1.3, 2.25))
_PICTURE_AND_TEXT = Part.of(
    *_leads(40058), **_LINKED, title=Words(), desc=Words(), image_url=must(Link(), 42044)
)
_ROW = Part.of(
    Needs((("url",),), 42027, "type", (_URL,)),
    Needs((("media_id",), ("path",)), 42028, "type", (_MEDIA,)),
    Needs((("userid",),), 42029, "type", (_MEMBER,)),
    type=Choice((0, _URL, _MEDIA, _MEMBER)),
    keyname=must(Words(), 42050),
    value=Words(),
    url=Link(),
    media_id=Words(),
    path=Words(),
    userid=Words(),
)
_ROWS = Parts(_ROW, 6, 42035)
_JUMPS = Parts(Part.of(*_leads(42042), **_LINKED, title=must(Words(), 42042)), 3, 42042)
_ACTION = Part.of(*_leads(42045), **_LINKED)
_TASK = Name(
    "[0-9A-Za-z_@-]{1,128}",
    text("1 to 128 of the characters 0-9 a-z A-Z _ - @"),
    42014,
)
_SELECTION = Part.of(
    question_key=must(Words()),
    title=Words(),
    option_list=must(Parts(_OPTION, 10)),
    selected_id=Words(),
)
_BUTTON = Part.of(
    Needs((("key",),), 42039, "type", (None, 0)),
    Needs((("url",),), 42039, "type", (_URL,)),
    type=Choice((0, _URL), 42039),
    text=must(Words(), 42038),
    style=Choice((1, 2, 3, 4)),
    key=_KEY,
    url=Link(),
)
_CHECKBOX = Part.of(
    question_key=must(Words()),
    mode=Choice((0, 1)),
    option_list=must(Parts(_OPTION.with_keys(is_checked=Flag()), 20)),
)
_SUBMIT = Part.of(text=must(Words(), 42046), key=must(_KEY, 42049))

_ANY = Part.of(source=_SOURCE, task_id=_TASK)
_WITH_MENU = _ANY.with_keys(
    action_menu=_MENU, quote_area=_QUOTE, horizontal_content_list=_ROWS, card_action=_ACTION
)
_NOTICE = _WITH_MENU.with_keys(
    Needs((("task_id",),), 42014, "action_menu"),
    jump_list=_JUMPS,
    card_action=must(
        _ACTION.with_keys(type=must(Choice((_URL, _MINI_PROGRAM), 42045), 42045)), 42045
    ),
)
_INTERACTIVE = _ANY.with_keys(main_title=must(_TITLE), task_id=must(_TASK, 42014))
_FORM = _INTERACTIVE.with_keys(
    source=Part.of(icon_url=Words(), desc=Words()), submit_button=must(_SUBMIT, 42046)
)

CARDS: Mapping[str, Part] = MappingProxyType(
    {
        "text_notice": _NOTICE.with_keys(
            Needs((("main_title.title",), ("sub_title_text",))),
            main_title=Part.of(title=Words(), desc=Words()),
            emphasis_content=Part.of(title=Words(), desc=Words()),
            sub_title_text=Words(),
        ),
        "news_notice": _NOTICE.with_keys(
            Needs((("card_image",), ("image_text_area",)), 42044),
            main_title=must(_TITLE),
            image_text_area=_PICTURE_AND_TEXT,
            card_image=_PICTURE,
            vertical_content_list=Parts(
                Part.of(title=must(Words(), 42036), desc=Words()), 4, 42036
            ),
        ),
        "button_interaction": _INTERACTIVE.with_keys(
            action_menu=_MENU,
            quote_area=_QUOTE,
            sub_title_text=Words(),
            horizontal_content_list=_ROWS,
            card_action=_ACTION,
            button_selection=_SELECTION,
            button_list=must(Parts(_BUTTON, 6, 42038), 42038),
        ),
        "vote_interaction": _FORM.with_keys(checkbox=must(_CHECKBOX)),
        "multiple_interaction": _FORM.with_keys(
            select_list=must(Parts(_SELECTION, 3, 42047), 42047)
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its `card_type` says which of the five kinds it is."""

    kinds: Mapping[str, Part]

    def faults(self, path: str, value: object, name: str = "") -> Iterator[Fault]:
        """Yield what is wrong with a card at `path`; `name` stands for an empty path."""
        kind = Part.of(card_type=must(Choice(tuple(self.kinds))))
        wrong = list(kind.faults(path, value, name))
        yield from wrong
        if not wrong and isinstance(value, dict):
            yield from self.kinds[value["card_type"]].faults(path, value, name)


CARD = Card(CARDS)
