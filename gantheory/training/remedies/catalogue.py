"""Frozen dataclasses by name: as text, "clipping(0.01)", and as dictionaries, {"name": "clipping", ...}."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from fractions import Fraction
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from gantheory.arguments.calls import Call, read_call
from gantheory.arguments.checks import not_one_of
from gantheory.arguments.loader import load
from gantheory.errors import did_you_mean

T = TypeVar("T")

_CATALOGUES = ("gantheory.training.remedies", "gantheory.training.variants")
"""Packages that hold one, read when a name is none: the second imports the first."""


@dataclass(frozen=True, eq=False)
class Catalogue(Generic[T]):
    """Classes that settings may name.

    Attributes:
        what: what one of them is called in messages, and the setting that holds it: "remedy", "remedies".
        setting: that setting.
        example: a text that names one.
        base: a user's own, "module:Class", derives from it.
        kinds: by name.
    """

    what: str
    setting: str
    example: str
    base: type[T]
    kinds: dict[str, type[T]]

    def checked(self, given: Any) -> T:
        """One of them from an object, text or a dictionary.

        Raises:
            TypeError: anything else.
            ValueError: an unknown name (the nearest is suggested), or a bad value.
        """
        if isinstance(given, self.base):
            return given
        if isinstance(given, str):
            return self.from_text(given)
        if isinstance(given, Mapping):
            return self.from_dict(given)
        raise TypeError(
            f"{self.setting} must be text such as {self.example!r} or a {self.base.__name__}, got {given!r}"
        )

    def from_text(self, text: str) -> T:
        """From text such as "gradient_penalty(10)", or "my_module:MyRemedy(10)".

        Raises:
            TypeError, ValueError: no such text, an unknown name (the nearest is suggested), or a bad value.
        """
        module, call_text = "", text
        if isinstance(text, str) and ":" in text.partition("(")[0]:
            module, _, call_text = text.partition(":")
        call = read_call(call_text, self.what, self.example)
        floats = [float(each) if isinstance(each, Fraction) else each for each in call.positional]
        named = {key: float(each) if isinstance(each, Fraction) else each for key, each in call.named.items()}
        kind = self.kind(f"{module}:{call.name}" if module else call.name)
        found: T = replace(call, positional=tuple(floats), named=named).of(kind)
        return found

    def to_dict(self, item: T) -> dict[str, Any]:
        """Name and fields.

        Raises:
            ValueError: a class that no module has by its name, or that is no dataclass, so that no text
                stands for it.
        """
        if not is_dataclass(item):
            raise ValueError(f"{self.what} {item!r} has no text form: its class must be a frozen dataclass")
        return {"name": self.name_of(item), **asdict(cast("Any", item))}

    def from_dict(self, settings: Any) -> T:
        """Inverse of `to_dict`.

        Raises:
            TypeError: not a mapping.
            ValueError: an unknown name (the nearest is suggested) or field, or a bad value.
        """
        if not isinstance(settings, Mapping):
            raise TypeError(f"a {self.what} must be a mapping with a name, got {settings!r}")
        name = settings.get("name")
        kind = self.kind(name)
        try:
            fields = {key: value for key, value in settings.items() if key != "name"}
            found: T = Call(str(name), self.what, str(name), named=fields).of(kind)
            return found
        except TypeError as error:
            raise ValueError(f"{self.what} {name}: {error}") from None

    def name_of(self, item: T) -> str:
        """What text calls its class.

        Raises:
            ValueError: nothing does.
        """
        kind = type(item)
        for name, known in self.kinds.items():
            if kind is known:
                return name
        place = f"{kind.__module__}:{kind.__qualname__}"
        try:
            found: Any = load(place, self.setting)
        except ValueError:
            found = None
        if found is not kind:
            raise ValueError(
                f"{self.what} {item!r} has no text form: it is none of {', '.join(self.kinds)}, and no "
                "module has its class by name"
            )
        return place

    def summary(self, name: str) -> str:
        """The first sentence about one, by name."""
        return str(inspect.getdoc(self.kinds[name])).partition("\n")[0].rstrip(".")

    def kind(self, name: Any) -> type[T]:
        """The class of that name."""
        if isinstance(name, str) and ":" in name:
            found: Any = load(name, self.setting)
            if not (isinstance(found, type) and issubclass(found, self.base)):
                home = f"{self.base.__module__.rpartition('.')[0]}.{self.base.__name__}"
                raise ValueError(f"{self.setting} {name!r} must name a subclass of {home}")
            return found
        if name not in self.kinds:
            meant = self._meant(str(name))
            raise ValueError(not_one_of(name, self.what, self.kinds, ", or module:Class", meant))
        return self.kinds[name]

    def _meant(self, name: str) -> str:
        """What an unknown name may mean: the nearest here and in the catalogues of other settings."""
        others = [import_module(each).CATALOGUE for each in _CATALOGUES]
        for other in others:
            if name in other.kinds:
                return f"; {name} is a {other.what}."
        return did_you_mean(name, {each for catalogue in (self, *others) for each in catalogue.kinds})
