"""Franceschi et al. (2022): the discriminator's training in the neural tangent kernel regime.

    dv_t(x)/dt = sum_i k(x, x_i) A'(v_t(x_i))/n + sum_j k(x, y_j) B'(v_t(y_j))/m

with A' and B' of the package's objectives. A closed form is proved by substitution: it starts at v_0 and its
time derivative is the velocity along it, and the flow has only one solution.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

import gantheory as gt
from gantheory.claims import Equal, Paper, Plan
from gantheory.claims.comparisons.lambert import resolve_lambert
from gantheory.objectives import Objective
from gantheory.objectives.objective import v

PAPER = Paper(
    key="franceschi-2022",
    cite="Franceschi et al., A neural tangent kernel perspective of GANs, ICML 2022",
    arxiv="2106.05566",
)

t, w = sp.symbols("t w", positive=True)


def velocity(
    objective: Objective,
    to_real: Sequence[sp.Expr],
    to_fake: Sequence[sp.Expr],
    real: Sequence[sp.Expr],
    fake: Sequence[sp.Expr],
) -> sp.Expr:
    """dv/dt at a point with kernel values `to_real`, `to_fake` to the data, whose scores are `real`, `fake`."""
    up, down = sp.diff(objective.A, v), sp.diff(objective.B, v)
    pull = sum((k * up.subs(v, s) for k, s in zip(to_real, real, strict=True)), sp.S.Zero)
    push = sum((k * down.subs(v, s) for k, s in zip(to_fake, fake, strict=True)), sp.S.Zero)
    return pull / len(real) + push / len(fake)


def symbols(names: str) -> tuple[sp.Symbol, ...]:
    """Real symbols, always as a tuple."""
    return sp.symbols(names, real=True, seq=True)


@PAPER.claim(
    "ntk-ipm",
    "equality",
    where="proposition on IPMs (number not checked)",
    statement="for an IPM loss f_t = f_0 + t f*, f* = E_r k - E_g k, at every point",
    latex=r"f_t = f_0 + t f^*,\quad f^* = \operatorname{E}_{x \sim \alpha_r} k(x, \cdot) - \operatorname{E}_{x \sim \alpha_g} "
    r"k(x, \cdot)",
)
def ipm() -> Plan:
    """Two real and three generated points, any kernel values and scores: A' and B' are constant."""
    to_real, to_fake, real, fake = (symbols(s) for s in ("p:2", "q:3", "r:2", "g:3"))
    (start,) = symbols("f0:1")
    solution = start + t * (sum(to_real) / 2 - sum(to_fake) / 3)
    flow = velocity(gt.objectives.ipm("rkhs"), to_real, to_fake, real, fake)
    return [Equal(flow, sp.diff(solution, t)), Equal(start, solution.subs(t, 0))]


@PAPER.claim(
    "ntk-mmd",
    "equality",
    where="proposition on IPMs (number not checked)",
    statement="for an IPM loss and f_0 = 0, E_r f_t - E_g f_t = t MMD_k^2",
    latex=r"f_0 = 0 \implies \operatorname{E}_r f_t - \operatorname{E}_g f_t = t\,\mathrm{MMD}_k^2(\hat P_r, \hat P_g)",
)
def squared_mmd() -> Plan:
    """Two real and three generated points; the kernel matrix is any symmetric one."""
    n, m = 2, 3
    entry = {(i, j): sp.Symbol(f"k{i}{j}", real=True) for i in range(n + m) for j in range(i, n + m)}

    def k(i: int, j: int) -> sp.Symbol:
        return entry[min(i, j), max(i, j)]

    objective = gt.objectives.ipm("rkhs")
    real, fake = range(n), range(n, n + m)
    zero = [sp.S.Zero] * (n + m)
    f_t = [
        t * velocity(objective, [k(i, j) for j in real], [k(i, j) for j in fake], zero[:n], zero[n:])
        for i in range(n + m)
    ]
    gain = sum(f_t[i] for i in real) / n - sum(f_t[j] for j in fake) / m
    within = sum(k(i, j) for i in real for j in real) / sp.Integer(n**2)
    within += sum(k(i, j) for i in fake for j in fake) / sp.Integer(m**2)
    between = sum(k(i, j) for i in real for j in fake) / sp.Integer(n * m)
    return Equal(gain, t * (within - 2 * between))


@PAPER.claim(
    "ntk-mmd-grad",
    "equality",
    where="consequence of the proposition on IPMs (number not checked)",
    statement="for an IPM loss and f_0 = 0 the generator's gradient with f_t held fixed is (t/2) grad MMD_k^2",
    latex=r"\nabla_{y_j}\big(-\operatorname{E}_g f_t\big)\big|_{f_t \text{ fixed}} = \tfrac{t}{2}\,\nabla_{y_j} "
    r"\mathrm{MMD}_k^2",
)
def mmd_gradient() -> Plan:
    """Gaussian kernel of any width, two real and two generated points anywhere on the line."""
    gamma = sp.Symbol("gamma", positive=True)
    x1, x2, y1, y2, at = sp.symbols("x1 x2 y1 y2 x", real=True)
    real, fake = (x1, x2), (y1, y2)

    def k(a: sp.Expr, b: sp.Expr) -> sp.Expr:
        return sp.exp(-gamma * (a - b) ** 2)

    objective = gt.objectives.ipm("rkhs")
    zero = (sp.S.Zero, sp.S.Zero)
    f_t = t * velocity(objective, [k(at, x) for x in real], [k(at, y) for y in fake], zero, zero)
    step = sp.diff(objective.S.subs(v, f_t) / 2, at).subs(at, y1)
    within = (sum(k(a, b) for a in real for b in real) + sum(k(a, b) for a in fake for b in fake)) / 4
    between = sum(k(a, b) for a in real for b in fake) / 4
    return Equal(step, t / 2 * sp.diff(within - 2 * between, y1))


LABELS = (sp.S.One, sp.S.One, -sp.S.One, -sp.S.One)
"""Two real points, two generated ones."""


def _reflection() -> sp.Matrix:
    """A rational orthogonal matrix without zeros: Householder's along (1, 2, 3, 4)."""
    direction = sp.Matrix([1, 2, 3, 4])
    return sp.eye(4) - 2 * direction * direction.T / 30


