"""Completion of verbs, options and file names by the shell: a script that bash, zsh or fish reads."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gantheory.errors import nearest
from gantheory.support.atomic import write_atomically

SHELLS = ("bash", "zsh", "fish")
_START = "# >>> gantheory completion"
_END = "# <<< gantheory completion"


def run(option: str, args: Sequence[str]) -> int:
    """``--show-completion [SHELL]`` prints the script, ``--install-completion [SHELL]`` installs it."""
    if len(args) > 1:
        raise ValueError(f"{option} takes a shell at most, got {' '.join(args)}")
    shell = args[0] if args else Path(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        raise ValueError(
            f"{option} needs a shell, one of {', '.join(SHELLS)}, got {shell!r}{nearest(shell, SHELLS)}"
        )
    if option == "--show-completion":
        print(script(shell))
        return 0
    path = install(shell)
    print(f"{shell} completion is in {path}; a new shell reads it", file=sys.stderr)
    return 0


def words() -> dict[str, list[str]]:
    """The options of each verb, as its help names them."""
    import typer

    from gantheory.cli.verbs import VERBS
    from gantheory.cli.words import OBJECTIVE_VERBS, OWN

    found = {}
    for verb in VERBS:
        app = typer.Typer(add_completion=False)
        app.command()(importlib.import_module(f"gantheory.cli.verbs.{verb}").run)
        options = {name for parameter in typer.main.get_command(app).params for name in parameter.opts}
        options |= {"--help", "--losses", *((*OWN, "--objective") if verb in OBJECTIVE_VERBS else ())}
        found[verb] = sorted(name for name in options if name.startswith("--"))
    return found


def script(shell: str) -> str:
    """The completion as that shell's own code: it runs no Python when Tab is pressed."""
    options = words()
    verbs = " ".join(options)
    if shell == "fish":
        lines = [f"complete -c gantheory -n __fish_use_subcommand -a '{verbs}'"]
        lines += [
            f"complete -c gantheory -n '__fish_seen_subcommand_from {verb}' -l {name.removeprefix('--')}"
            for verb, names in options.items()
            for name in names
        ]
        return "\n".join(lines)
    cases = "\n".join(f"    {verb}) words='{' '.join(names)}' ;;" for verb, names in options.items())
    body = f"""_gantheory() {{
  local words='' current="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='{verbs} --help --version'
  else case "${{COMP_WORDS[1]}}" in
{cases}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _gantheory gantheory"""
    return body if shell == "bash" else f"autoload -U +X bashcompinit && bashcompinit\n{body}"


def install(shell: str) -> Path:
    """Write the script where the shell looks, in place of an earlier one; the file's path.

    Raises:
        OSError: it cannot be written.
    """
    home = Path.home()
    if shell == "fish":
        path = home / ".config" / "fish" / "completions" / "gantheory.fish"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, script(shell).encode() + b"\n")
        return path
    path = (home / f".{shell}rc").resolve()  # often a link into a folder of settings
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before, start, rest = text.partition(_START)
    after = rest.partition(_END)[2].lstrip("\n") if start else ""
    head = before.rstrip("\n") + "\n" if before.strip() else ""
    write_atomically(path, f"{head}{_START}\n{script(shell)}\n{_END}\n{after}".encode())
    return path
