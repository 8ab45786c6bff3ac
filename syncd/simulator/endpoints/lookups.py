"""Tags, apps, and the service endpoints (reference 7)."""

from syncd.simulator.answers import ApiError, Reply, success
from syncd.simulator.calls import Context
from syncd.simulator.entities import App

#: From the blocks reserved for documentation (RFC 5737): nobody is to open a firewall for them.
_API_ADDRESSES = ["192.0.2.10", "192.0.2.11"]
_CALLBACK_ADDRESSES = ["198.51.100.20", "198.51.100.*"]


def tag_list(context: Context) -> Reply:
    """Answer all tags; everybody may list them."""
    return success(
        {"taglist": [{"tagid": t.tagid, "tagname": t.tagname} for t in context.company.tags]}
    )


def tag_get(context: Context) -> Reply:
    """Answer a tag's visible members and departments."""
    asked = context.integer("tagid")
    if asked is None:
        raise ApiError(41017)
    found = [tag for tag in context.company.tags if tag.tagid == asked]
    if not found:
        raise ApiError(40068)
    members = [context.view.member(user) for user in found[0].users]
    return success(
        {
            "tagname": found[0].tagname,
            "userlist": [{"userid": m.userid, "name": m.name} for m in members if m],
            "partylist": [p for p in found[0].parties if context.view.sees_department(p)],
        }
    )


def agent_get(context: Context) -> Reply:
    """Answer the caller's own app with its visible range, which is not expanded."""
    asked = context.integer("agentid")
    if asked is None:
        raise ApiError(41011)
    if asked != context.identity.agentid:
        raise ApiError(301002)
    app = context.company.app(asked)
    return success(
        {
            **_brief(app),
            "description": "",
            "allow_userinfos": {"user": [{"userid": u} for u in app.visible.users]},
            "allow_partys": {"partyid": list(app.visible.parties)},
            "allow_tags": {"tagid": list(app.visible.tags)},
            "close": int(app.closed),
            "redirect_domain": "",
            "report_location_flag": 0,
            "isreportenter": 0,
            "home_url": "",
        }
    )


def agent_list(context: Context) -> Reply:
    """Answer the caller's own app, the only one its token shows."""
    app = context.company.app(context.identity.agentid or 0)
    return success({"agentlist": [_brief(app)]})


def api_addresses(_: Context) -> Reply:
    """Answer the addresses of the API."""
    return success({"ip_list": _API_ADDRESSES})


def callback_addresses(_: Context) -> Reply:
    """Answer the addresses that events come from; one is a wildcard, as in older answers."""
    return success({"ip_list": _CALLBACK_ADDRESSES})


def _brief(app: App) -> dict[str, object]:
    return {
        "agentid": app.agentid,
        "name": app.name,
        "square_logo_url": f"https://wework.qpic.example/logo/{app.agentid}/0",
    }