@PAPER.claim(
    "ntk-ls",
    "equality",
    where="LSGAN in closed form; gantk2 losses.py (time factor 4)",
    statement="LSGAN with labels +-1, without the halves of Mao et al., n = m = N/2: f_t = y + exp(-4 t K/N) "
    "(f_0 - y) on the data, and f_0(x) + k_x K^-1 (1 - exp(-4 t K/N)) (y - f_0) elsewhere",
    latex=r"f_t = y + e^{-4tK/N}(f_0 - y)",
)
def least_squares() -> Plan:
    """For any n the flow is df/dt = (4/N) K (y - f), since 2 A'/n and 2 B'/n are (4/N)(y - v); the formula is
    then checked on 2 + 2 points, for any eigenvalues and f_0, in a rational eigenbasis without zeros."""
    objective = gt.objectives.lsgan(-1, 1, 0)
    n = sp.Symbol("n", integer=True, positive=True)
    plan = [
        Equal(2 * sp.diff(objective.A, v) / n, 4 / (2 * n) * (1 - v)),
        Equal(2 * sp.diff(objective.B, v) / n, 4 / (2 * n) * (-1 - v)),
    ]
    basis, y = _reflection(), sp.Matrix(LABELS)
    rates = sp.symbols("l1:5", positive=True)
    decay = sp.diag(*(sp.exp(-t * rate) for rate in rates))  # 4/N = 1
    # f_0 - y and k_x are given by their coordinates in the eigenbasis, in which 1/K is division.
    gap, row = sp.Matrix(symbols("g1:5")), sp.Matrix(symbols("k1:5"))
    on_data = y + basis * decay * gap
    inverse = sp.diag(*(1 / rate for rate in rates))
    elsewhere = -row.T * inverse * (sp.eye(4) - decay) * gap
    K, scores = basis * sp.diag(*rates) * basis.T, list(on_data)
    for kernel, solution in ((K[0, :], on_data[0]), (K[3, :], on_data[3]), (row.T * basis.T, elsewhere[0])):
        flow = 2 * velocity(objective, kernel[:2], kernel[2:], scores[:2], scores[2:])
        plan.append(Equal(sp.expand(flow), sp.expand(sp.diff(solution, t))))
    return [*plan, Equal((y + basis * gap)[0], on_data[0].subs(t, 0))]


def scalar_solution(z: sp.Expr) -> sp.Expr:
    """psi(z) = z + 1 - W(e^(z + 1)), published for the vanilla loss on two points."""
    return z + 1 - sp.LambertW(sp.exp(z + 1))


def along(expr: sp.Expr, rate: sp.Expr) -> sp.Expr:
    """`expr` at the time at which W(e^(rate t + 1)) = w, that is rate t + 1 = w + log w: rational in w."""
    return resolve_lambert(expr.subs(t, (w + sp.log(w) - 1) / rate), w)


@PAPER.claim(
    "ntk-vanilla2",
    "equality",
    where="vanilla GAN on two points; gantk2 utils/math.py",
    statement="vanilla loss, one real and one generated point with k(x, x) = k(y, y) = a, k(x, y) = b and f_0 = 0: "
    "f_t(x) = -f_t(y) = z - W(e^z) = log W(e^z) with z = (a - b) t + 1",
    latex=r"f_t(x) = -f_t(y) = z - W(e^z) = \log W(e^z),\quad z = (a-b)t + 1",
)
def vanilla_two_points() -> Plan:
    a, b = symbols("a b")
    solution = scalar_solution((a - b) * t)
    objective = gt.objectives.vanilla()
    plan = [
        Equal(
            along(sign * velocity(objective, [row[0]], [row[1]], [solution], [-solution]), a - b),
            along(sp.diff(solution, t), a - b),
        )
        for sign, row in ((1, (a, b)), (-1, (b, a)))
    ]
    at_start = resolve_lambert(solution.subs(t, 0), sp.S.One)
    logarithm = sp.log(sp.LambertW(sp.exp((a - b) * t + 1)))
    return [*plan, Equal(0, at_start), Equal(along(solution, a - b), along(logarithm, a - b))]


