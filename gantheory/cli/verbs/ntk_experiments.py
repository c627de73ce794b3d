"""What ``gantheory ntk`` computes and draws; figures are functions, called once the numbers are stored."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gantheory.ntk import discriminator_flow, particle_flow
from gantheory.ntk.finite.training import finite_discriminator_flow
from gantheory.ntk.kernels import Kernel
from gantheory.ntk.kernels.mlp import MLP
from gantheory.ntk.samples.result import FlowResult
from gantheory.ntk.samples.setups import Setup
from gantheory.objectives import Objective
from gantheory.plotting import canvas
from gantheory.plotting.ntk.discriminators import metric_over_time, scores_on_a_line
from gantheory.plotting.ntk.fields import vector_field
from gantheory.plotting.ntk.particles import particles
from gantheory.plotting.training.discriminators import heat_map
from gantheory.support.atomic import write_atomically
from gantheory.support.progress import reporting

Drawings = dict[str, Callable[[], Figure]]

NETWORKS = 3
"""Networks of finite width that are trained for a picture."""

_FINE, _COARSE = 61, 17


@dataclass(frozen=True)
class Task:
    """What all experiments have in common."""

    setup: Setup
    objective: Objective
    kernel: Kernel
    times: tuple[float, ...]
    seed: int
    progress: bool

    def describe(self) -> dict[str, Any]:
        """Settings as JSON can hold them."""
        return {
            "data": self.setup.name,
            "objective": self.objective.name,
            "kernel": repr(self.kernel),
            "times": list(self.times),
            "seed": self.seed,
        }


def flow(
    task: Task, place: Path, *, steps: int, step_size: float | None, metrics: tuple[str, ...], **options: Any
) -> tuple[dict[str, Any], Drawings]:
    """Run a particle flow; write its numbers, and go on from an interrupted one."""
    place.mkdir(parents=True, exist_ok=True)
    if len(task.times) != 1:
        raise ValueError(f"--times must be one number for a flow, got {', '.join(map(str, task.times))}")
    try:
        result = particle_flow(
            task.objective,
            task.kernel,
            task.setup.source,
            task.setup.target,
            steps=steps,
            step_size=task.setup.step_size if step_size is None else step_size,
            time=task.times[0],
            metrics=metrics,
            seed=task.seed,
            checkpoint=place / "state.npz",
            progress=task.progress,
            **options,
        )
    except KeyboardInterrupt:
        print(f"interrupted: {place} keeps the state; the same command goes on", file=sys.stderr)
        raise
    result.save(place)
    summary = {
        **task.describe(),
        "steps": result.steps,
        "step_size": result.settings["step_size"],
        "stopped": result.stopped,
        "seconds": round(result.seconds, 3),
        "start": _row(result, 0),
        "end": _row(result, -1),
    }
    drawings: Drawings = {}
    if metrics:
        drawings["metrics"] = lambda: _metrics(result, metrics)
    if result.samples.shape[1] == 2:
        drawings["particles"] = lambda: _particles(result)
    elif task.setup.name == "mnist":
        drawings["images"] = lambda: _images(result)
    return summary, drawings


def _row(result: FlowResult, index: int) -> dict[str, float]:
    row = result.metrics.iloc[index]
    return {str(name): float(row[name]) for name in result.metrics.columns if name not in ("step", "time")}


def _metrics(result: FlowResult, metrics: tuple[str, ...]) -> Figure:
    figure, axes = canvas()
    curves = {name: [result.metrics.rename(columns={name: "value"})] for name in metrics}
    metric_over_time(axes, curves, "value")
    axes.set_ylabel("distance to the target")
    axes.legend()
    return figure


def _particles(result: FlowResult) -> Figure:
    figure, axes = canvas(columns=2, width=7.0, height=3.6)
    limit = 1.08 * float(max(np.abs(result.target).max(), np.abs(result.trajectory).max()))
    particles(axes[0], result.target, result.trajectory[:1], paths=0, limit=limit)
    particles(axes[1], result.target, result.trajectory, limit=limit)
    for panel, step in zip(axes, (0, result.steps), strict=True):
        panel.set(title=f"step {step}", xlabel="$x_1$")
    axes[0].set_ylabel("$x_2$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _images(result: FlowResult, shown: int = 8) -> Figure:
    side = round(np.sqrt(result.samples.shape[1]))
    chosen = np.linspace(0, len(result.trajectory) - 1, 4).astype(int)
    figure, axes = canvas(rows=len(chosen) + 1, columns=shown, width=5.5, height=3.8)
    rows = [
        *((f"step {result.metrics.step.iloc[k]}", result.trajectory[k]) for k in chosen),
        ("real", result.target),
    ]
    for panels, (label, images) in zip(axes, rows, strict=True):
        for axis, image in zip(panels, images, strict=False):
            axis.imshow(image.reshape(side, side), cmap="gray", vmin=-1, vmax=1)
            axis.set(xticks=[], yticks=[])
            for spine in axis.spines.values():
                spine.set_visible(False)
        panels[0].set_ylabel(label, rotation=0, ha="right", va="center")
    return figure


def adequation(task: Task, place: Path, width: int) -> tuple[dict[str, Any], Drawings]:
    """Train networks of finite width on the line or in the plane beside the infinitely wide discriminator."""
    real, fake = task.setup.target, task.setup.source
    if real.shape[1] > 2:
        raise ValueError(
            f"adequation draws points on the line or in the plane, {task.setup.name} has {real.shape[1]}"
        )
    if not isinstance(task.kernel, MLP):
        raise ValueError(
            f"--kernel must be one of networks for adequation, which are trained, got {task.kernel!r}"
        )
    points, line = _grid(task, _FINE if real.shape[1] == 2 else 241)
    infinite = discriminator_flow(task.objective, task.kernel, real, fake).scores(points, task.times)
    finite = []
    with reporting(task.progress, NETWORKS, "training networks") as report:
        for network in range(NETWORKS):
            seed = NETWORKS * task.seed + network
            trained = finite_discriminator_flow(task.objective, task.kernel, real, fake, width, seed=seed)
            finite.append(trained.scores(points, task.times))
            report(network + 1)
    measured = np.stack(finite)
    scale = np.sqrt((infinite**2).mean(-1))
    error = np.sqrt(((measured - infinite) ** 2).mean(-1)).mean(0) / np.where(scale > 0, scale, 1.0)
    summary = {**task.describe(), "width": width, "networks": NETWORKS}
    summary["relative_error"] = {f"t={t:g}": float(e) for t, e in zip(task.times, error, strict=True)}
    _store(task, place, summary, points=points, infinite=infinite, finite=measured)
    draw = _lines if real.shape[1] == 1 else _maps
    return summary, {"adequation": lambda: draw(task, line, infinite, measured)}


def _lines(task: Task, line: np.ndarray, infinite: np.ndarray, finite: np.ndarray) -> Figure:
    count = len(task.times)
    figure, axes = canvas(columns=count, width=max(3.5, 2.6 * count), height=2.7)
    for k, (panel, t) in enumerate(zip(np.atleast_1d(axes), task.times, strict=True)):
        scores_on_a_line(
            panel, line, infinite[k], finite[:, k], task.setup.target, task.setup.source, f"$t = {t:g}$"
        )
    first = np.atleast_1d(axes)[0]
    first.set_ylabel("score $v_t$")
    figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _maps(task: Task, line: np.ndarray, infinite: np.ndarray, finite: np.ndarray) -> Figure:
    count, side = len(task.times), len(line)
    figure, axes = canvas(rows=2, columns=count, width=max(3.5, 2.6 * count), height=5.0)
    axes = np.asarray(axes).reshape(2, count)
    for k, t in enumerate(task.times):
        limit = float(np.abs(infinite[k]).max())
        meshes = []
        for panel, values, name in zip(
            axes[:, k], (infinite[k], finite[0, k]), ("infinitely wide", "finite"), strict=True
        ):
            square = values.reshape(side, side)
            meshes.append(heat_map(panel, line, line, square, limits=(-limit, limit), diverging=True))
            panel.scatter(*task.setup.target.T, s=5, color="black", marker="o", label="real")
            panel.scatter(
                *task.setup.source.T, s=9, color="black", marker="x", linewidths=0.6, label="generated"
            )
            panel.set(title=f"{name}, $t = {t:g}$", aspect="equal")
        label = "score $v_t$" if k == count - 1 else None
        figure.colorbar(meshes[0], ax=axes[:, k], shrink=0.6, label=label)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def field(task: Task, place: Path) -> tuple[dict[str, Any], Drawings]:
    """Scores and velocities on a grid around the data."""
    real, fake = task.setup.target, task.setup.source
    if real.shape[1] != 2:
        raise ValueError(
            f"field draws points in the plane, {task.setup.name} has {real.shape[1]} coordinates"
        )
    points, line = _grid(task, _FINE)
    arrows, coarse = _grid(task, _COARSE)
    flow = discriminator_flow(task.objective, task.kernel, real, fake)
    scores = flow.scores(points, task.times).reshape(-1, _FINE, _FINE)
    velocity = flow.field(arrows, task.times).reshape(-1, _COARSE, _COARSE, 2)
    speed = np.linalg.norm(flow.field(fake, task.times), axis=-1)
    summary = task.describe()
    summary["mean_speed_of_samples"] = {
        f"t={t:g}": float(s) for t, s in zip(task.times, speed.mean(-1), strict=True)
    }
    _store(task, place, summary, line=line, scores=scores, coarse=coarse, velocity=velocity)

    def draw() -> Figure:
        figure, axes = canvas(columns=len(task.times), width=max(3.5, 2.7 * len(task.times)), height=2.7)
        panels = np.atleast_1d(axes)
        for k, (panel, t) in enumerate(zip(panels, task.times, strict=True)):
            image = vector_field(panel, line, scores[k], coarse, velocity[k], real, fake)
            panel.set_title(f"$t = {t:g}$")
            figure.colorbar(
                image, ax=panel, shrink=0.7, label="score $v_t$" if k == len(panels) - 1 else None
            )
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure

    return summary, {"field": draw}


def _grid(task: Task, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Points around the data, (side^d, d), second coordinate slowest, and the coordinates of one axis."""
    data = np.concatenate([task.setup.source, task.setup.target])
    reach = 1.15 * float(np.abs(data).max())
    line = np.linspace(-reach, reach, side)
    if data.shape[1] == 1:
        return line[:, None], line
    x, y = np.meshgrid(line, line)
    return np.stack([x.ravel(), y.ravel()], axis=1), line


def _store(task: Task, place: Path, summary: dict[str, Any], **arrays: np.ndarray) -> None:
    place.mkdir(parents=True, exist_ok=True)
    arrays |= {"real": task.setup.target, "fake": task.setup.source, "times": np.array(task.times)}
    np.savez_compressed(place / "numbers.npz", **arrays)  # type: ignore[arg-type]
    write_atomically(place / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
