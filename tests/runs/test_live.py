"""The live view: losses, the gap to the ideal loss, histograms of scores on one axis."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gantheory.objectives import lsgan, vanilla
from gantheory.runs import RunFolder, train_into
from gantheory.runs.live import BINS, LiveView, against, histograms
from gantheory.training import GanConfig, train_run

PICTURES = np.random.default_rng(0).uniform(-1, 1, (40, 1, 8, 8)).astype(np.float32)
BARS = " ▁▂▃▄▅▆▇█"


def config(**changes: object) -> GanConfig:
    given: dict[str, object] = {
        "objective": vanilla(saturating=False), "data": PICTURES, "networks": "dcgan(width=4)",
        "seeds": [0, 3], "batch": 8, "latent": 5, "max_steps": 4, "test_samples": 30,
    }  # fmt: skip
    return GanConfig(**{**given, **changes})  # type: ignore[arg-type]


def test_lines_say_losses_and_gap() -> None:
    lines: list[str] = []
    run = train_run(config(), progress=False, watch=LiveView(config(), lines.append), watch_every=2)
    assert [line.split("  D")[0] for line in lines[::2]] == [
        "step 2  seed 0", "step 2  seed 3", "step 4  seed 0", "step 4  seed 3",
    ]  # fmt: skip
    loss = float(run.table["discriminator_loss"][1])
    side = "below" if loss < 2 * math.log(2) else "above"
    gap = f"{abs(loss - 2 * math.log(2)):.3g} {side} ideal"
    assert lines[6].endswith(f"D {loss:.4g}, {gap}  G {run.table['generator_loss'][1]:.4g}")
    assert all(len(line) <= 80 for line in lines)


def test_the_gap_is_the_objectives_own() -> None:
    assert against(0.4, 0.5) == ", 0.1 below ideal"
    assert against(0.6, None) == against(math.nan, 0.5) == ""
    assert LiveView(config(objective=lsgan(0, 1, 1)), print)._ideal == pytest.approx(0.25, rel=1e-12)


def test_histograms_share_their_axis() -> None:
    real, fake = np.repeat([1.0, 2.0], 50), np.repeat([-1.0, 2.0], [75, 25])
    line = histograms(real, fake)
    assert line.endswith("  -1 to 2")
    of_real, of_fake = line[7 : 7 + BINS], line[13 + BINS : 13 + 2 * BINS]
    counts = np.histogram(real, BINS, (-1, 2))[0]
    assert [BARS.index(bar) for bar in of_real] == (8 * counts // 50).tolist()
    assert of_fake[0] == "█" and of_fake[-1] == "▃" and set(of_fake[1:-1]) == {" "}
    assert len(histograms(real * -1e3, fake * 1e300)) <= 80


def test_scores_are_of_batches_in_training(tmp_path: Path) -> None:
    """Batch norm by the batch, as the discriminator's step sees it."""
    found: list[str] = []
    given = config(seeds=[0], max_steps=3)
    view = LiveView(given, found.append)

    def watch(snapshot: object) -> None:
        view(snapshot)  # type: ignore[arg-type]
        judge = snapshot.networks(0)[1].train()  # type: ignore[attr-defined]
        with torch.no_grad():
            scores = judge(torch.from_numpy(view._real)).flatten().double().numpy()
            fakes = judge(torch.from_numpy(snapshot.samples(500)[0])).flatten().double().numpy()  # type: ignore[attr-defined]
        assert found[-1] == histograms(scores, fakes)

    train_run(given, progress=False, watch=watch, watch_every=3)
    assert found


def test_a_run_prints_it_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder.begin(tmp_path / "run", config(), "")
    train_into(folder, config(), frames=1, live=True, progress=False)
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("real ") == 2


def test_variants_have_losses_only() -> None:
    lines: list[str] = []
    given = config(seeds=[0], max_steps=2, variant="infogan")
    train_run(given, progress=False, watch=LiveView(given, lines.append), watch_every=2)
    assert len(lines) == 1 and lines[0].startswith("step 2  seed 0  D ")


def test_a_stream_without_blocks_gets_ascii_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    monkeypatch.setattr("sys.stderr", stream)
    LiveView(config())._write(f"real {BARS}")
    assert stream.buffer.getvalue() == b"real  .:-=+*#@\n"  # type: ignore[attr-defined]