@PAPER.claim(
    "ntk-eig",
    "equality",
    where="gantk2 losses.py, vanilla_gan_inf_particle_loss",
    statement="the vanilla flow, averaged over all N points, has the solution f_t = psi(t K/N) y with the scalar "
    "solution psi applied to the eigenvalues of the kernel matrix K",
    latex=r"f_t = \psi(tK/N)\,y,\quad \psi(z) = z + 1 - W(e^{z+1})",
    expected="fails",
    correction="the formula is right only where y is an eigenvector of K; otherwise the sigmoid acts on the points "
    "and not on the eigenvectors, and the ODE must be solved",
)
def eigenbasis() -> Plan:
    """Four points with the kernel eigenvalues 1, 2, 4 and 8 in a rational basis, at t = 3; the mean over all N
    points is half the sum of the two means."""
    basis, y = _reflection(), sp.Matrix(LABELS)
    rates = (sp.S.One, sp.Integer(2), sp.Integer(4), sp.Integer(8))
    K = basis * sp.diag(*rates) * basis.T
    formula = basis * sp.diag(*(scalar_solution(rate * t / 4) for rate in rates)) * basis.T * y
    scores = [entry.subs(t, 3) for entry in formula]
    return [
        Equal(
            velocity(gt.objectives.vanilla(), K[i, :2], K[i, 2:], scores[:2], scores[2:]) / 2,
            sp.diff(formula[i], t).subs(t, 3),
        )
        for i in range(4)
    ]


@PAPER.claim(
    "ntk-eig-corrected",
    "equality",
    where="gantk2 losses.py, restricted to K y = lambda y",
    statement="where K y = lambda y the vanilla flow, averaged over all N points, has the solution f_t = "
    "psi(lambda t/N) y",
    latex=r"Ky = \lambda y \implies f_t = \psi(\lambda t/N)\,y",
)
def eigenvector() -> Plan:
    """Any symmetric kernel matrix of 2 + 2 points with that eigenvector: its diagonal follows from the rest."""
    rate = sp.Symbol("lambda", positive=True)
    entry = {(i, j): sp.Symbol(f"k{i}{j}", real=True) for i in range(4) for j in range(i + 1, 4)}
    psi = scalar_solution(rate * t / 4)
    plan = []
    for i, label in enumerate(LABELS):
        row = [entry.get((min(i, j), max(i, j)), sp.S.Zero) for j in range(4)]
        row[i] = rate - label * sum((k * y for k, y in zip(row, LABELS, strict=True)), sp.S.Zero)
        scores = [y * psi for y in LABELS]
        flow = velocity(gt.objectives.vanilla(), row[:2], row[2:], scores[:2], scores[2:]) / 2
        plan.append(Equal(along(flow, rate / 4), along(sp.diff(label * psi, t), rate / 4)))
    return plan


def _two_points(formula: sp.Expr, objective: Objective, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """The velocity of the flow (sum of the two means) along scores formula, -formula of two points."""
    return velocity(objective, [a], [b], [formula], [-formula])


@PAPER.claim(
    "ntk-time",
    "equality",
    where="gantk2 losses.py",
    statement="the closed forms for LSGAN (exp(-4 t K/N)) and for the vanilla loss (psi(t K/N)) solve flows in the "
    "same time unit, that of the sum of the two means",
    latex=r"\text{LSGAN: } y + e^{-4tK/N}(f_0 - y),\quad \text{vanilla: } \psi(tK/N)\,y",
    expected="fails",
    correction="the vanilla form averages over all N points, which is half the sum of the two means: its t counts "
    "half as much as LSGAN's",
)
def time_unit() -> Plan:
    """Two points with k(x, x) = k(y, y) = a, k(x, y) = b: K has the eigenvalue a - b on the labels (1, -1)."""
    a, b = symbols("a b")
    squares = 1 - sp.exp(-2 * (a - b) * t)
    logistic = scalar_solution((a - b) * t / 2)
    rate = (a - b) / 2
    return [
        Equal(2 * _two_points(squares, gt.objectives.lsgan(-1, 1, 0), a, b), sp.diff(squares, t)),
        Equal(
            along(_two_points(logistic, gt.objectives.vanilla(), a, b), rate),
            along(sp.diff(logistic, t), rate),
        ),
    ]


@PAPER.claim(
    "ntk-time-corrected",
    "equality",
    where="gantk2 losses.py, in one time unit",
    statement="psi(t K/N) solves the flow of half the sum of the two means, so psi(2 t K/N) is the vanilla form in "
    "LSGAN's time unit",
    latex=r"\text{vanilla: } \psi(2tK/N)\,y",
)
def time_unit_corrected() -> Plan:
    a, b = symbols("a b")
    doubled = scalar_solution(2 * (a - b) * t / 2)
    flow = _two_points(doubled, gt.objectives.vanilla(), a, b)
    return Equal(along(flow, a - b), along(sp.diff(doubled, t), a - b))
