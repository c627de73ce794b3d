"""What the options of ``gantheory landscape`` ask for, as the table of their kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gantheory import landscape
from gantheory.support.progress import terminal_bar

if TYPE_CHECKING:
    import pandas as pd

Options = Mapping[str, Any]
"""Option such as "--over" -> what was given, None if nothing."""


def distributions(kind: str, given: Options) -> dict[str, str]:
    """P and Q of a kind of landscape, as given or by default; nothing where it holds for all."""
    if kind == "density":
        return {"P": given["--p"] or "norm(-1, 1)", "Q": given["--q"] or "norm(1, 1)"}
    if kind == "parameter":
        mixed = given["--parameter"] == "weight"
        real, fake = ("half norm(-2, 1), half norm(2, 1)", "norm(-2, 1)") if mixed else ("norm(0, 1)",) * 2
        found = {"P": given["--p"] or real, "Q": given["--q"] or fake}
        return {**found, "other": given["--other"] or "norm(2, 1)"} if mixed else found
    if kind == "ring":
        shift, spread = given["--shift"] or "0.6,0.3", given["--spread"] or 0.4
        P = f"ring of 8 normal modes, std {given['--std'] or 0.15:g}"
        return {"P": P, "Q": f"normal at ({shift}), std {spread:g}"}
    if kind == "ntk":
        center = 0 if given["--over"] == "shift" else 1
        return {"P": f"48 quantiles of norm({-center}, 0.5)", "Q": f"48 quantiles of norm({center}, 0.5)"}
    return {}


def saturation(specs: list[str], given: Options, points: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table of |s| along an axis, and what the figure has to know of that axis."""
    scale = given["--scale"]
    over = given["--over"] or ("D" if scale is not None or given["--range"] is not None else None)
    if scale is not None and (over != "D" or scale not in ("logit", "log", "linear")):
        raise ValueError(f"--scale must be logit, log or linear and goes with --over D, got {scale!r}")
    interval = _interval(given["--range"], "--range")
    values = (
        None if interval is None else _spaced(*interval, points, (scale or "logit") if over == "D" else "")
    )
    table = landscape.saturation(specs, over, values, points)  # type: ignore[arg-type]
    return table, {"over": table.attrs["over"], "scale": scale or "logit"}


def alpha(given: Options, points: int) -> pd.DataFrame:
    """|s| of both generators over two of alpha_D, alpha_G and D."""
    import numpy as np
    import pandas as pd

    from gantheory.landscape.over_alphas import DEFAULT

    over = given["--over"] or "D"
    if over not in ("D", "log_u"):
        raise ValueError(f"--over must be D or log_u for alpha, got {over!r}")
    alphas = [_value_or_axis(given[option], option, points, "log") for option in ("--alpha-d", "--alpha-g")]
    at = _value_or_axis(given["--at"], "--at", points, "logit" if over == "D" else "")
    if at is None:
        # Two axes: the alphas, or where one is fixed the other and D.
        one_fixed = any(isinstance(one, float) for one in alphas)
        axis = _spaced(1e-4, 1 - 1e-4, points, "logit") if over == "D" else _spaced(-5, 5, points, "")
        at = axis if one_fixed else 0.01 if over == "D" else -3.0
    alphas = [np.geomspace(DEFAULT[0], DEFAULT[-1], points) if one is None else one for one in alphas]
    if sum(np.size(one) > 1 for one in (at, *alphas)) != 2:
        raise ValueError("of --at, --alpha-d and --alpha-g exactly one must be one value: a map has two axes")
    both = [
        landscape.alpha(alphas[0], alphas[1], at, saturating, over)  # type: ignore[arg-type]
        for saturating in (True, False)
    ]
    return pd.concat(both, ignore_index=True)


def density(specs: list[str], given: Options, points: int) -> pd.DataFrame:
    """D* and the gradient along x."""
    real, generated = (
        _distribution(given[option] or default, option)
        for option, default in (("--p", "norm(-1, 1)"), ("--q", "norm(1, 1)"))
    )
    interval = _interval(given["--range"], "--range")
    x = None if interval is None else _spaced(*interval, points, "")
    return landscape.density(specs, real, generated, x, points)


def ring(specs: list[str], given: Options, points: int) -> pd.DataFrame:
    """The field on the ring of eight modes against one displaced Gaussian."""
    from gantheory.datasets import GaussianMixture
    from gantheory.datasets import ring as ring_mixture

    sizes = []
    for option, default in (("--std", 0.15), ("--spread", 0.4)):
        size = default if given[option] is None else given[option]
        if not (math.isfinite(size) and size > 0):
            raise ValueError(f"{option} must be in (0, inf), got {size:g}")
        sizes.append(size)
    x, y = _two(given["--shift"] or "0.6,0.3", "--shift", "0.6,0.3")
    real, generated = ring_mixture(8, 1.0, sizes[0] ** 2), GaussianMixture([[x, y]], sizes[1] ** 2)
    return landscape.ring(specs, real, generated, points=points)


