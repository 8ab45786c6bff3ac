"""Proxies: what the environment says, read once, so that no library reads it behind our back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from syncd.config.address import is_loopback

DIRECT = "none"


@dataclass(frozen=True, slots=True)
class EnvironmentProxies:
    """``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` as they were at the start."""

    by_scheme: Mapping[str, str] = field(repr=False)  # an address may hold a password

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "EnvironmentProxies":
        """Return the proxies that ``env`` names; lower-case names win, as with curl."""
        ordered = sorted(env.items(), key=lambda pair: pair[0].islower())
        found = {
            name.lower().removesuffix("_proxy"): value
            for name, value in ordered
            if name.lower().endswith("_proxy")
        }
        return cls({scheme: value for scheme, value in found.items() if value})

    def for_url(self, url: str) -> str | None:
        """Return the proxy to reach ``url`` by, or None to go there directly; never one for loopback."""
        parts = urlsplit(url)
        proxy = self.by_scheme.get(parts.scheme) or self.by_scheme.get("all")
        if proxy is None or is_loopback(url) or self._bypassed(parts.netloc):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    def _bypassed(self, netloc: str) -> bool:
        host = netloc.rpartition("@")[2]
        # Late: it brings half of the standard library along. typeshed does not know it.
        from urllib.request import (  # type: ignore[attr-defined]  # noqa: PLC0415
            proxy_bypass_environment,
        )

        return bool(proxy_bypass_environment(host, dict(self.by_scheme)))


def proxy_for(url: str, configured: str | None, environment: EnvironmentProxies) -> str | None:
    """Return the proxy for ``url``: the one configured for its source, else the environment's.

    ``configured`` may be ``"none"``: no proxy, whatever the environment says.
    """
    if configured == DIRECT:
        return None
    return configured or environment.for_url(url)
