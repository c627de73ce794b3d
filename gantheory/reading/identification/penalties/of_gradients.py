"""A penalty on gradients: its points, weight and target from its answers, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gantheory.arguments.arrays import Array
from gantheory.reading.identification.finding import Finding
from gantheory.reading.identification.penalties.asking import (
    FIT,
    PLACES,
    SHAPES,
    Batch,
    Penalty,
    RaisedError,
    Seen,
)

_NORMS = np.array([0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0, 20.0, 24.0, 28.0, 34.0, 40.0])
"""Of the gradient: below and above 1, and above the 12 that the gradient of a mean over a batch aims at."""

_SIZES = (
    (0.0, 0.0, "", ""),
    (-1.0, 0.0, "weight grows with the batch", "the penalty is summed over the samples: take their mean"),
    (
        2.0,
        -1.0,
        "gradient of a mean",
        "the gradient is that of the mean score of a batch, so that each sample's is divided by n ({n} here) "
        "before its norm is taken: differentiate scores.sum()",
    ),
    (
        -1.0,
        0.5,
        "norm over the batch",
        "one norm is taken of all samples' gradients together, so that the target of each falls with the "
        "batch: flatten to (n, -1), take norm(2, dim=1), and the mean last",
    ),
)
"""(a, b, kind, text): what is wrong where weight n^a and target n^b do not change with the batch's size n."""

_TOP = 6
"""How many of the norms lie above every target."""


@dataclass(frozen=True)
class Form:
    """weight E (|grad v| - target)^2 at one place, or a function of that kind.

    Attributes:
        kind: "norm"; "squared norm", E (|grad v|^2 - target)^2; or "part", a mean over norms along an axis.
        one_sided: norms below the target are free.
    """

    weight: float
    target: float
    kind: str = "norm"
    one_sided: bool = False

    def __call__(self, norms: Array | float) -> Any:
        """Its values where the norm of the gradient is `norms`; not for "part"."""
        excess = np.asarray(norms) ** (2 if self.kind == "squared norm" else 1) - self.target
        return self.weight * (np.maximum(excess, 0) if self.one_sided else excess) ** 2

    @property
    def text(self) -> str:
        """For messages."""
        return f"weight {self.weight:.6g}, target {self.target:.6g}"


def of_gradients(
    call: Callable[..., Any], shape: tuple[int, ...] | None
) -> tuple[str, Form, list[Finding], tuple[int, ...]]:
    """Where a penalty asks for gradients, what it makes of their norm, what is wrong with it, and for samples
    of which shape: `shape`, or the first that the penalty takes.

    Raises:
        ValueError: an error inside, or a function that is no penalty on the norm of gradients.
    """
    refusals: list[ValueError] = []
    for one in SHAPES if shape is None else (shape,):
        try:
            return *_read(Penalty(call), one), one
        except ValueError as refusal:
            refusals.append(refusal)
    # What the penalty itself does not take says less than why it was not read.
    raise next((each for each in refusals if not isinstance(each, RaisedError)), refusals[0])


def _read(penalty: Penalty, shape: tuple[int, ...]) -> tuple[str, Form, list[Finding]]:
    first = penalty.settle(shape)
    if not first.seen:
        raise ValueError("penalty never asks the discriminator, so it is no penalty on its gradients")
    lifted = penalty.ask({}, bias=0.7).value
    if abs(lifted - first.value) > FIT * abs(first.value):
        raise ValueError(
            f"penalty depends on the score itself: {first.value:.4g}, and {lifted:.4g} where every score is "
            "0.7 higher; give the penalty on its gradient alone, without a sigmoid or a drift term"
        )
    places = [p for p in dict.fromkeys(row.place for row in first.seen) if _matters(penalty, p, first.value)]
    if not places:
        raise ValueError(f"penalty does not depend on the norm of the gradient up to {_NORMS[-1]:g}")
    places.sort(key=PLACES.index)
    forms = {place: _form(penalty, place, alone=len(places) == 1) for place in places}
    _check_sum(penalty, forms)
    one = forms[places[0]]
    if any(not np.allclose([f.weight, f.target], [one.weight, one.target], 1e-6) for f in forms.values()):
        raise ValueError(
            "penalty has several parts; give them one at a time: "
            + "; ".join(f"{form.text} at {place} points" for place, form in forms.items())
        )
    findings = [*_of_kind(one), *_of_epsilon(penalty.batch, first.seen)]
    form, more = _of_sizes(penalty, places[0], one, alone=len(places) == 1)
    findings += more
    if not any(finding.kind == "norm over the batch" for finding in more):
        findings += _of_rows(penalty, forms)
    findings += _of_graph(penalty, forms)
    return " and ".join(places), form, findings


