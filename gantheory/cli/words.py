"""What verbs share in their arguments: an objective in any form, losses by name, one spelling."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from gantheory.arguments.loader import load
from gantheory.support.files import user_path

if TYPE_CHECKING:
    from gantheory.training.remedies.catalogue import Catalogue

_FORMER = {"landscape": {"--time": "--times"}, "ntk": {"--time": "--times"}}
"""Spellings that a verb also takes, and its own."""

OBJECTIVE_VERBS = (
    "derive",
    "divergence",
    "landscape",
    "stability",
    "ntk",
    "validate",
    "explore",
    "train",
    "export",
)
"""Verbs that take an objective."""

_BY_OPTION = ("ntk", "train")
"""Those that take it as --objective."""

OWN = ("--real", "--fake", "--generator", "--generator-real", "--link", "--domain")
_NEEDED = OWN[:3]

NOTE = (
    "\b\nAn objective is a name, a call, a loss of --losses FILE (TOML), or your own:"
    "\n  --real A --fake B --generator S [--generator-real R] [--link D]"
    "\n  [--domain LOW,HIGH], expressions in the score v (or in D, where --link says"
    "\n  what D is): A is maximized on real, B on fake data, R + S minimized by G."
    "\n--objective TEXT is OBJECTIVE."
)


def settled(verb: str, args: Sequence[str]) -> tuple[list[str], str | None]:
    """The arguments in the verb's own words, and the file of --losses.

    ``--objective TEXT`` becomes the argument OBJECTIVE where the verb has one, and an objective in parts
    (``--real``, ``--fake`` ...) becomes a call of ``parse``.

    Raises:
        ValueError: an option without its value, or an objective of which a part is missing.
    """
    former = _FORMER.get(verb, {})
    takes = verb in OBJECTIVE_VERBS
    read = ("--losses", *((*OWN, "--objective") if takes else ()))
    kept: list[str] = []
    objectives: list[str] = []
    found: dict[str, str] = {}
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            kept += [arg, *rest]
            break
        name, equals, value = arg.partition("=")
        name = former.get(name, name)
        if name not in read:
            kept.append(name + equals + value if arg.startswith("--") else arg)
            continue
        if not equals:
            value = next(rest, "")
        if not value:
            raise ValueError(f"{name} needs a value; see gantheory {verb} --help")
        if name == "--objective":
            objectives.append(value)
        elif name in found:
            raise ValueError(f"{name} is given twice: {found[name]} and {value}")
        else:
            found[name] = value
    losses = found.pop("--losses", None)
    if found:
        objectives.append(_own(found))
    if verb in _BY_OPTION:
        objectives = [part for text in objectives for part in ("--objective", text)]
    return [*kept, *objectives] if "--" not in kept else [*objectives, *kept], losses


def _own(found: dict[str, str]) -> str:
    """A call of parse with these parts."""
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ValueError(f"an objective of your own needs also {', '.join(missing)}")
    words = {name.lstrip("-").replace("-", "_"): text for name, text in found.items()}
    domain = words.pop("domain", None)
    spelled = [f"{name}={text!r}" for name, text in words.items()]
    if domain is not None:
        if domain.count(",") != 1:
            raise ValueError(f"--domain must be two numbers such as 0,inf, got {domain!r}")
        spelled.append(f"domain=({domain})")
    return f"parse({', '.join(spelled)})"


def numbers(texts: Sequence[str], option: str) -> tuple[float, ...]:
    """Numbers that an option gives, separated by commas, by being repeated, or both.

    Raises:
        ValueError: something else than numbers.
    """
    try:
        return tuple(float(part) for text in texts for part in text.split(","))
    except ValueError:
        raise ValueError(f"{option} must be numbers separated by commas, got {','.join(texts)!r}") from None


_READ_BY = {
    "objective": "gantheory.objectives.specification:game_from_spec",
    "variant": "gantheory.training.variants:checked_variant",
    "remedies": "gantheory.training.remedies:checked_remedies",
    "networks": "gantheory.training.networks:networks_of",
}
"""Options that take a name, and what reads it."""


def one_too_many(verb: str, command: Any, texts: Sequence[str]) -> str:
    """What is said of arguments that a verb has no place for: what it takes, and the option that is meant.

    Args:
        verb: its name.
        command: typer's.
        texts: the arguments that are left over.
    """
    takes = [p.metavar for p in command.params if p.param_type_name == "argument"]
    said = f"{verb} takes only {' and '.join(takes) or 'options'}, got also {' '.join(map(repr, texts))}"
    if any(text.count("(") != text.count(")") for text in texts):
        return f'{said}; put a call in quotes, such as "lsgan(0, 1, 1)"'
    options = {p.name: str(p.opts[0]) for p in command.params if p.param_type_name == "option"}
    if len(texts) == 2 and {"p", "q"} <= options.keys():  # the two pmfs of a divergence
        return f"{said}; write --p {texts[0]} --q {texts[1]}"
    meant = [f"{option} {shlex.quote(text)}" for text in texts if (option := _meant(options, text))]
    return f"{said}; write {' '.join(meant)}" if meant else said


def _meant(options: Mapping[str, str], text: str) -> str | None:
    """The one of a verb's options, by parameter, that reads this text, if one does."""
    for name in [name for name in _READ_BY if name in options]:
        with suppress(ValueError, TypeError):
            load(_READ_BY[name], name)(text)
            return options[name]
    return None


@contextmanager
def losses_of(path: str | None) -> Iterator[None]:
    """The named losses of a file, here and in processes that start meanwhile; see objectives.named."""
    if path is None:
        yield
        return
    from gantheory.objectives.named import LOSSES_VARIABLE, read_losses

    file = str(user_path(path, "--losses").resolve())
    read_losses(file)  # what is wrong with it is said before any work
    before = os.environ.get(LOSSES_VARIABLE)
    os.environ[LOSSES_VARIABLE] = file
    try:
        yield
    finally:
        if before is None:
            del os.environ[LOSSES_VARIABLE]
        else:
            os.environ[LOSSES_VARIABLE] = before


def remedies() -> str:
    """The remedies with a line each, for the end of a help."""
    from gantheory.training.remedies import CATALOGUE

    return _told('Remedies, with settings as in "r1(0.1)"; your own by module:Class:', CATALOGUE)


def variants() -> str:
    """The variants likewise."""
    from gantheory.training.variants import CATALOGUE

    return _told('Variants, with settings as in "acgan(1)"; your own by module:Class:', CATALOGUE)


def _told(title: str, catalogue: Catalogue[Any]) -> str:
    width = max(map(len, catalogue.kinds))
    lines = [f"  {name:{width}}  {catalogue.summary(name)}" for name in catalogue.kinds]
    return "\n".join(["\b", title, *lines])
