"""A WeCom (企业微信) corporation, read in every permission situation."""

from syncd.sources.wecom.settings import WecomSettings
from syncd.sources.wecom.source import WecomSource

__all__ = ["WecomSettings", "WecomSource"]