def _of_rows(penalty: Penalty, forms: dict[str, Form]) -> Iterator[Finding]:
    """With gradients of unequal norms the value must be the mean of the form over samples."""
    if any(form.kind == "part" for form in forms.values()):
        return
    asked = penalty.ask(dict.fromkeys(forms, 2.3), spread=0.9)
    right = 0.0
    for place, form in forms.items():
        norms = np.array([row.norm for row in asked.seen if row.place == place])
        right += float(np.mean(form(norms)))
    if abs(asked.value - right) > 10 * FIT * max(abs(asked.value), abs(right)):
        yield Finding(
            "mean in the wrong place",
            f"where samples have gradients of unequal norms it is {asked.value:.4g}, and the mean of "
            f"weight (|grad v| - target)^2 is {right:.4g}: samples do not count alike, or a mean (a "
            "maximum, a single sample) is taken before the square: take .mean() last",
        )


def _matters(penalty: Penalty, place: str, value: float) -> bool:
    steep = penalty.ask({place: float(_NORMS[-1])}).value
    return abs(steep - value) > FIT * max(abs(steep), abs(value))


def _form(penalty: Penalty, place: str, alone: bool, batch: Batch | None = None) -> Form:
    """The form at one place, from the penalty's values where only the norm there is varied."""
    values = np.array([penalty.ask({place: float(norm)}, batch=batch).value for norm in _NORMS])
    batch = penalty.batch if batch is None else batch
    even = [penalty.ask({place: 2.0}, batch=batch, direction=k).value for k in (1, 2)]
    round_ = np.allclose(even, values[_NORMS == 2.0], rtol=FIT)
    for form in _candidates(values):
        rest = values - form(_NORMS)
        scale = np.abs(values) + form.weight * (_NORMS**2 + form.target**2)
        constant = 0.0 if alone else rest[-1]
        if form.weight > 0 and np.all(np.abs(rest - constant) < FIT * scale) and round_:
            return form
    part = _over_an_axis(values, batch) if alone and len(batch.shape) == 3 else None
    if part is not None:
        return part
    if not round_:
        raise ValueError(
            "penalty is no function of the gradient's Euclidean norm: gradients of norm 2 cost "
            f"{values[_NORMS == 2.0][0]:.4g}, {even[0]:.4g} and {even[1]:.4g} in three directions"
        )
    raise ValueError(
        "penalty is no weight (|grad v| - target)^2: gradients of norms 0.5, 2 and 4 cost "
        + ", ".join(f"{value:.4g}" for value in values[np.isin(_NORMS, (0.5, 2.0, 4.0))])
    )


def _candidates(values: Array) -> Iterator[Form]:
    """Forms that have the values at the highest norms, where a one-sided penalty is a parabola too."""
    high = _NORMS[-_TOP:]
    for kind, x in (("norm", high), ("squared norm", high**2)):
        # Divided by x^2 the parabola is one in 1/x, whose values are of one size.
        _, slope, weight = np.polyfit(1 / x, values[-_TOP:] / x**2, 2).tolist()
        if weight <= 0:
            continue
        target = -slope / (2 * weight)
        form = Form(weight, 0.0 if abs(target) < 10 * FIT else target, kind)
        yield form
        if form.target > 0:
            yield replace(form, one_sided=True)


def _over_an_axis(values: Array, batch: Batch) -> Form | None:
    """weight times a mean of (norm along one axis - target)^2, if the values are that."""
    at_zero, slope, square = np.polyfit(1 / _NORMS, values / _NORMS**2, 2).tolist()
    gradient = batch.directions()[0].reshape(batch.shape)
    for axis in range(3):
        norms = gradient.norm(2, dim=axis).numpy()
        if square <= 0:
            return None
        weight = square / float(np.mean(norms**2))
        target = -slope / (2 * weight * float(np.mean(norms)))
        if target > 0 and math.isclose(at_zero, weight * target**2, rel_tol=10 * FIT):
            return Form(weight, target, "part")
    return None


def _check_sum(penalty: Penalty, forms: dict[str, Form]) -> None:
    """The value at other norms must be the sum of the forms."""
    if any(form.kind == "part" for form in forms.values()):
        return
    norms = {place: 2.3 + 0.9 * k for k, place in enumerate(forms)}
    value = penalty.ask(norms).value
    told = sum(float(form(norms[place])) for place, form in forms.items())
    if abs(value - told) > 10 * FIT * sum(f.weight * (9 + f.target**2) for f in forms.values()):
        raise ValueError(
            f"penalty is no sum of weight (|grad v| - target)^2 over {' and '.join(forms)} points: it is "
            f"{value:.4g} where that is {told:.4g}"
        )


