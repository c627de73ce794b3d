"""Whether D_f(P||Q) >= 0 with equality only at P = Q: the conclusion of the theorems, with or without
convexity.

Criterion. Write D_f(P||Q) = sum q f(p/q) + f'(inf) P(q = 0), with f(1) = 0 and f(0) the limit at 0. Then
D_f >= 0 for all P, Q, with equality only at P = Q, iff

    f(u1)/(1 - u1) + f(u2)/(u2 - 1) > 0   for all u1 in [0, 1), u2 in (1, inf],

where f(u2)/(u2 - 1) at u2 = inf means f'(inf). Proof: "only if": Q with mass on two points, P = (u1, u2) Q,
is a pair of pmfs for weights proportional to 1/(1 - u1) and 1/(u2 - 1), and its D_f is a positive multiple
of the left side. "If": sum q (u - 1) + P(q = 0) = 0 pairs the mass below u = 1 with that above, so every
D_f is a sum of such two-point values, empty only where P = Q.

For f differentiable at 1 with f'(1) = 0 (u2 -> 1 and u1 -> 1 in the criterion) this says: f >= 0 on [0,
inf], and f does not vanish on both sides of u = 1. So f > 0 off u = 1, with f(0) and f'(inf) not both 0,
suffices; and f(u) < 0 anywhere, or f(0) < 0, or f'(inf) < 0, refutes it: mix a little mass there with much
near u = 1.

Lemma used where f is not convex: let f'' < 0 on (0, a), > 0 on (a, b), < 0 on (b, inf), 0 <= a < 1 < b <=
inf, up to isolated zeros. Then f > 0 on (a, b) but for u = 1; beyond b it is concave and starts positive
and rising, so it is positive iff f'(inf) >= 0 (a concave function falls below every level if its slope ends
negative, and rises for ever if not); below a it is concave and positive at a, so it is positive iff f(0) >=
0.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from gantheory.derivation.algebra.expressions import has_huge
from gantheory.derivation.algebra.points import same
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.induced.equilibrium import roles
from gantheory.derivation.signs.data import Signs
from gantheory.derivation.signs.decision import as_float
from gantheory.derivation.signs.negative_pair import negative_pair
from gantheory.derivation.signs.power_sums import constant_sign
from gantheory.derivation.signs.smooth import signs_of
from gantheory.derivation.verdict import PROOFS, Verdict, weakest
from gantheory.derivation.verdicts import properties
from gantheory.derivation.verdicts.convexity import convexity
from gantheory.derivation.verdicts.piecewise_minimum import piecewise_minimum
from gantheory.divergences.kinds import Kind

if TYPE_CHECKING:
    from gantheory.derivation.theory import Theory


@properties.once
def unique_minimum(theory: Theory, kind: Kind) -> Verdict:
    """Verdict on D_f >= 0 with equality only at P = Q; the module's text has the criterion and its proof."""
    if theory.objective.outer is not None and kind != "discriminator":
        return Verdict(None, "none", theory.induced(kind).reason)
    part = theory.induced(kind)
    if part.infinite is not None:
        positive = part.infinite > 0
        reason = f"the divergence is {part.infinite} unless P = Q"
        return Verdict(bool(positive), "symbolic", reason, certificate={"divergence": str(part.infinite)})
    below, above = theory.solution.around_one
    resting = theory.solution.pieces[below]
    if below == above and resting.level:
        played = [resting.of(getattr(resting.game, role)) for role in roles(kind)[kind == "flow" :]]
        if not all(value.is_finite for value in played):
            return Verdict(
                None, "none", f"its loss is infinite at v*(u) = {resting.closed}, for all u near 1"
            )
        where = f"v*(u) = {resting.closed} for all u near 1"
        return Verdict(False, "symbolic", f"{where}, where f is thus linear: D_f = 0 for P near Q")
    if theory.solution.steps is not None:
        return Verdict(None, "none", part.reason) if part.expr is None else piecewise_minimum(part)
    curved = properties.convexity_verdict(theory, kind)
    if curved.holds and curved.method in PROOFS:
        return _of_convex(theory, kind, curved)
    if theory.solution.one is None:
        return _of_segments(theory, kind, curved)
    second = properties.second_derivative(theory, kind)
    if second is None:
        return Verdict(None, "none", f"not decided, as convexity is not: {curved.reason}")
    f, curvature = part.expr, properties.curvature_at_one(theory, kind)
    if f is not None and has_huge(f):
        # 2^1000000 in f: its value at the ends is out of reach, the signs of f'' are not.
        return of_smooth(None, second, (None, None), curvature)
    return of_smooth(f, second, theory.ends(kind), curvature)


