"""From two losses in code to the objective that they are, its theory, and what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from gantheory.arguments.checks import choice
from gantheory.objectives import Objective
from gantheory.objectives.objective import v
from gantheory.reading.identification import finding
from gantheory.reading.identification.calls.probe import INPUTS, Probe, RefusedError
from gantheory.reading.identification.calls.structure import Structure, structure_of
from gantheory.reading.identification.forms import variants
from gantheory.reading.identification.forms.coupled import pairing_of, relativistic_kind, renyi_of
from gantheory.reading.identification.forms.limits import limits_of
from gantheory.reading.identification.forms.matching import Match, match, match_renyi
from gantheory.reading.identification.forms.roles import Roles, roles_of, temperatures
from gantheory.reading.identification.forms.shape import number
from gantheory.reading.identification.gradients import of_gradients
from gantheory.reading.identification.identified import Identified
from gantheory.reading.identification.tabulated import ideal_score

_STEEPER = 20.0
"""Times its size in the middle that a slope in a probability reaches toward 0 or 1."""


def identify(d_loss: Callable[..., Any], g_loss: Callable[..., Any], *, inputs: str = "auto") -> Identified:
    """Find the objective that two losses in PyTorch code are, its theory, and what is wrong with them.

    The losses are called with batches of scores in float64. From how the gradient at one score depends on the
    others follows whether they are sums over single scores,

        d_loss = -mean A(v_real) - mean B(v_fake),   g_loss = mean R(v_real) + mean S(v_fake)

    up to factors and constants; A, B, R and S are then found from their derivatives, and matched to the
    catalogue. A form is answered only if it is the code's, in slopes and differences of values to 1e-6, at
    scores that the search did not use; `limits` says where an epsilon or a clamp changes it.

    Args:
        d_loss: (real scores, fake scores) -> scalar tensor, which the discriminator minimizes. Means or sums.
        g_loss: the same for the generator, or a function of the fake scores alone.
        inputs: "scores", "energies" (none negative), "bounded" (within [-1, 1]) or "probabilities" (sigmoid
            of the score) is what the losses take; "auto" is the first at which both are finite, and
            probabilities where d_loss is as steep at 0 or 1 as log p and 1/p are, if it has a known form only
            of them, or is not finite at all scores.

    Raises:
        TypeError: not callable.
        ValueError: a loss that needs more than scores, raises an error, returns no scalar, changes its answer
            from call to call, detaches its input, or does not depend on scores that it should.

    Example:
        >>> from torch.nn.functional import softplus
        >>> discriminator = lambda real, fake: softplus(-real).mean() + softplus(fake).mean()
        >>> identify(discriminator, lambda fake: softplus(-fake).mean()).name
        'vanilla(saturating=False)'
    """
    choice(inputs, "inputs", ("auto", *INPUTS))
    found = _identify(d_loss, g_loss, inputs)
    if inputs != "auto" or found.inputs == "probabilities" or _knows_discriminator(found):
        return found
    if not _wants_probabilities(Probe.settled(d_loss, "d_loss", found.inputs)):
        return found
    # 1/D, as of alpha = 1/2, is finite at raw scores too, but no function that a loss of scores would have.
    try:
        other = _identify(d_loss, g_loss, "probabilities")
    except ValueError:
        return found
    return other if found.inputs != "scores" or _knows_discriminator(other) else found


def _knows_discriminator(found: Identified) -> bool:
    return found.roles is None or all(found.roles.shapes[role] is not None for role in "AB")


def _wants_probabilities(probe: Probe) -> bool:
    """Whether the slope in real or fake scores grows toward an end of [0, 1], as of log p, 1/p and 1 - p^c.

    It then is not finite, or over 20 times its size in the middle; the terms of losses of raw scores change
    less on an interval of length 1.
    """
    near = np.geomspace(1e-6, 0.25, 40)
    ends, middle = np.concatenate([near, 1 - near]), np.linspace(0.25, 0.75, 20) + 0.0137
    for side in ("real", "fake"):
        steepest = np.abs(probe.slope(side, ends)).max()
        if not steepest <= _STEEPER * np.abs(probe.slope(side, middle)).mean():
            return True
    return False


def _identify(d_loss: Callable[..., Any], g_loss: Callable[..., Any], inputs: str) -> Identified:
    """`identify` for one kind of inputs, or the first that gives a finite answer."""
    d, g = _settled(d_loss, g_loss, inputs)
    structures = structure_of(d), structure_of(g)
    if not {"paired", "coupled", "batch statistics"}.isdisjoint(s.kind for s in structures):
        return _coupled(d, g, structures)
    roles = roles_of(d, g, structures)
    found, seen, scale = _match(roles, d, renyi_of(g) if structures[1].kind == "mean" else None)
    at_one = ideal_score(seen)
    ideal = _constant_loss(d, float(scale) * at_one)
    findings = [
        *finding.of_means(seen, found),
        *finding.of_reductions(d),
        *finding.of_shapes(seen),
        *finding.of_players(seen, found, at_one if math.isfinite(at_one) else 0.0),
        *of_gradients(roles, {"d_loss": d, "g_loss": g}, roles.means),
    ]
    objective = _objective(seen, found, lambda score: _constant_loss(d, float(scale) * score))
    limits = {} if objective is None else limits_of(objective, found, seen)
    if objective is not None and scale != 1:
        objective = variants.rescored(objective, scale)
    return Identified(
        name="no closed form: numeric" if objective is None else objective.name,
        objective=objective,
        parameters=_parameters(objective, found),
        structure=structures[0].kind,
        inputs=d.inputs,
        reduction=_reduction(d),
        ideal_loss=round(ideal, 12) + 0.0 if math.isfinite(ideal) else None,
        findings=tuple(findings),
        limits=limits,
        roles=roles,
    )


def _settled(d_loss: Callable[..., Any], g_loss: Callable[..., Any], inputs: str) -> tuple[Probe, Probe]:
    """Both losses at the first kind of inputs at which both are finite."""
    refusal: ValueError | None = None
    for kind in INPUTS if inputs == "auto" else (inputs,):
        try:
            return Probe.settled(d_loss, "d_loss", kind), Probe.settled(g_loss, "g_loss", kind)
        except RefusedError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _match(roles: Roles, d: Probe, renyi: Objective | None) -> tuple[Match | None, Roles, sp.Rational]:
    """The match, the four functions in the score that it is in, and what the code's score is over that one:
    1, -1, or a temperature."""
    if renyi is not None:
        return match_renyi(roles, renyi), roles, sp.S.One
    best = match(roles, lambda score: _constant_loss(d, score)), roles, sp.S.One
    scales = [sp.S.NegativeOne]
    if roles.inputs == "scores" and not roles.known:
        scales += [sign * T for T in temperatures(roles) for sign in (1, -1)]
    for scale in scales:
        if best[0] is not None and best[0].complete:
            break
        turned, k = roles.scaled(float(scale)), float(scale)
        other = match(turned, lambda score, k=k: _constant_loss(d, k * score))  # type: ignore[misc]
        if other is not None and (best[0] is None or other.complete):
            best = other, turned, scale
    return best


def _objective(roles: Roles, found: Match | None, loss_at: Callable[[float], float]) -> Objective | None:
    """The match, or an objective of the closed forms; its own constants are those of the code's d_loss."""
    if found is not None and found.complete:
        return found.objective
    if not roles.known:
        return None
    expr = {role: shape.expr for role, shape in roles.shapes.items() if shape is not None}
    if found is not None:
        own, name = found.objective, f"{found.objective.name.partition('(')[0]} with another generator"
        return Objective(
            name=name, A=own.A, B=own.B, R=expr["R"], S=expr["S"], link=own.link, domain=own.domain
        )
    point = sp.Rational(1, 3)
    missing = -loss_at(float(point)) - float((expr["A"] + expr["B"]).subs(v, point))
    return Objective(name="a loss of its own", **{**expr, "A": expr["A"] + number(missing)})


