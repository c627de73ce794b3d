"""That a score is the maximum over the whole domain is proved, or no number is called certified."""

from __future__ import annotations

import copy
import itertools
import math
from dataclasses import replace

import pytest
import sympy as sp

import gantheory as gt
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.verdict import PROOFS
from gantheory.derivation.verdicts.language import Played
from gantheory.derivation.verdicts.maximum import _below, _falls, proved
from gantheory.derivation.verdicts.played import optimum_is_proved

parse = gt.objectives.parse
P, Q = (1e-9, 1 - 1e-9), (0.5, 0.5)
CLIPPED = dict(
    real="-softplus(-max(min(v, 10), -10))",
    fake="-softplus(max(min(v, 10), -10))",
    generator="-softplus(max(min(v, 10), -10))",
)
LOSSES = {
    "vanilla": gt.objectives.vanilla(),
    "alpha with a long fraction": gt.objectives.alpha_gan(0.37219, 1),
    "scores in an interval": parse(
        real="-softplus(-v)", fake="-softplus(v)", generator="-softplus(v)", domain=(-10, 10)
    ),
    "clipped logits": parse(**CLIPPED),
    "one-sided smoothing": parse(
        real="9*log(D)/10 + log(1 - D)/10", fake="log(1 - D)", generator="-log(D)", link="sigmoid(v)"
    ),
    "steps": parse(real="min(v,1) + min(v,3)", fake="-max(v,0) - max(v,2)", generator="-v"),
    "hinge": gt.objectives.hinge(),
}


def with_score(theory, k, score):
    """The theory with a wrong score on piece k."""
    pieces = list(theory.solution.pieces)
    piece = pieces[k]
    pieces[k] = replace(piece, closed=score) if piece.closed is not None else piece
    wrong = copy.copy(theory)
    for kept in ("_played", "_optimum_is_proved"):
        wrong.__dict__.pop(kept, None)
    wrong.__dict__["solution"] = replace(theory.solution, pieces=tuple(pieces))
    return wrong


@pytest.mark.slow_cases("one-sided smoothing")
@pytest.mark.parametrize("name", list(LOSSES))
def test_proved(name):
    assert optimum_is_proved(gt.derive(LOSSES[name]))


def test_certified_value_of_scores_in_an_interval():
    # log u = -20 and 0.69: the first is beyond the end -10 of the scores.
    log = math.log
    q = (1 - 1e-9) * 2
    value = 0.0
    for score in (-10.0, log(q)):
        value -= 0.5 * math.log1p(math.exp(score))
    found = gt.derive(LOSSES["scores in an interval"]).divergence(P, Q, certified=True)
    assert found.value == pytest.approx(value + log(2), rel=1e-13)
    assert abs(found.value - found.low) <= 2e-16 and abs(found.value - found.high) <= 2e-16


def test_what_is_not_proved_is_refused():
    theory = copy.copy(gt.derive(parse(**CLIPPED)))
    assert theory.divergence(P, Q, certified=True).value == pytest.approx(
        theory.divergence(P, Q).value, rel=1e-13
    )
    theory.__dict__["_optimum_is_proved"] = False
    with pytest.raises(ValueError, match="was not proved; leave certified out"):
        theory.divergence(P, Q, certified=True)


@pytest.mark.parametrize(
    ("name", "k", "score"),
    [
        ("vanilla", 0, 2 * sp.log(u)),  # not stationary
        ("vanilla", 0, -sp.log(u)),  # a falling score
        ("scores in an interval", 1, sp.log(u) + 1),  # g jumps where the piece ends
    ],
)
def test_a_wrong_score_is_not_proved(name, k, score):
    theory = gt.derive(LOSSES[name])
    assert not optimum_is_proved(with_score(theory, k, score))


y = sp.Symbol("y", real=True)
BUMP = (1 - y**2) / 2


@pytest.mark.parametrize(
    ("A", "B", "optimum", "domain", "holds"),
    [
        (y, -y, (-1, 1), (-1, 1), True),  # |u - 1| over lines
        (y - BUMP, -y - BUMP, (-1, 1), (-1, 1), True),  # over convex functions of the score
        (y + BUMP, -y + BUMP, (-1, 1), (-1, 1), False),  # the middle is better around u = 1
        (y - BUMP, -y + BUMP, (-1, 1), (-1, 1), False),
        (y, -y, (1, -1), (-1, 1), False),  # the lower end at each
        (y, -y, (-1, 1), (-1, 1, 2), False),  # and 2 is better still
        (y - 3 * sp.Max(y - 1, 0), -y, (-1, 1), (-1, 1, 2), True),  # 1 is better than what is beyond it
        (-(y**2), -(y**2), (0, 0), (-1, 0, 1), True),
        (-((y - 1) ** 2), -((y + 1) ** 2), ((u - 1) / (u + 1),) * 2, (-1, 0, 1), True),
        (-((y - 1) ** 2), -((y + 1) ** 2), ((u - 1) / (u + 2),) * 2, (-1, 0, 1), False),
    ],
    ids=str,
)
def test_a_maximum_is_proved_where_it_is_one(A, B, optimum, domain, holds):
    four = {"A": A, "B": B, "R": sp.S.Zero, "S": sp.S.Zero}
    points = tuple(map(sp.Integer, domain))
    game = Played(four, y, points, (sp.S.Zero, sp.S.One, sp.oo), tuple(map(sp.sympify, optimum)))
    assert proved(game, PROOFS) is holds
    assert proved(game, ("symbolic",)) is holds
    # By brute force.
    for ratio in (sp.Rational(1, 5), sp.Rational(9, 10), sp.Rational(11, 10), sp.Integer(7)):
        scores = [domain[0] + sp.Rational(k, 20) * (domain[-1] - domain[0]) for k in range(21)]
        best = max((ratio * A + B).subs(y, score) for score in scores)
        score = game.optimum[int(bool(ratio > 1))].subs(u, ratio)
        short = best > (ratio * A + B).subs(y, score)
        assert not (holds and short)


@pytest.mark.parametrize(
    ("A", "B", "low", "high"),
    [
        (-y, 1 - 2 * y, 1, sp.oo),
        (3 * y, y, -sp.oo, -1),
        (-y, -y - BUMP, -1, 1),
        (y + BUMP, y, -1, 1),
        (-y, y, 0, 1),  # one falls and the other rises
        (BUMP, BUMP, -1, 1),  # neither way
        (9 * sp.log(y) / 10 - sp.log(1 + y), -sp.log(1 + y), 9, sp.oo),
    ],
    ids=str,
)
def test_a_fall_from_an_end_is_one_on_a_grid(A, B, low, high):
    game = Played({"A": A, "B": B}, y, (), (), ())
    low, high = map(sp.sympify, (low, high))
    start, end = max(low, min(high - 4, -3)), min(high, max(low + 4, 3))
    grid = [start + (end - start) * sp.Rational(k, 20) for k in range(21)]
    rows = [[float(expr.subs(y, at)) for at in grid] for expr in (A, B)]
    for point, ordered in ((low, rows), (high, [row[::-1] for row in rows])):
        if not point.is_finite:
            continue
        falls = all(after <= before for row in ordered for before, after in itertools.pairwise(row))
        below = all(value <= row[0] for row in ordered for value in row)
        assert _falls(game, low, high, point) is falls
        assert (falls or _below(game, low, high, point, PROOFS)) is below
