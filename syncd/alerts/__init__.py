"""Telling people that something needs them: what to tell (pure), its words, and two ways.

The third way, a message in WeCom, is a row in the outbox. Nothing here knows the store.
"""
