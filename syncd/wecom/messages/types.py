"""The types of messages as data: what the content of each may hold (document 90236).

Where the documentation's versions measure a text differently, the stricter measure stands here:
a text that passes is never cut.
"""

from collections.abc import Mapping
from types import MappingProxyType

from syncd.wecom.messages.cards import CARD, Card
from syncd.wecom.messages.shape import Flag, Link, Needs, Part, Parts, Unit, Words, must

_TITLE, _DESCRIPTION = Words(128), Words(512)
_FILE = Part.of(
    Needs((("media_id",), ("path",)), 41006),
    media_id=Words(),
    path=Words(),
)
_NEWS = Part.of(
    Needs((("url",), ("appid", "pagepath")), 40094),
    title=must(_TITLE, 41016),
    description=_DESCRIPTION,
    url=Link(),
    picurl=Link(),
    appid=Words(),
    pagepath=Words(128),
)
_ARTICLE = Part.of(
    Needs((("thumb_media_id",), ("thumb_path",)), 41006),
    title=must(_TITLE, 41016),
    thumb_media_id=Words(),
    thumb_path=Words(),
    author=Words(64, too_long=45032),
    content_source_url=Words(),
    content=must(Words(666_000, too_long=45002), 44004),
    digest=Words(512),
)
_ITEM = Part.of(
    key=must(Words(10, Unit.CHARACTERS, too_long=90202), 90202),
    value=must(Words(30, Unit.CHARACTERS, too_long=90203), 90203),
)

#: What stands under the type's own name in the body of `message/send`.
CONTENTS: Mapping[str, Part | Card] = MappingProxyType(
    {
        "text": Part.of(content=must(Words(2048, too_long=45002), 44004)),
        "image": _FILE,
        "voice": _FILE,
        "video": _FILE.with_keys(title=_TITLE, description=_DESCRIPTION),
        "file": _FILE,
        "textcard": Part.of(
            title=must(_TITLE, 41016),
            description=must(_DESCRIPTION, 41033),
            url=must(Link(), 40094),
            btntxt=Words(4, Unit.CHARACTERS),
        ),
        "news": Part.of(articles=must(Parts(_NEWS, 8, 45008), 41016)),
        "mpnews": Part.of(articles=must(Parts(_ARTICLE, 8, 45008), 41016)),
        "markdown": Part.of(content=must(Words(2048, too_long=45002), 44004)),
        "miniprogram_notice": Part.of(
            appid=must(Words(), 90200),
            page=Words(1024, too_long=90204),
            title=must(Words(12, Unit.CHARACTERS, least=4)),
            description=Words(12, Unit.CHARACTERS, least=4),
            emphasis_first_item=Flag(),
            content_item=Parts(_ITEM, 10, 90201),
        ),
        "template_card": CARD,
    }
)

#: `safe` by type: 1 is confidential (保密消息), 2 is for mpnews alone (仅限企业内分享).
SAFE: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "text": (0, 1),
        "image": (0, 1),
        "video": (0, 1),
        "file": (0, 1),
        "mpnews": (0, 1, 2),
    }
)
#: Files that may be confidential, by the ending of their names.
SAFE_FILES = (
    *("txt", "pdf", "doc", "docx", "ppt", "pptx", "xls", "xlsx", "xml"),
    *("jpg", "jpeg", "png", "bmp", "gif"),
)
#: Types in which ids are never made into names.
WITHOUT_ID_TRANS = frozenset({"markdown"})
