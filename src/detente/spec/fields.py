"""Which keys the models allow where: for nearest matches in messages."""

from __future__ import annotations

from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from detente.spec.scenario import Scenario


@lru_cache(maxsize=1000)
def allowed_keys(location: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the keys of the model at ``location``, a path as pydantic reports it."""
    found: list[Any] = [Scenario]
    for part in location:
        found = [inner for annotation in found for inner in _inside(annotation, part)]
    return tuple(dict.fromkeys(key for annotation in found for member in _members(annotation) for key in _keys(member)))


def _members(annotation: Any) -> list[Any]:
    """Return the alternatives of an annotation, without what only decorates it."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [member for part in get_args(annotation) for member in _members(part) if member is not NoneType]
    return [annotation]


def _inside(annotation: Any, part: Any) -> list[Any]:
    """Return what stands under ``part``; a part that only tells alternatives apart selects among them."""
    members = _members(annotation)
    tagged = [member for member in members if isinstance(part, str) and getattr(member, "__name__", "").lower() == part]
    if tagged:
        return tagged
    inside = [inner for member in members for inner in _under(member, part)]
    return inside or members


def _under(member: Any, part: Any) -> list[Any]:
    if isinstance(member, type) and issubclass(member, BaseModel):
        return [info.annotation for name, info in member.model_fields.items() if part in (name, info.alias)]
    if get_origin(member) is dict:
        return [get_args(member)[1]]
    return [get_args(member)[0]] if get_origin(member) is tuple else []


def _keys(member: Any) -> list[str]:
    if isinstance(member, type) and issubclass(member, BaseModel):
        return [info.alias or name for name, info in member.model_fields.items()]
    return []