def of_smooth(
    f: sp.Expr | None,
    second: sp.Expr,
    ends: tuple[sp.Expr | None, sp.Expr | None],
    curvature: sp.Expr | None,
) -> Verdict:
    """The verdict for a smooth f that is not known to be convex, f(1) = f'(1) = 0, from the signs of f''."""
    found = signs_of(second)
    bend = None if curvature is None or not curvature.is_finite else constant_sign(curvature)
    if bend == -1:
        shown = _magnitude(curvature) if has_huge(curvature) else str(curvature)
        return _refuted(f, ends, None, f"f''(1) = {shown} < 0: f < 0 near u = 1", {"curvature_at_one": shown})
    if isinstance(found, Signs) and found.pattern is not None:
        by_pattern = _by_pattern(f, found, ends, bend)
        if by_pattern is not None:
            return by_pattern
    return _by_values(f, ends)


def _of_convex(theory: Theory, kind: Kind, curved: Verdict) -> Verdict:
    """A convex f vanishes off u = 1, with its slopes there opposite, iff it is linear around u = 1."""
    certificate = {"convexity": curved.certificate}
    if curved.strict:
        return Verdict(True, curved.method, f"f is strictly convex: {curved.reason}", certificate=certificate)
    bends = properties.bends(theory, kind)
    if bends is None:
        return Verdict(None, "none", "f is convex, but not known to be strictly convex at u = 1")
    seconds, kinks = bends
    if any(kink.at == 1 and constant_sign(kink.bend) == 1 for kink in kinks):
        reason = f"f is convex with a kink at u = 1: {curved.reason}"
        return Verdict(True, curved.method, reason, certificate=certificate)
    around = [seconds[k] for k in theory.solution.around_one]
    if all(part.expr == 0 for part in around):
        everywhere = "f is linear, so the divergence vanishes identically"
        reason = everywhere if len(seconds) == 1 else "f is linear around u = 1, so that D_f = 0 for P near Q"
        return Verdict(False, curved.method, reason, certificate=certificate)
    reason = f"f is convex, and not linear on both sides of u = 1: {curved.reason}"
    return Verdict(True, curved.method, reason, certificate=certificate)


def _of_segments(theory: Theory, kind: Kind, curved: Verdict) -> Verdict:
    """Where f is not convex and in pieces: f > 0 off u = 1 proves, f < 0 refutes where f is smooth at u =
    1."""
    undecided = Verdict(None, "none", f"not decided, as convexity is not: {curved.reason}")
    part, ends, found_bends = theory.induced(kind), theory.ends(kind), properties.bends(theory, kind)
    if found_bends is not None and not any(kink.at == 1 for kink in found_bends[1] if kink.bend or kink.jump):
        for segment in found_bends[0]:
            touches = [end for end in (segment.start, segment.end) if same(end, sp.S.One)]
            found = signs_of(segment.expr, segment.start, segment.end) if touches else ""
            if isinstance(found, Signs) and found.pattern == (-1,):
                side = "above" if touches[0] == segment.start else "below"
                data = {"second_derivative": found.certificate}
                return _refuted(part.expr, ends, None, f"f'' < 0 {side} u = 1, where f has slope 0", data)
    if part.expr is None or part.expr.has(sp.betainc) or any(s.end.has(sp.Float) for s in part.segments):
        return undecided
    sides = []
    for segment in part.segments:
        cuts = [segment.start, segment.end]
        if sp.N(segment.start - 1) < 0 < sp.N(segment.end - 1):
            cuts.insert(1, sp.S.One)
        sides += [(segment.expr, low, high) for low, high in pairwise(cuts)]
    signs = [signs_of(expr, low, high) for expr, low, high in sides]
    if all(isinstance(one, Signs) and one.pattern == (1,) for one in signs) and any(
        _end_sign(end) == 1 for end in ends
    ):
        breaks = [s.expr.subs(u, s.end) for s in part.segments[:-1] if not same(s.end, sp.S.One)]
        if all(constant_sign(value) == 1 for value in breaks):
            methods = {one.method for one in signs if isinstance(one, Signs)}
            proof = {"signs_of_f": [o.certificate for o in signs if isinstance(o, Signs)]}
            return Verdict(True, weakest(methods), "f > 0 for all u != 1", certificate=proof)
    pair = _pair(part.expr, ends, None)
    if pair is not None:
        return Verdict(False, "ball arithmetic", "D_f < 0 for a pair of pmfs", certificate={"pair": pair})
    return undecided