def _of_kind(form: Form) -> Iterator[Finding]:
    if form.kind == "part":
        yield Finding(
            "norm over a part",
            "the norm runs over one axis of a picture (such as dim=1) and not over all of it, so that every "
            "pixel's gradient is drawn to norm 1: flatten to (n, -1) before norm(2, dim=1)",
        )
    elif form.kind == "squared norm":
        yield Finding(
            "squared norm",
            f"(|grad v|^2 - {form.target:.4g})^2 grows with the fourth power of the norm, where "
            "(|grad v| - target)^2 is meant: take the root of the sum of squares",
        )


def _of_sizes(penalty: Penalty, place: str, form: Form, alone: bool) -> tuple[Form, list[Finding]]:
    """The form for a mean over a batch, from how weight and target change with the sizes."""
    n, alike = penalty.batch.rows, form
    more = _form(penalty, place, alone, replace(penalty.batch, rows=2 * n))
    weight, target = more.weight / form.weight, more.target / form.target if form.target else None

    def averages(axis: int) -> bool:
        """Whether twice the length along an axis halves the weight of |grad v|^2."""
        try:
            wide = _form(penalty, place, alone, penalty.wider(axis))
        except RaisedError:  # this length stands in the code
            return False
        same, root = wide.weight / alike.weight, wide.target / alike.target if alike.target else None
        if _is(same, 1) and _is(root, 1):
            return False
        if _is(same, 1 / 2) and _is(root, 2**0.5):
            return True
        raise ValueError(
            f"penalty changes with the size of a sample as no known one does: {alike.text}, and {wide.text} "
            f"for samples of shape {penalty.wider(axis).shape}"
        )

    for a, b, kind, text in _SIZES:
        if _is(weight, 2**-a) and _is(target, 2**-b):
            form = replace(form, weight=form.weight * n**a, target=form.target * n**b)
            findings = [Finding(kind, text.format(n=n))] if kind else []
            break
    else:
        raise ValueError(
            f"penalty changes with the batch as no known one does: {form.text} for {n} samples, "
            f"{more.text} for {2 * n}"
        )
    averaged = [axis for axis in range(len(penalty.batch.shape)) if form.kind == "norm" and averages(axis)]
    if averaged:
        length = math.prod(penalty.batch.shape[axis] for axis in averaged)
        form = replace(form, weight=form.weight * length, target=form.target / length**0.5)
        findings.append(
            Finding(
                "mean over the values",
                f"the squared gradient is averaged over {length} of the {penalty.batch.size} values of a "
                f"sample, so that |grad v|^2 has 1/{length} of the weight {form.weight:.4g}: sum over all",
            )
        )
    return form, findings


def _is(ratio: float | None, wanted: float) -> bool:
    return ratio is None or math.isclose(ratio, wanted, rel_tol=10 * FIT)


def _of_epsilon(batch: Batch, seen: list[Seen]) -> Iterator[Finding]:
    """Whether e of x = e real + (1 - e) fake is drawn once a sample."""
    points = [row.point for row in seen if row.place == "between"]
    if not points:
        return
    real, fake = (x.reshape(batch.rows, 1, -1) for x in batch.samples)
    shares = []
    for x in points:
        share = (x - fake) / (real.transpose(0, 1) - fake)
        spreads = share.amax(-1) - share.amin(-1)
        shares.append(share.flatten(0, 1)[int(spreads.argmin())])
    spread = max(float(share.amax() - share.amin()) for share in shares)
    means = torch.stack([share.mean() for share in shares])
    if spread > 1e-3:
        yield Finding(
            "epsilon per pixel",
            f"the share e of x = e real + (1 - e) fake differs by up to {spread:.2g} between pixels of a "
            "sample, so that points leave the line between the two: draw e of shape (n, 1, 1, 1)",
        )
    elif float(means.amax() - means.amin()) < 1e-4:
        yield Finding("epsilon per batch", "all samples share one e: draw n of them")


def _of_graph(penalty: Penalty, forms: dict[str, Form]) -> Iterator[Finding]:
    """What the value does where the norm moves must be what autograd says."""
    target = max(form.target for form in forms.values())
    norm = 2 * max(target, 1.0)
    told = penalty.ask(dict.fromkeys(forms, norm)).slope
    for place in forms:
        # Of a parabola and of a fourth power a difference over a small share of the norm is the slope.
        step = 1e-2 * norm
        up, down = (penalty.ask(dict.fromkeys(forms, norm) | {place: norm + h}).value for h in (step, -step))
        seen = (up - down) / (2 * step)
        if abs(seen - told[place]) > 1e-2 * abs(seen):
            yield Finding(
                "no gradient",
                f"a larger gradient at {place} points raises the penalty at the rate {seen:.4g}, and "
                f"autograd says {told[place]:.4g}: the discriminator learns less from it, or nothing; "
                "take gradients with create_graph=True, and detach none of them",
            )
