"""f-GANs with Nowozin's output activations, and hybrid f-GANs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from gantheory.arguments.checks import choice
from gantheory.objectives.objective import Objective, v

_t = sp.Symbol("t", real=True)
_u = sp.Symbol("u", positive=True)


@dataclass(frozen=True)
class _Divergence:
    """A row of Nowozin's Tables 1, 2 and 6: f(u), its conjugate f*(t), and the activation v -> dom f*."""

    f: sp.Expr
    conjugate: sp.Expr
    activation: sp.Expr

    def ratio(self) -> sp.Expr:
        """u as a function of the score at the optimum: u = (f*)'(g(v)), since T* = f'(u)."""
        return sp.diff(self.conjugate, _t).subs(_t, self.activation)


_exp, _log, _sqrt = sp.exp, sp.log, sp.sqrt
_jeffrey_w = sp.LambertW(_exp(1 - _t))

Name = Literal["kl", "reverse_kl", "pearson", "neyman", "squared_hellinger", "js", "gan", "jeffrey", "tv"]

DIVERGENCES: dict[Name, _Divergence] = {
    "kl": _Divergence(_u * _log(_u), _exp(_t - 1), v),
    "reverse_kl": _Divergence(-_log(_u), -1 - _log(-_t), -_exp(-v)),
    "pearson": _Divergence((_u - 1) ** 2, _t**2 / 4 + _t, v),
    "neyman": _Divergence((1 - _u) ** 2 / _u, 2 - 2 * _sqrt(1 - _t), 1 - _exp(-v)),
    "squared_hellinger": _Divergence((_sqrt(_u) - 1) ** 2, _t / (1 - _t), 1 - _exp(-v)),
    "js": _Divergence(
        _u * _log(_u) - (_u + 1) * _log((_u + 1) / 2), -_log(2 - _exp(_t)), _log(2) - _log(1 + _exp(-v))
    ),
    "gan": _Divergence(_u * _log(_u) - (_u + 1) * _log(_u + 1), -_log(1 - _exp(_t)), -_log(1 + _exp(-v))),
    "jeffrey": _Divergence((_u - 1) * _log(_u), _jeffrey_w + 1 / _jeffrey_w + _t - 2, v),
    "tv": _Divergence(sp.Abs(_u - 1) / 2, _t, sp.tanh(v) / 2),
}
"""f-divergences by name. "pearson" is E_g (u - 1)^2 = int (p - q)^2/q, whatever a printed table calls
it."""


def fgan(divergence: Name, saturating: bool = True) -> Objective:
    """f-GAN: the variational bound of an f-divergence as a game, T = g_f(v).

        A = g_f(v),  B = -f*(g_f(v))
        saturating (default): R = A, S = B, the zero-sum game, so that D_f itself is what G minimizes;
        non-saturating: R = 0, S = -g_f(v) (Nowozin et al., Section 3.2)

    Args:
        divergence: "kl", "reverse_kl", "pearson", "neyman", "squared_hellinger", "js", "gan", "jeffrey"
        or "tv".

    Raises:
        ValueError: unknown divergence.

    Source: Nowozin, Cseke, Tomioka, f-GAN (2016), Tables 1, 2 and 6.
    """
    row = _row(divergence, "divergence")
    real = row.activation
    fake = -row.conjugate.subs(_t, row.activation)
    return Objective(
        name=f'fgan("{divergence}"{"" if saturating else ", saturating=False"})',
        A=real,
        B=fake,
        R=real if saturating else sp.S.Zero,
        S=fake if saturating else -real,
        link=row.activation,
        source="Nowozin et al. 2016, " + ("Tables 1, 2, 6" if saturating else "Section 3.2"),
        parameters=(("divergence", divergence), ("saturating", saturating)),
    )


def hybrid_fgan(*, generator: Name, discriminator: Name) -> Objective:
    """Hybrid f-GAN: the discriminator estimates the density ratio, the generator minimizes another f.

        A, B as in `fgan(discriminator)`;  R = 0,  S = f_G(r(v)),  r(v) = (f_D*)'(g(v)), which is u at the
        optimum

    The step with D held fixed depends on which representative of f_G is used: f_G is kept as tabulated.

    Raises:
        ValueError: unknown divergence.

    Source: Poole, Alemi, Sohl-Dickstein, Angelova, Improved generator objectives for GANs (2016), Section
    3.
    """
    f_g, f_d = _row(generator, "generator"), _row(discriminator, "discriminator")
    if discriminator == "tv":
        raise ValueError(
            'discriminator "tv" loses the density ratio (its optimum is only a sign), take another'
        )
    return Objective(
        name=f'hybrid_fgan(generator="{generator}", discriminator="{discriminator}")',
        A=f_d.activation,
        B=-f_d.conjugate.subs(_t, f_d.activation),
        R=sp.S.Zero,
        S=f_g.f.subs(_u, f_d.ratio()),
        link=f_d.activation,
        source="Poole et al. 2016, Section 3",
        parameters=(("generator", generator), ("discriminator", discriminator)),
    )


def _row(name: str, argument: str) -> _Divergence:
    return DIVERGENCES[choice(name, argument, DIVERGENCES)]
