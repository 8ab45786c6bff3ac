"""Sections of the contract that this version accepts and checks, and does not act upon yet."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from syncd.config.address import WebUrl, check_url
from syncd.config.secret import SecretSetting
from syncd.config.section import Section, setting, table


def _listen(value: str) -> str:
    parts = check_url(f"tcp://{value}", ("tcp",))
    if parts.port is None or parts.path:
        raise ValueError(f'"{value}" must be an address and a port such as "127.0.0.1:8080"')
    return value


Listen = Annotated[str, AfterValidator(_listen)]


class HttpSettings(Section):
    """``[http]``: the web server inside the daemon."""

    listen: Listen = setting(
        "127.0.0.1:8080", doc="Where callbacks, sign-in and the API are served."
    )
    operations_listen: Listen | None = setting(
        None, doc="A second listener for /metrics, /admin/ and /api/.", example="127.0.0.1:8081"
    )
    public_url: WebUrl | None = setting(
        None,
        doc="The address under which the world reaches the first.",
        example="https://sign.example.com",
    )
    trusted_proxies: tuple[str, ...] = setting(
        (), doc="Reverse proxies whose X-Forwarded-* headers count.", example=["127.0.0.1"]
    )
    verify_files: Mapping[str, str] = table(
        doc="WeCom's proofs of domain ownership: name = content.",
        example={"WW_verify_x.txt": "content"},
    )
    api_keys: SecretSetting | None = setting(
        None,
        doc="Keys of the API; the first is used, all are accepted.",
        example=["env:SYNCD_API_KEY"],
    )


class ApplicationSettings(Section):
    """``[applications.<name>]``: who may use sign-in."""

    return_to: tuple[WebUrl, ...] = setting(
        (),
        doc="Where people may be sent back to after signing in.",
        example=["https://app.example.com/"],
    )
    key: SecretSetting | None = setting(
        None, doc="The key with which the application redeems tickets.", example="env:APP_KEY"
    )
