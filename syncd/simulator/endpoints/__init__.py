"""The endpoints: who may call which, by what method, and which function answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncd.simulator.answers import Reply
from syncd.simulator.calls import Context
from syncd.simulator.endpoints import departments, editing, lookups, media, members, messages

_OK = 0
_FORBIDDEN = 48002
_NEW_IP = 48009


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint with its column of the permission matrix (reference 3.5).

    `app`, `old_ip` and `new_ip` are the errcode an identity gets, 0 where it may call.
    """

    answer: Callable[[Context], Reply]
    app: int = _OK
    old_ip: int = _OK
    new_ip: int = _OK
    post: bool = False
    edits: bool = False
    empty: str = ""  #: a result key that error bodies carry as an empty list


def _details(answer: Callable[[Context], Reply], empty: str = "") -> Endpoint:
    return Endpoint(answer, new_ip=_NEW_IP, empty=empty)


def _edit(answer: Callable[[Context], Reply], *, post: bool = True) -> Endpoint:
    return Endpoint(answer, app=_FORBIDDEN, post=post, edits=True)


def _app_only(answer: Callable[[Context], Reply], *, post: bool = False) -> Endpoint:
    return Endpoint(answer, old_ip=_FORBIDDEN, new_ip=_FORBIDDEN, post=post)


ENDPOINTS: Mapping[str, Endpoint] = {
    "department/simplelist": Endpoint(departments.simplelist),
    "department/list": _details(departments.list_all),
    "department/get": _details(departments.get),
    "user/list": _details(members.list_details, empty="userlist"),
    "user/simplelist": _details(members.simplelist, empty="userlist"),
    "user/get": _details(members.get),
    "user/list_id": Endpoint(members.list_id, app=_FORBIDDEN, post=True),
    "user/getuserid": Endpoint(members.by_mobile, post=True),
    "user/get_userid_by_email": Endpoint(members.by_email, post=True),
    "tag/list": Endpoint(lookups.tag_list),
    "tag/get": Endpoint(lookups.tag_get),
    "agent/get": _app_only(lookups.agent_get),
    "agent/list": _app_only(lookups.agent_list),
    "get_api_domain_ip": Endpoint(lookups.api_addresses),
    "getcallbackip": Endpoint(lookups.callback_addresses),
    "message/send": _app_only(messages.send, post=True),
    "message/recall": _app_only(messages.recall, post=True),
    "message/update_template_card": _app_only(messages.update_card, post=True),
    "media/upload": Endpoint(media.upload, post=True),
    "media/get": Endpoint(media.get),
    "user/create": _edit(editing.create_user),
    "user/update": _edit(editing.update_user),
    "user/delete": _edit(editing.delete_user, post=False),
    "department/create": _edit(editing.create_department),
    "department/update": _edit(editing.update_department),
    "department/delete": _edit(editing.delete_department, post=False),
}
