"""The program ``gantheory``: finds the verb, runs it, and turns errors into one line and an exit status.

A verb is a file of this folder and one line of ``verbs.py``. The file has

``run(...)``
    a function with typer annotations; its docstring is the help text. It returns the exit status, None for 0;
``EXAMPLES``
    command lines that run as they stand, shown at the end of the help and executed by the tests;
``notes()``
    what else the help shows there, where it takes heavy imports to say; it may be missing.

The list of verbs is printed without typer, and a verb's module is imported only when that verb is asked
for, so that ``gantheory --help`` answers at once. Exit status: 0 done, 1 done with a negative answer (the
verb says which), 2 bad input, 130 interrupted, 143 by SIGTERM. ``GANTHEORY_DEBUG=1`` shows the traceback of
an error.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, get_args, get_type_hints

from gantheory._version import __version__
from gantheory.cli.verbs import VERBS
from gantheory.errors import nearest
from gantheory.support.files import user_path

OPTIONS = ("--help", "--version", "--install-completion", "--show-completion")

# Extra that brings an optional module.
EXTRAS = {"torch": "train", "jax": "ntk", "diffrax": "ntk", "submitit": "cluster"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``argv`` (default ``sys.argv[1:]``) and return the exit status."""
    args = list(sys.argv[1:] if argv is None else argv)
    ended = [130]
    if argv is None:
        _ends_as_ctrl_c_does(ended)
    try:
        status = _dispatch(args)
        if status == 130:  # typer's word for Ctrl-C
            raise KeyboardInterrupt
        if sys.stdout is not None:  # as where it is closed
            sys.stdout.flush()  # so that a reader that went away is met here and not at exit
        return status
    except BrokenPipeError:  # the reader of our output, such as head, went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        if argv is None:  # a second one, while workers end, says nothing either
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        return ended[0]
    except (ValueError, TypeError, OSError, ArithmeticError) as error:
        _reraise_if_debugging()
        return _fail(_said(error))
    except ImportError as error:
        _reraise_if_debugging()
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        return _fail(f"this needs {package}: pip install 'gantheory[{EXTRAS[package]}]'")


