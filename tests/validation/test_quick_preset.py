"""The quick preset, once, for real: verdicts, files and the reports made of them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gantheory.plotting.report import figures as report_figures
from gantheory.validation import PRESETS, preset, preset_of, run_preset


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    return run_preset(preset("quick"), folder, seed=3), folder


def test_what_a_run_leaves(run):
    """One test, since two workers that share it would run the preset twice."""
    result, folder = run
    _every_verdict_is_the_one_on_record(result)
    _json_and_lines_hold_every_number(result, folder)
    _the_page_stands_alone(result, folder)
    _markdown_names_figures_that_exist(folder)
    _figures_can_be_drawn_again_from_what_is_stored(folder)


def _every_verdict_is_the_one_on_record(result):
    assert {p.id: (p.verdict, p.control.verdict) for p in result.predictions} == {
        name: (preset("quick").expected(name), "contradicts") for name in preset("quick").predictions()
    }
    assert result.as_expected


def _json_and_lines_hold_every_number(result, folder):
    report = json.loads((folder / "report.json").read_text())
    assert report["seed"] == 3
    assert report["environment"]["torch"]
    assert [p["id"] for p in report["predictions"]] == preset("quick").predictions()
    for stored, found in zip(report["predictions"], result.predictions, strict=True):
        assert (stored["measured"], tuple(stored["interval"])) == (found.measured, found.interval)
    lines = [json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]
    assert len(lines) == len(result.predictions) + len(result.measurements)
    assert "comparisons" in report
    assert report["level"] > report["confidence"]


def _the_page_stands_alone(result, folder):
    page = (folder / "index.html").read_text()
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", page.replace('xlink:href="data:', "")), (
        "nothing is loaded"
    )
    assert not re.findall(r'xlink:href="(?!#|data:)', page)
    assert "<script" not in page
    assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"|"http://[^"]*"|<!DOCTYPE[^>]*>', "", page)
    for p in result.predictions:
        assert f"<code>{p.id}</code>" in page
    assert page.count("known finding") >= 2
    assert "D<sub>f<sub>D</sub></sub>" in page
    assert "alpha_gan(0.5, 1.2, saturating=False)" in page
    assert str(folder) not in page
    assert str(Path.home()) not in page


def _markdown_names_figures_that_exist(folder):
    text = (folder / "report.md").read_text()
    figures = re.findall(r"\]\((figures/[^)]+)\)", text)
    assert len(figures) > 5
    assert all((folder / name).is_file() for name in figures)
    assert "**known finding**" in text


def _figures_can_be_drawn_again_from_what_is_stored(folder):
    stored = sorted((folder / "data").glob("saturation-*.npz"))
    assert stored
    data = report_figures.stored(str(stored[0]))
    assert data["d"].min() < 0.01 < 0.3 < data["d"].max(), "two decades"
    figure = report_figures.draw("saturation", "alpha_gan(0.5, 1.2)", data)
    assert report_figures.svg(figure) == (folder / "figures" / f"{stored[0].stem}.svg").read_text()


def test_presets_have_unique_ids_and_records_that_exist():
    for chosen in PRESETS.values():
        ids = chosen.predictions()
        assert len(set(ids)) == len(ids)
        recorded = {name for experiment in chosen.experiments for name, _ in experiment.recorded()}
        assert recorded <= set(ids) | {e.predictions()[0] for e in chosen.experiments if e.predictions()}


def test_the_demo_holds_what_the_issue_asks_for():
    ids = set(preset("demo").predictions())
    five = ["vanilla", "alpha_gan-0.5-1.2-ns", "alpha_gan-2-2", "lsgan-0-1-1", "fgan-kl"]
    for name in five:
        assert {f"optimum/{name}/1d", f"optimum/{name}/2d", f"value/{name}/1d", f"ideal/{name}"} <= ids
    assert {"flow-rate/alpha_gan-0.5-0.3", "flow-reaches/alpha_gan-2-0.9", "flow-leaves/lsgan-0-1-0"} <= ids


@pytest.mark.slow
def test_controls_of_user_objectives_are_chosen_by_theory_alone():
    chosen = preset_of(["vanilla", "hinge"])
    fit = chosen.experiments[0]
    assert fit.control != "vanilla"
    assert fit.gradients
    assert not chosen.experiments[1].gradients, "the hinge score jumps: there is no saturation factor"
    # E_g[-v*] = -2 E_g[u - 1] = 0
    trivial = preset_of(['fgan("pearson", saturating=False)']).experiments[0]
    assert not trivial.generators
    fit.check()
    with pytest.raises(ValueError, match=r"D_f of .* is zero here"):
        replace(trivial, generators=((trivial.objective, fit.generators[0][1]),)).check()
    with pytest.raises(ValueError, match="differ"):
        preset_of(["vanilla", "vanilla"])
    with pytest.raises(ValueError, match="at least one"):
        preset_of([])


@pytest.mark.slow
def test_numbers_do_not_depend_on_the_number_of_processes(run, tmp_path):
    result, _ = run
    again = run_preset(preset("quick"), tmp_path, seed=3, jobs=2)
    for first, second in zip(result.predictions, again.predictions, strict=True):
        assert first.id == second.id
        assert second.measured == pytest.approx(first.measured, rel=1e-6, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 4))
def test_the_seeds_that_a_reader_tries_next_give_the_same_verdicts(seed, tmp_path):
    result = run_preset(preset("quick"), tmp_path, seed=seed)
    assert result.as_expected, str(result.predictions)
    assert np.isfinite([p.measured for p in result.predictions]).all()
