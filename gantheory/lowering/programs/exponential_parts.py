"""Instructions for exponents and for sums of powers of w = exp(v), stable for every v."""

from __future__ import annotations

import sympy as sp

from gantheory.lowering.forms.atoms import W
from gantheory.lowering.forms.products import is_positive, w_terms
from gantheory.lowering.programs.exponent import Exponent
from gantheory.lowering.programs.program import Builder

HALF = sp.Rational(1, 2)
MAX_REPEATED = 8
"""Integer powers up to this one are multiplied out."""


class ExponentialParts:
    """What products and sums are made of. ``value`` compiles any normal form (see :mod:`.compile`)."""

    def __init__(self) -> None:
        self.builder = Builder()

    def value(self, expr: sp.Expr) -> int:
        raise NotImplementedError

    def power(self, node: int, exponent: sp.Expr) -> int:
        """``node ** exponent`` for a positive number."""
        b = self.builder
        if exponent == 1:
            return node
        if exponent.is_Integer and exponent <= MAX_REPEATED:
            half = self.power(node, exponent // 2)
            square = b.op("mul", half, half)
            return b.op("mul", square, node) if exponent % 2 else square
        if exponent == HALF:
            return b.op("sqrt", node)
        return b.op("pow", node, b.constant(exponent))

    def exponent(self, form: Exponent, factor: sp.Expr = sp.S.One) -> int:
        """``factor * E``, every coefficient rounded once."""
        b = self.builder
        low, high = form.low * factor, form.high * factor
        nodes = []
        if low == high:
            if low != 0:
                nodes.append(b.scale(low, b.x))
        elif low == -high:
            nodes.append(b.scale(high, b.op("abs", b.x)))
        else:
            if low != 0:
                nodes.append(b.scale(low, b.op("min", b.x, b.constant(0))))
            if high != 0:
                nodes.append(b.scale(high, b.op("max", b.x, b.constant(0))))
        if form.constant != 0:
            nodes.append(b.constant(form.constant * factor))
        tails = [(z, p) for z, p in form.tails.items() if p != 0]
        if form.further != 0 or tails:
            nodes.append(b.scale(factor, self._beside_tails(tails, form.further)))
        nodes += [b.scale(p * factor, self._tail_log(z)) for z, p in tails]
        nodes += [b.scale(p * factor, self.bounded_log(base)) for base, p in form.logs.items() if p != 0]
        return b.total(nodes)

    def _beside_tails(self, tails: list, further: sp.Expr) -> int:
        """``further`` with the leading -z^2 of every log erfc(z), z > 0, joined to it symbolically."""
        if not tails:
            return self.value(further)
        (z, p), *rest = tails
        left = self._beside_tails(rest, further)
        right = self._beside_tails(rest, sp.expand(further - p * z**2))
        b = self.builder
        return left if left == right else b.op("where", b.op("lt", self.value(z), b.constant(0)), left, right)

    def _tail_log(self, z: sp.Expr) -> int:
        """log erfc(z) + max(z, 0)^2, without overflow or underflow."""
        b = self.builder
        node, nought = self.value(z), b.constant(0)
        left = b.op("log", b.op("erfc", b.op("min", node, nought)))
        right = b.op("log", b.op("erfcx", b.op("max", node, nought)))
        return b.op("where", b.op("lt", node, nought), left, right)

    def _ends(self, base: sp.Expr) -> tuple[dict, sp.Expr, dict, sp.Expr]:
        """Powers of exp(-|v|) at either end: (rest, leading coefficient) for v < 0 and for v > 0."""
        terms = w_terms(base) or {}
        lowest, highest = min(terms, key=float), max(terms, key=float)
        left = {e - lowest: c for e, c in terms.items() if e != lowest}
        right = {highest - e: c for e, c in terms.items() if e != highest}
        return left, terms[lowest], right, terms[highest]

    def _decays(self, coefficients: dict) -> int:
        """sum c_k exp(-k |v|)."""
        b = self.builder
        distance = b.op("abs", b.x)
        decay = b.op("exp", b.op("neg", distance))
        nodes = []
        for k, c in sorted(coefficients.items(), key=lambda item: -float(item[0])):
            whole = k.is_Integer and k <= MAX_REPEATED
            nodes.append(b.scale(c, self.power(decay, k) if whole else b.op("exp", b.scale(-k, distance))))
        return b.total(nodes)

    def _either(self, left: int, right: int) -> int:
        b = self.builder
        return left if left == right else b.op("where", b.op("lt", b.x, b.constant(0)), left, right)

    def bounded(self, base: sp.Expr) -> int:
        """P(w)/max(w^lowest, w^highest), between two positive constants where P has no root."""
        b = self.builder
        left, first, right, last = self._ends(base)
        if len(left) == 1 and not is_positive(base) and first.is_negative != last.is_negative:
            # The one root is at v = log(-first/last)/degree: subtract it before anything is rounded.
            (degree,) = left
            z = b.scale(degree, self.shifted(sp.log(-first / last) / degree))
            return self._either(
                b.scale(-first, b.op("expm1", z)), b.scale(-last, b.op("expm1", b.op("neg", z)))
            )
        return self._either(
            b.op("add", b.constant(first), self._decays(left)),
            b.op("add", b.constant(last), self._decays(right)),
        )

    def bounded_log(self, base: sp.Expr) -> int:
        """lp of a sum without root."""
        b = self.builder
        left, first, right, last = self._ends(base)
        log = b.op(
            "log1p",
            self._either(
                self._decays({k: c / first for k, c in left.items()}),
                self._decays({k: c / last for k, c in right.items()}),
            ),
        )
        if first == last == 1:
            return log
        return b.op("add", self._either(b.constant(sp.log(first)), b.constant(sp.log(last))), log)

    def shifted(self, root: sp.Expr) -> int:
        """v - root, accurate next to the root too: it is carried to twice the working precision."""
        b = self.builder
        if root == 0:
            return b.x
        if root.is_Integer:
            return b.op("sub", b.x, b.constant(root))
        return b.op("sub", b.op("sub", b.x, b.constant(root)), b.rounding(root))


def univariate(expr: sp.Expr) -> bool:
    """Whether ``expr`` is a sum of rational powers of w."""
    return bool(expr.is_Add and expr.has(W) and w_terms(expr) is not None)