def parameter(specs: list[str], given: Options, points: int) -> pd.DataFrame:
    """D_f, D_h and V_G against a parameter of the generated distribution."""
    from gantheory.landscape.over_parameter import DEFAULTS

    name = given["--parameter"] or "shift"
    interval = _interval(given["--range"], "--range")
    if interval is None and name in DEFAULTS:
        interval = float(DEFAULTS[name][0]), float(DEFAULTS[name][-1])
    values = None if interval is None else _spaced(*interval, points, "log" if name == "scale" else "")
    real, generated, other = (
        None if given[option] is None else _distribution(given[option], option)
        for option in ("--p", "--q", "--other")
    )
    with _progress(f"quadrature over the {name}") as listener:
        return landscape.parameter(specs, name, values, real, generated, other, listener)  # type: ignore[arg-type]


def ntk(specs: list[str], given: Options, points: int) -> pd.DataFrame:
    """The gradient under a discriminator in training, for kernels and times, along x or over a shift."""
    over, interval = given["--over"] or "x", _interval(given["--range"], "--range")
    if over not in ("x", "shift"):
        raise ValueError(f"--over must be x or shift for ntk, got {over!r}")
    options: dict[str, Any] = {"of": given["--kernel"] or landscape.KERNELS}
    if given["--times"]:
        options["times"] = sorted(given["--times"])
    with _progress("discriminators in training") as listener:
        if over == "shift":
            shifts = _spaced(*(interval or (-4.0, 4.0)), points, "")
            return landscape.kernel_shift(specs, shifts, listener=listener, **options)
        x = None if interval is None else _spaced(*interval, points, "")
        return landscape.kernels(specs, x=x, points=points, listener=listener, **options)


def ntk_alpha(given: Options, points: int) -> pd.DataFrame:
    """The gradient at the generated points over (alpha_D, alpha_G), for one kernel and time."""
    for option in ("--over", "--range"):
        if given[option] is not None:
            raise ValueError(f"{option} of ntk goes with an OBJECTIVE, and not with a map of the alphas")
    kernel, time = given["--kernel"] or ["relu"], given["--times"] or [1.0]
    if len(kernel) != 1 or len(time) != 1:
        raise ValueError(
            f"a map over the alphas takes one --kernel and one of --times, got {len(kernel)} and {len(time)}"
        )
    alphas = [
        _value_or_axis(given[option], option, count, "log")
        for option, count in (("--alpha-d", min(points, 9)), ("--alpha-g", points))
    ]
    for option, values in zip(("--alpha-d", "--alpha-g"), alphas, strict=True):
        if isinstance(values, float):
            raise ValueError(f"{option} must be LOW,HIGH for ntk, got {values:g}")
    with _progress("discriminators in training") as listener:
        return landscape.kernel_alpha(alphas[0], alphas[1], of=kernel, times=time, listener=listener)


def _interval(text: str | None, option: str) -> tuple[float, float] | None:
    if text is None:
        return None
    low, high = _two(text, option, "0.01,0.99")
    if not low < high:
        raise ValueError(f"{option} must have LOW < HIGH, got {text!r}")
    return low, high


def _two(text: str, option: str, example: str) -> tuple[float, float]:
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{option} must be two numbers such as {example}, got {text!r}") from None
    if not (math.isfinite(first) and math.isfinite(second)):
        raise ValueError(f"{option} must be two finite numbers, got {text!r}")
    return first, second


def _spaced(low: float, high: float, points: int, spacing: str) -> Any:
    """An axis of even values, or of even logarithms ("log") or logits ("logit") where those exist."""
    import numpy as np

    if spacing == "log" and low > 0:
        values = np.geomspace(low, high, points)
    elif spacing == "logit" and low > 0 and high < 1:
        values = 1 / (
            1 + np.exp(-np.linspace(math.log(low / (1 - low)), math.log(high / (1 - high)), points))
        )
    else:
        values = np.linspace(low, high, points)
    values[0], values[-1] = low, high
    return values


def _value_or_axis(text: str | None, option: str, points: int, spacing: str) -> Any:
    """One number, an axis from LOW,HIGH, or None where nothing was given."""
    if text is None:
        return None
    if "," not in text:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{option} must be a number, or LOW,HIGH for an axis, got {text!r}") from None
    interval = _interval(text, option)
    assert interval is not None
    return _spaced(*interval, points, spacing)


def _distribution(text: str, option: str) -> Any:
    from gantheory.cli.distributions import parse_distribution

    found = parse_distribution(text, option)
    if isinstance(found, list):
        raise ValueError(f"{option} must be a continuous distribution such as norm(0, 1), got the pmf {text}")
    return found


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal; nothing elsewhere."""
    with terminal_bar(None, label) as bar:
        yield None if bar is None else (lambda done, total: bar.update(completed=done, total=total))
