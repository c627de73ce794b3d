"""What an exported script holds beside its losses, where they need it."""

from __future__ import annotations

from dataclasses import dataclass

from gantheory.objectives import Objective, Relativistic
from gantheory.reading.exporting.code import number


@dataclass(frozen=True)
class Helper:
    imports: str = ""
    lines: str = ""


_WHY_EXACT = "# value(v), whose gradient is slope(v): that of expm1 would round to 0"
_EXACT = {
    "torch": f"""def exact(value, slope):  {_WHY_EXACT}
    class Rule(torch.autograd.Function):
        forward = staticmethod(lambda ctx, v: ctx.save_for_backward(v) or value(v))
        backward = staticmethod(lambda ctx, gradient: gradient * slope(*ctx.saved_tensors))
    return Rule.apply""",
    "jax": f"""def exact(value, slope):  {_WHY_EXACT}
    rule = jax.custom_jvp(value)
    rule.defjvps(lambda tangent, _, v: slope(v) * tangent)
    return rule""",
}

_OMEGA = """def omega(z):  # Wright's: the root w of w + log(w) = z, by Newton's method
    w = LIBRARY.where(z > 1, z, LIBRARY.exp(z - 0.2))
    for _ in range(6): w = w * ((1 + z - LIBRARY.log(w)) / (1 + w))
    return w"""

HELPERS: dict[str, dict[str, Helper]] = {
    "torch": {
        "logsigmoid": Helper(imports="from torch.nn.functional import logsigmoid"),
        "exact": Helper(lines=_EXACT["torch"]),
        "omega": Helper(lines=_OMEGA.replace("LIBRARY", "torch")),
    },
    "jax": {
        "logsigmoid": Helper(imports="from jax.nn import log_sigmoid as logsigmoid"),
        "exact": Helper(lines=_EXACT["jax"]),
        "omega": Helper(lines=_OMEGA.replace("LIBRARY", "jnp")),
    },
}
"""A helper is written where its name is called."""

_WHY = "# keeps the critic 1-Lipschitz: Gulrajani et al. 2017"
PENALTY: dict[str, tuple[str, str]] = {
    "torch": (
        f"""def penalty(real, fake):  {_WHY}
    x = torch.lerp(fake, real, torch.rand(len(real), 1)).requires_grad_()
    [slope] = torch.autograd.grad(SCORE(x).sum(), x, create_graph=True)
    return 10 * ((slope.norm(dim=1) - 1) ** 2).mean()""",
        " + penalty(real, fake.detach())",
    ),
    "jax": (
        f"""def penalty(p, key, real, fake):  {_WHY}
    t = jax.random.uniform(jax.random.fold_in(key, 2), (len(real), 1))
    slope = jax.grad(lambda x: SCORE(p, x).sum())(t * real + (1 - t) * fake)
    return 10 * ((jnp.sqrt((slope**2).sum(1) + 1e-12) - 1) ** 2).mean()""",
        " + penalty(p, key, real, fake)",
    ),
}
"""The gradient penalty, and what is added to D's loss."""


def onto_domain(game: Objective | Relativistic, framework: str) -> tuple[str, str]:
    """A function that maps the network's output onto the domain of scores, and what the loop calls.

    As `gantheory.objectives.torch_loss.onto_domain`: low + softplus, high - softplus, or a scaled tanh.
    """
    torch = framework == "torch"
    arguments, raw = ("x", "D(x)") if torch else ("p, x", "D(p, x)")
    softplus, tanh = ("nn.functional.softplus", "torch.tanh") if torch else ("jax.nn.softplus", "jnp.tanh")
    low, high = game.domain
    if not (low.is_finite or high.is_finite):
        return "", "D"
    if low.is_finite and high.is_finite:
        middle, half = (low + high) / 2, (high - low) / 2
        mapped = "" if middle == 0 else f"{number(middle).text} + "
        mapped += f"{tanh}({raw})" if half == 1 else f"{number(half).text} * {tanh}({raw})"
    elif low.is_finite:
        mapped = ("" if low == 0 else f"{number(low).text} + ") + f"{softplus}({raw})"
    else:
        mapped = f"{number(high).text} - {softplus}(-{raw})"
    return f"def score({arguments}): return {mapped}  # scores lie in [{low}, {high}]", "score"