def _by_pattern(
    f: sp.Expr | None, found: Signs, ends: tuple[sp.Expr | None, sp.Expr | None], bend: int | None
) -> Verdict | None:
    signs = tuple(s for i, s in enumerate(found.pattern or ()) if i == 0 or s != (found.pattern or ())[i - 1])
    if bend != 1 or signs not in ((-1, 1, -1), (-1, 1), (1, -1)):
        return None
    sides = []
    if signs[0] == -1:
        sides.append(("f(0)", ends[0]))
    if signs[-1] == -1:
        sides.append(("f'(inf)", ends[1]))
    values = {name: end for name, end in sides}
    data: dict[str, Any] = {
        "lemma": "f'' > 0 around u = 1; where f'' < 0 towards an end, f > 0 iff f(0) >= 0 (f'(inf) >= 0)",
        "signs_of_second_derivative": list(signs),
        "second_derivative": found.certificate,
        "ends": {name: str(end) for name, end in values.items()},
    }
    answers = {name: _end_sign(end) for name, end in sides}
    negative = [name for name, sign in answers.items() if sign == -1]
    if negative:
        return _refuted(f, ends, None, f"{negative[0]} = {values[negative[0]]} < 0", data)
    if None in answers.values():
        return Verdict(
            None, "none", f"the sign of {next(n for n, s in answers.items() if s is None)} is not known"
        )
    if len(sides) == 2 and not any(answers.values()):
        return Verdict(
            False, "symbolic", "f(0) = f'(inf) = 0: zero for P and Q with disjoint rests", certificate=data
        )
    shown = ", ".join(f"{name} = {_brief(end)} >= 0" for name, end in values.items())
    reason = f"f'' changes sign, but f > 0 for all u != 1: convex around u = 1, concave further out, {shown}"
    return Verdict(True, found.method, reason, certificate=data)


def _by_values(f: sp.Expr | None, ends: tuple[sp.Expr | None, sp.Expr | None]) -> Verdict:
    """From the signs of f itself on both sides of u = 1."""
    if f is None or f.has(sp.betainc):
        return Verdict(None, "none", "the signs of f'' do not decide, and f has no elementary form")
    sides = [signs_of(f, sp.S.Zero, sp.S.One), signs_of(f, sp.S.One, sp.oo)]
    data = {"signs_of_f": [s if isinstance(s, str) else s.certificate for s in sides]}
    for side in sides:
        if isinstance(side, Signs) and side.witness is not None:
            return _refuted(f, ends, side.witness, f"f < 0 at log u = {as_float(side.witness):.6g}", data)
    known = [s for s in sides if isinstance(s, Signs) and s.pattern in ((1,), (1, 1))]
    if len(known) == 2:
        positive = [side.pattern == (1,) for side in known]
        if all(positive) and all(end == 0 for end in ends):
            return Verdict(False, "symbolic", "f(0) = f'(inf) = 0: zero for P and Q with disjoint rests")
        if any(above and _end_sign(end) == 1 for above, end in zip(positive, ends, strict=True)):
            reason = "f > 0 for all u != 1" if all(positive) else "f >= 0, and f > 0 on one side of u = 1"
            return Verdict(True, weakest({s.method for s in known}), reason, certificate=data)
    pair = _pair(f, ends, None)
    if pair is not None:
        return Verdict(False, "ball arithmetic", "D_f < 0 for a pair of pmfs", certificate={"pair": pair})
    why = next((s for s in sides if isinstance(s, str)), "f may vanish off u = 1")
    return Verdict(None, "none", f"f: {why}")


def _refuted(
    f: sp.Expr | None,
    ends: tuple[sp.Expr | None, sp.Expr | None],
    where: Fraction | None,
    reason: str,
    data: Any,
) -> Verdict:
    pair = _pair(f, ends, where)
    certificate = data if pair is None else data | {"pair": pair}
    at = None if where is None else as_float(where)
    shown = (
        ""
        if pair is None
        else f"; D_f <= {pair['divergence_at_most']:.3g} for P = {pair['P']}, Q = {pair['Q']}"
    )
    shown = shown.replace("[", "(").replace("]", ")").replace("'", "")
    return Verdict(False, "symbolic", reason + shown, at, certificate=certificate)


def _pair(
    f: sp.Expr | None, ends: tuple[sp.Expr | None, sp.Expr | None], where: Fraction | None
) -> dict[str, Any] | None:
    if f is None or f.has(sp.betainc):
        return None
    try:
        pair = negative_pair(f, u, *ends, where)
    except ValueError:
        return None  # the refutation stands without a pair, which needs an enclosure of f
    return None if pair is None else pair.certificate()


def _end_sign(end: sp.Expr | None) -> int | None:
    if end is None or end is sp.nan:
        return None
    if end.is_infinite:
        return 1 if end.is_extended_positive else -1 if end.is_extended_negative else None
    return constant_sign(end)


def _brief(number: sp.Expr | None) -> str:
    if number is not None and has_huge(number):
        return _magnitude(number)
    text = str(number)
    return text if len(text) <= 40 else f"{float(number):.9g}"  # type: ignore[arg-type]


def _magnitude(number: sp.Expr) -> str:
    """Text of a number with more digits than Python writes."""
    if not number.is_Rational:
        return "a number of thousands of digits"
    bits = abs(number.p).bit_length() - number.q.bit_length()
    return f"about {'-' if number.p < 0 else ''}10^{round(bits * math.log10(2))}"


__all__ = ["convexity", "of_smooth", "unique_minimum"]