def _parameters(objective: Objective | None, found: Match | None) -> dict[str, Any]:
    own = {} if objective is None else dict(objective.parameters)
    own = {name: float(x) if isinstance(x, sp.Basic) else x for name, x in own.items()}
    if found is not None:
        own |= {"factor_d": found.factor_d, "factor_g": found.factor_g}
    return {name: x for name, x in own.items() if x is not None}


def _reduction(d: Probe) -> str:
    kinds = set(d.reductions.values())
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _constant_loss(d: Probe, score: float) -> float:
    """d_loss of a constant score, of one real and one fake sample: as a sum, its value a sample."""
    return d(np.array([score]), np.array([score])).value


def _coupled(d: Probe, g: Probe, structures: tuple[Structure, Structure]) -> Identified:
    kind = next(s.kind for s in structures if s.kind != "separate")
    of_code: dict[str, Any] = {"structure": kind, "inputs": d.inputs, "reduction": _reduction(d)}
    pairing = pairing_of(d, g)
    if pairing is None:
        names = {
            "paired": "pairs of scores",
            "coupled": "couples real and fake scores",
            "mean": "a mean of a batch",
        }
        name = relativistic_kind(d, kind == "paired") or names.get(kind, kind)
        return Identified(name=name, objective=None, parameters={}, ideal_loss=None, findings=(), **of_code)
    game = pairing.objective
    factors = {f"factor_{name[0]}": factor for name, factor in pairing.factors.items()}
    scaled = {} if game.temperature == 1 else {"temperature": float(game.temperature)}
    of_code["structure"] = "coupled" if game.average else "paired"
    return Identified(
        name=game.name,
        objective=game,
        parameters={"loss": game.loss, "average": game.average, **scaled, **factors},
        ideal_loss=_constant_loss(d, 0.0),
        findings=tuple(finding.of_pairing(pairing)),
        **of_code,
    )