def _ends_as_ctrl_c_does(status: list[int]) -> None:
    """SIGTERM, of `kill` and of clusters, keeps what is done as Ctrl-C does, with its own exit status."""

    def end(signum: int, frame: FrameType | None) -> None:
        status[0] = 128 + signum
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _dispatch(args: list[str]) -> int:
    if not args or args[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    if args[0] == "--version":
        print(f"gantheory {__version__}")
        return 0
    if args[0] in {"--install-completion", "--show-completion"}:
        from gantheory.cli import completion

        return completion.run(args[0], args[1:])
    verb, rest = args[0], args[1:]
    if verb not in VERBS:
        if verb.startswith("-"):
            raise ValueError(f"unknown option {verb!r}{nearest(verb, OPTIONS)}")
        raise ValueError(f"unknown verb {verb!r}{nearest(verb, VERBS)}")
    return _run_verb(verb, rest)


def _run_verb(verb: str, args: list[str]) -> int:
    import warnings

    import typer

    from gantheory.cli import output, words

    command_line = shlex.join(["gantheory", verb, *args])
    args, losses = words.settled(verb, args)
    module = importlib.import_module(f"gantheory.cli.verbs.{verb}")
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    # "\b" keeps the lines of the paragraph as they are.
    examples = "\b\nExample:" + "".join(f"\n  {_folded(line)}" for line in module.EXAMPLES)
    if verb in words.OBJECTIVE_VERBS:
        examples = f"{words.NOTE}\n\n{examples}"
    if hasattr(module, "notes") and {"--help", "-h"} & set(args):
        examples = f"{module.notes()}\n\n{examples}"
    _name_values(module.run)
    run = _at_home(module.run)
    app.command(epilog=examples, context_settings={"help_option_names": ["-h", "--help"]})(run)
    command = typer.main.get_command(app)
    for parameter in command.params:
        if parameter.param_type_name == "argument":  # typer 0.29 puts a Python type behind its name
            parameter.display_type_rich = lambda ctx: ""  # type: ignore[attr-defined]
    token = output.COMMAND.set(command_line)
    with warnings.catch_warnings(), words.losses_of(losses):
        warnings.showwarning = _show_warning
        try:
            status = command.main(args=args, prog_name=f"gantheory {verb}", standalone_mode=False)
        except SystemExit as ended:
            if isinstance(ended.__context__, BrokenPipeError):  # which click takes for a failure
                raise ended.__context__ from None
            raise
        except Exception as error:
            # typer carries its own copy of click since 0.20, so its errors have no class to import.
            if type(error).__name__ == "Abort":
                raise KeyboardInterrupt from error
            message = getattr(error, "format_message", None)
            if message is None:
                raise
            what = message().rstrip(".")
            extra = re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", what)
            if "(parse(" in what:  # an objective in parts, where one by name was given
                what = "give OBJECTIVE by name or by --real, --fake and --generator, not both"
            elif extra:
                what = words.one_too_many(verb, command, _parts(extra[1], args))
            else:
                what = _in_our_words(what, args)
            raise ValueError(f"{what}; see gantheory {verb} --help") from error
        finally:
            output.COMMAND.reset(token)
    return status if isinstance(status, int) else 0


def _parts(joined: str, args: Sequence[str]) -> list[str]:
    """The arguments that typer has joined by spaces, which may hold spaces themselves."""
    parts: list[str] = []
    for arg in reversed(args):
        if f" {joined}".endswith(f" {arg}"):
            parts.insert(0, arg)
            joined = joined.removesuffix(arg).rstrip()
    return parts


def _in_our_words(what: str, args: Sequence[str]) -> str:
    """What typer says of a value, which is pydantic's "Input should be" without the value."""
    found = re.fullmatch(
        r"Invalid value for '(?P<name>\S+)': "
        r"(?:(?:Value error, )?'(?P<value>.*)' is not (?P<choice>one of .*)|"
        r"Input should be (?P<right>.*?)(?:, unable to parse.*)?)",
        what,
    )
    if found is None:
        return what
    name, value = found["name"], found["value"]
    words = [word for arg in args for word in (arg.split("=", 1) if arg.startswith("--") else [arg])]
    if value is None and name in words[:-1]:
        value = words[words.index(name) + 1]
    right = found["right"] or found["choice"].replace("'", "")
    return f"{name} must be {right}" + ("" if value is None else f", got {value!r}")


def _at_home(run: Callable[..., Any]) -> Callable[..., Any]:
    """The verb with ``~`` replaced in every path that it is given; a shell leaves it in ``--out=~/x``.

    A file that ends too early is an error like others, which typer would take for Ctrl-C.
    """

    def settled(name: str, value: Any) -> Any:
        if isinstance(value, Path):
            return user_path(value, f"--{name.replace('_', '-')}")
        if isinstance(value, list):
            return [settled(name, one) for one in value]
        return value

    @functools.wraps(run)
    def wrapped(**given: Any) -> Any:
        try:
            return run(**{name: settled(name, value) for name, value in given.items()})
        except EOFError as error:
            raise ValueError(f"a file ends too early: {error}") from error

    return wrapped


def _folded(example: str) -> str:
    """A command on lines of at most 76 characters, as a shell reads it; an option stays with its value."""
    lines = [""]
    plain = r'(?:"[^"]*"|[^\s"])+'
    for word in re.findall(rf"--\S+ (?!-){plain}|{plain}", example):
        if len(lines[-1]) + len(word) > 73:
            lines[-1] += " \\"
            lines.append("     " + word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip() if len(lines) == 1 else f"{lines[-1]} {word}"
    return "\n".join(lines)


def _name_values(run: Callable[..., Any]) -> None:
    """Name what options and arguments take, where a verb gives no name: FILE, N, and not Python's types."""
    words = {str: "TEXT", int: "N", float: "X", Path: "PATH"}
    run.__annotations__ = get_type_hints(run, include_extras=True)  # resolved once, so that names stay
    for name, hint in run.__annotations__.items():
        for info in getattr(hint, "__metadata__", ()):
            if type(info).__name__ == "ArgumentInfo":
                info.metavar = (info.metavar or name.upper()).strip("[].")  # typer adds brackets and dots
            elif info.metavar is None:
                kinds = {hint.__origin__, *get_args(hint.__origin__)}
                kinds |= {inner for kind in kinds for inner in get_args(kind)}
                info.metavar = next((words[kind] for kind in words if kind in kinds), None)


def _overview() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {summary}" for verb, summary in VERBS.items())
    return (
        "Usage: gantheory VERB [ARGUMENTS]\n\n"
        "Write a GAN objective once: derive its theory, evaluate its divergences, train\n"
        "it, and check the one against the other.\n\n"
        f"Verbs:\n{verbs}\n\n"
        "  gantheory VERB --help  shows a verb's arguments and an example\n"
        "  gantheory --version    prints the version\n"
        "  gantheory --install-completion  completes verbs and options with Tab\n\n"
        "An objective is written as a call with literal arguments, quoted for the shell:\n"
        '  vanilla   "alpha_gan(0.5, 1.2, saturating=False)"   "lsgan(a=0, b=1, c=1)"\n\n'
        "Example:\n"
        "  gantheory divergence vanilla --p 0.5,0.5 --q 0.9,0.1"
    )


def _said(error: Exception) -> str:
    """The message; of what the operating system refuses the path and the reason, without a number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


def _fail(message: str) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return 2


def debugging() -> bool:
    """Whether errors are shown with their traceback."""
    return os.environ.get("GANTHEORY_DEBUG", "0") not in {"", "0"}


def _reraise_if_debugging() -> None:
    if debugging():
        raise  # called only from an except block


def _show_warning(message: Warning | str, category: Any, *_: Any, **__: Any) -> None:
    print("warning:", " ".join(str(message).split()), file=sys.stderr)
