"""Theory: everything that follows from an objective's four functions, derived once and kept together."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

import sympy as sp
from numpy.typing import ArrayLike
from sympy.core.function import AppliedUndef

from gantheory.arguments.arrays import Array
from gantheory.arguments.checks import choice, instance
from gantheory.derivation.algebra.expressions import tidy
from gantheory.derivation.algebra.points import exact_value
from gantheory.derivation.algebra.symbols import u
from gantheory.derivation.failures import explained, finds
from gantheory.derivation.induced.equilibrium import Induced, induced
from gantheory.derivation.induced.flow import flow
from gantheory.derivation.induced.saturation import Saturation, saturation
from gantheory.derivation.numbers import evaluation, numeric, outer
from gantheory.derivation.numbers.certified import certified_divergence
from gantheory.derivation.numbers.generating import generating_function
from gantheory.derivation.optimum import optimal_score
from gantheory.derivation.optimum.piece import Piece
from gantheory.derivation.optimum.solution import OptimalScore
from gantheory.derivation.optimum.ties import score_at
from gantheory.derivation.text import presentation
from gantheory.derivation.text.latex import theory_to_latex
from gantheory.derivation.verdict import Verdict
from gantheory.derivation.verdicts import properties
from gantheory.derivation.verdicts.certificate import named, of_theory
from gantheory.derivation.verdicts.equality import Equality, compare
from gantheory.derivation.verdicts.unique_minimum import unique_minimum
from gantheory.divergences import DivergenceResult, GeneratingFunction, SampleEstimate
from gantheory.divergences.certified.budget import SECONDS
from gantheory.divergences.compute import check_options, compute, in_time
from gantheory.divergences.kinds import KINDS, Kind
from gantheory.errors import GantheoryError, NoPointwiseTheoryError
from gantheory.objectives.objective import Objective
from gantheory.objectives.parsing import parse_expression
from gantheory.objectives.relativistic import Relativistic

Quantity = Literal["f", "h", "f_D", "D"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


def derive(objective: Objective | Relativistic) -> Theory:
    """Derive the theory of an objective from its four functions, and from nothing else.

    Equal objectives have one `Theory`, which keeps what it has found.

    Raises:
        TypeError: not an `Objective`.
        ValueError: a parameter is a symbol, not a number.
        NoPointwiseTheoryError: the optimum is over a critic class, or does not exist.
        GantheoryError: sympy gave up; so for every quantity of the Theory.

    Source: optimal score and equilibrium f as in Goodfellow et al. 2014, Prop. 1 and Thm. 1, for any
    objective; flow divergence as in Arjovsky and Bottou 2017, Thm. 2.5, and Shannon et al. 2020 (arXiv
    2009.00757), for any objective.
    """
    if isinstance(objective, Relativistic):
        raise NoPointwiseTheoryError(
            f"{objective.name}: it couples pairs of scores, so no pointwise optimum v*(u) exists; its ideal "
            f"loss is {objective.ideal_loss}, and it can be trained"
        )
    instance(objective, "objective", Objective).need_numbers("derive")
    return _theory(objective)


@lru_cache(maxsize=256)
def _theory(objective: Objective) -> Theory:
    return Theory(objective, optimal_score(objective))


class Theory:
    """What `derive` found. Closed forms are sympy expressions in `u`; where there is none they are None.

    Every quantity has a numeric form all the same: `score_at`, `discriminator_at`, `saturation_at`,
    `divergence`.

    Attributes:
        objective: what was derived from.
        u: the symbol of the density ratio p_r/p_g.
        score: v*(u). Where it jumps the scores of both sides are optimal. Their middle is reported, 0 of -oo
            and oo, where it is optimal too (u A + B is flat between them, as for hinge); else the finite one
            of smaller |v|, of two such the one for larger u. `score_at`, `discriminator` and
            `discriminator_at` report the same.
        discriminator: D*(u), the link of the optimal score.
        f: generating function of the equilibrium divergence, f(1) = 0 and f'(1) = 0 where smooth.
        h: generating function of the flow divergence, h(1) = h'(1) = 0.
        f_D: generating function of the discriminator divergence.
        saturation: |s|, in the symbol `D` where D is a probability and in the score `v` elsewhere.
        ideal_loss: the discriminator's loss at P_g = P_r, -max_v [A(v) + B(v)].
    """

    def __init__(self, objective: Objective, solution: OptimalScore) -> None:
        self.objective = objective
        self.solution = solution
        self.u = u

    def __repr__(self) -> str:
        return f"Theory({self.objective.name})"

    def __getstate__(self) -> dict[str, Any]:
        # Compiled functions and tables do not pickle: they are made again from the symbolic forms, which do.
        return {name: value for name, value in self.__dict__.items() if name != "_generating"}

    @cached_property
    @finds("the optimal score")
    def score(self) -> sp.Expr | None:
        return self.solution.score

    @cached_property
    @finds("the optimal discriminator")
    def discriminator(self) -> sp.Expr | None:
        def of_piece(piece: Piece) -> sp.Expr | None:
            if piece.game.link is None or piece.closed is None:
                return None
            return tidy(piece.of(piece.game.link), u)

        if self.solution.one is not None:
            return of_piece(self.solution.one)
        return self.solution.joined(of_piece, lambda tie: tie.of("link"))

    @cached_property
    @finds("the equilibrium divergence")
    def equilibrium(self) -> Induced:
        """f with its offset: the generator's objective at the optimal discriminator is D_f + offset."""
        if self.objective.outer is not None:
            return Induced(
                None, None, "the outer function is not a sum, so no f represents the generator's objective"
            )
        return induced(self.solution, "R", "S")

    @cached_property
    @finds("the flow divergence")
    def flow(self) -> Induced:
        """h, whose divergence a generator step with the discriminator held fixed descends."""
        if self.objective.outer is not None:
            return Induced(
                None,
                None,
                "the outer function is not a sum, so the step's direction depends on the whole pair",
            )
        return flow(self.solution, self.equilibrium)

    @cached_property
    @finds("the discriminator divergence")
    def supremum(self) -> Induced:
        """f_D with its offset: max_v E_r A + E_g B = D_{f_D} + offset."""
        return induced(self.solution, "A", "B")

    @property
    def f(self) -> sp.Expr | None:
        return self.equilibrium.expr

    @property
    def h(self) -> sp.Expr | None:
        return self.flow.expr

    @property
    def f_D(self) -> sp.Expr | None:
        return self.supremum.expr

    def induced(self, kind: Kind) -> Induced:
        """The generating function of one of the three divergences, with its offset."""
        choice(kind, "kind", KINDS)
        if kind == "equilibrium":
            return self.equilibrium
        return self.flow if kind == "flow" else self.supremum

    @cached_property
    @finds("the saturation")
    def landscape(self) -> Saturation:
        """|s| with its symbol, sign and limits."""
        return saturation(self.solution)

    @property
    def saturation(self) -> sp.Expr:
        return self.landscape.expr

    @cached_property
    @finds("the ideal loss")
    def ideal_loss(self) -> sp.Expr:
        piece = self.solution.at_one()
        if piece.closed is not None:
            return exact_value(-tidy(piece.of(piece.game.A) + piece.of(piece.game.B), u), sp.S.One)
        loss, at = -(piece.plain.A + piece.plain.B), score_at(piece, sp.S.One)
        exact = loss.subs(piece.plain.y, at)
        return exact if exact.is_Rational else sp.Float(loss.evalf(30, subs={piece.plain.y: at}), 15)

    @finds("a value at 0 or infinity")
    def ends(self, kind: Kind = "equilibrium") -> tuple[sp.Expr | None, sp.Expr | None]:
        """f(0+) and f'(inf) = lim f(u)/u, the weights of mass where one density vanishes; None if unknown."""
        return properties.ends(self, kind)

    @finds("the curvature at u = 1")
    def curvature_at_one(self, kind: Kind = "equilibrium") -> sp.Expr | None:
        """f''(1), the coefficient of chi^2/2 near P_g = P_r; None where f has a kink there."""
        return properties.curvature_at_one(self, kind)

    @finds("the symmetry")
    def symmetric(self, kind: Kind = "equilibrium") -> bool | None:
        """Whether D_f(P||Q) = D_f(Q||P), that is u f(1/u) = f(u) modulo u - 1."""
        return properties.symmetric(self, kind)

    @finds("a verdict on convexity")
    def convexity(self, kind: Kind = "equilibrium") -> Verdict:
        """Whether f is convex on all of (0, inf), with a proof or with log u where it is not."""
        return named(self, kind, "convex", properties.convexity_verdict(self, kind))

    @finds("a verdict on the minimum")
    def unique_minimum(self, kind: Kind = "equilibrium") -> Verdict:
        """Whether D_f(P||Q) >= 0 with equality only at P = Q, also where f is not convex.

        It holds iff f(u1)/(1 - u1) + f(u2)/(u2 - 1) > 0 for all u1 in [0, 1) and u2 in (1, inf]; for smooth f
        with f'(1) = 0 iff f >= 0 everywhere, f(0) and f'(inf) included, and f does not vanish on both sides
        of u = 1. `gantheory.derivation.verdicts.unique_minimum` has the proof. Where it fails, `certificate`
        holds a pair of pmfs with D_f < 0, if one was found.
        """
        return named(self, kind, "unique minimum", unique_minimum(self, kind))

    @finds("a certificate")
    def certificate(self, kind: Kind = "equilibrium") -> dict[str, Any] | None:
        """The verdicts on convexity and on the unique minimum as exact data, for JSON; None without a proof.

        `tools/verify_certificates.py`, which shares no code with this package, checks it; the format is in
        docs/certificates.md.
        """
        return of_theory(self, kind)

    @finds("the divergence's name")
    def name(self, kind: Kind = "equilibrium") -> str | None:
        """The divergence's name where it is a known one, with its factor, such as "2 JSD"."""
        return properties.name(self, kind)

    def equals(self, formula: str | sp.Expr, quantity: Quantity = "f") -> Equality:
        """Compare a user's formula in u with "f", "h", "f_D" (up to scale, k (u - 1) and a constant) or
        exactly with "D".

        Raises:
            ExpressionError: the formula is not allowed by the whitelist.
            ValueError: unknown quantity, or one without a closed form.
        """
        choice(quantity, "quantity", QUANTITIES)
        if not isinstance(formula, (str, sp.Expr)):
            raise TypeError(f"formula must be text or a sympy expression in u, got {formula!r}")
        other = parse_expression(formula, {"u": u}, "formula") if isinstance(formula, str) else formula
        reference = self.discriminator if quantity == "D" else getattr(self, quantity)
        if reference is None:
            raise ValueError(
                f"quantity {quantity} of {self.objective.name} has no closed form to compare with"
            )
        unknown = sorted(map(str, (other.free_symbols - {u}) | other.atoms(AppliedUndef)))
        if unknown:
            raise ValueError(
                f"formula must hold u and functions with a meaning only, got {', '.join(unknown)}"
            )
        with explained(self.objective.name, "whether the formula is the same"):
            return compare(other, reference, exactly=quantity == "D")

    def score_at(self, p: ArrayLike, q: ArrayLike) -> Array:
        """v* at arrays of densities p = p_r, q = p_g; NaN where both vanish.

        At a ratio p/q where v* jumps, one of the optimal scores, as `score` says.

        Raises:
            ValueError: a negative or NaN density.
        """
        return self.score_at_log_ratio(numeric.log_density_ratio(p, q))

    def score_at_log_ratio(self, t: ArrayLike) -> Array:
        """v* at t = log(p_r/p_g), float64; where it jumps as `score` says."""
        return evaluation.score(self, t)

    def discriminator_at(self, p: ArrayLike, q: ArrayLike) -> Array:
        """D* at arrays of densities p = p_r, q = p_g, float64; NaN where both vanish.

        At a ratio p/q where v* jumps, D of the reported score, as `score` says.

        Raises:
            ValueError: a negative or NaN density.
        """
        return self.discriminator_at_log_ratio(numeric.log_density_ratio(p, q))

    def discriminator_at_log_ratio(self, t: ArrayLike) -> Array:
        """D* at t = log(p_r/p_g), float64; where v* jumps as `score` says."""
        return evaluation.discriminator(self, t)

    def saturation_at(self, D: ArrayLike) -> Array:
        """|s| at values of the reported discriminator output D, float64.

        Raises:
            ValueError: D outside the range that the optimal discriminator takes, or NaN.
        """
        return evaluation.saturation(self, D)

    def saturation_of_score(self, score: ArrayLike) -> Array:
        """|s| at values of the score, float64."""
        return evaluation.saturation_of_score(self, score)

    @finds("the generating function")
    def generating_function(self, kind: Kind = "equilibrium") -> GeneratingFunction:
        """f of one of the three divergences as a number, for `gantheory.divergences`.

        Raises:
            ValueError: unknown kind, or the objective's outer function is not a sum.
        """
        if kind != "discriminator" and self.objective.outer is not None:
            raise GantheoryError(f"{self.objective.name} has no {kind} f: {self.induced(kind).reason}")
        cache = self.__dict__.setdefault("_generating", {})
        result: GeneratingFunction | None = cache.get(kind)
        if result is None:  # of two threads that come here at once, both get the one that was stored first
            result = cache.setdefault(kind, generating_function(self, kind))
        return result

    def divergence(self, P: Any, Q: Any, kind: Kind = "equilibrium", **options: Any) -> DivergenceResult:
        """D_f(P_r||P_g) in nats of one of the three divergences.

        Args:
            P, Q: real and generated: pmfs of equal length, scipy.stats distributions (continuous, discrete,
                circular, of the plane), mixtures (`gantheory.mixture`) or density callables with `support`;
                `gantheory.divergences.compute` lists them. Samples go to `divergence_of_samples`.
            kind: "equilibrium" (D_f), "flow" (D_h) or "discriminator" (D_{f_D}).
            options: `dps`, `support`, `certified` and others, see `gantheory.divergences.compute`.

        Returns:
            value, absolute error estimate and method. For an objective with an outer function the
            equilibrium value is Phi(E_r R, E_g S) at the optimum less its value at P_g = P_r.
        """
        check_options(options)
        if options.pop("certified", False):
            return certified_divergence(self, P, Q, kind, **options)

        def found() -> DivergenceResult:
            if kind == "equilibrium" and self.objective.outer is not None:
                return outer.outer_divergence(self, P, Q, **options)
            return compute(self.generating_function(kind), P, Q, **options)

        what = f"{self.objective.name}: the {kind} divergence"
        return in_time(options.get("seconds", SECONDS), what, found)

    def divergence_of_samples(
        self,
        x: Any,
        y: Any,
        kind: Kind = "equilibrium",
        *,
        method: str = "auto",
        confidence: float = 0.95,
        seed: int = 0,
    ) -> SampleEstimate:
        """D_f(P_r||P_g) from real samples x and generated samples y alone, with a confidence interval.

        Args:
            x, y: shapes (n,) or (n, d) and (m,) or (m, d).
            kind: as for `divergence`.
            method, confidence, seed: see `gantheory.divergences.from_samples`, which says when methods fail.
        """
        return outer.divergence_of_samples(self, x, y, kind, method, confidence, seed)

    @finds("the page")
    def to_text(self) -> str:
        """A page for people."""
        return presentation.to_text(self)

    @finds("the page in LaTeX")
    def to_latex(self) -> str:
        """An align* environment that a paper can paste. It needs amsmath; long formulas are broken up."""
        return theory_to_latex(self)

    def _repr_latex_(self) -> str:
        lines = self.to_latex().splitlines()  # MathJax knows no comments
        return "\n".join(line for line in lines if not line.startswith("%"))

    @finds("the table")
    def _repr_html_(self) -> str:
        return presentation.to_html(self)

    @finds("the data for JSON")
    def to_json(self) -> dict[str, Any]:
        """Everything as text, numbers and booleans, for programs."""
        return presentation.to_json(self)


__all__ = ["KINDS", "Theory", "derive"]
