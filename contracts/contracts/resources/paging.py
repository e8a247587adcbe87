"""Listing in pages: ask again with `next_cursor` until it is None."""

from typing import Generic, TypeVar

from contracts.model import View

ItemT = TypeVar("ItemT")


class Page(View, Generic[ItemT]):
    items: list[ItemT]
    next_cursor: str | None = None
