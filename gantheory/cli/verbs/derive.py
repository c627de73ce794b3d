"""``gantheory derive``: the theory of an objective, as text, LaTeX or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gantheory.cli.options import Json
from gantheory.cli.output import print_json, writable
from gantheory.support.lines import with_inf, wrapped

EXAMPLES = (
    'gantheory derive "alpha_gan(0.5, 1.2, saturating=False)"',
    'gantheory derive vanilla --equals "u*log(u) - (u + 1)*log((u + 1)/2)"',
    'gantheory derive --real "-softplus(-v)" --fake "-softplus(v)" --generator "softplus(-v)" --json',
    'gantheory derive "lsgan(0, 1, 1)" --certificate out/lsgan.json',
    "gantheory derive --list",
)


def run(
    objective: Annotated[
        str | None, typer.Argument(metavar="OBJECTIVE", help='vanilla, "lsgan(0, 1, 1)" ...')
    ] = None,
    equals: Annotated[
        str | None, typer.Option(metavar="EXPR", help="a formula in u: is it the one derived?")
    ] = None,
    of: Annotated[str, typer.Option(help="what EXPR is compared with: f, h, f_D or D")] = "f",
    latex: Annotated[bool, typer.Option("--latex", help="print LaTeX to paste: align* of amsmath")] = False,
    as_json: Json = False,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the proofs of its verdicts as JSON")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="list the built-in objectives and stop")] = False,
) -> int:
    """Derive optimal score, D*, induced divergences, saturation and ideal loss of an objective.

    With --equals the exit status is 0 if the formula is proved to be the derived one, up to a scale, a
    constant and k (u - 1), which are named; 1 if it is not, with a u at which they differ; 3 if they agree
    and nothing was proved.
    """
    if list_all:
        return _list(as_json)
    if objective is None:
        raise ValueError(
            "OBJECTIVE is missing: give a name such as vanilla, or --real, --fake and --generator"
        )

    from gantheory.derivation import derive
    from gantheory.objectives import from_spec

    obj = from_spec(objective)
    if certificate is not None:
        writable("--certificate", certificate, certificate.parent)
    theory = derive(obj)
    files = [] if certificate is None else [certificate]
    if certificate is not None:
        from gantheory.cli.verbs.certificates import of_theory, write

        write(of_theory(theory), certificate)
    if equals is not None:
        answer = theory.equals(equals, of)  # type: ignore[arg-type]
        if as_json:
            names = ("scale", "slope", "constant")
            found = {name: getattr(answer, name) for name in names}
            values = {name: None if x is None else float(x) for name, x in found.items()}
            exact = {f"{name}_exact": str(x) for name, x in found.items() if x is not None}
            print_json(
                {
                    "objective": obj.name,
                    "quantity": of,
                    "equal": answer.holds,
                    **values,
                    **exact,
                    "method": answer.method,
                    "witness_u": answer.witness_u,
                },
                files,
            )
        else:
            print(wrapped(with_inf(f"{equals}  against {of}(u) of {obj.name}: {answer}")))
        return {True: 0, False: 1, None: 3}[answer.holds]
    if as_json:
        print_json(theory.to_json(), files)
    else:
        print(theory.to_latex() if latex else theory.to_text())
    return 0


def _list(as_json: bool) -> int:
    from gantheory.objectives import BUILT_IN, from_spec
    from gantheory.objectives.named import read_losses

    rows = [(spec, from_spec(spec).source) for spec in (*BUILT_IN, *read_losses())]
    if as_json:
        print_json([{"objective": spec, "source": source} for spec, source in rows])
        return 0
    width = max(len(spec) for spec, _ in rows)
    for spec, source in rows:
        print(wrapped(f"{spec:{width}}  {source}"))
    return 0
