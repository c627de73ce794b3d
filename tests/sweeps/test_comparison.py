"""gantheory compare: entries, equal settings, what is stored, means beside what training gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from gantheory.cli.verbs.compare import _lines
from gantheory.datasets import ring
from gantheory.sweeps import RunStore, Serial, run
from gantheory.sweeps.comparison import Comparison, Entry
from gantheory.sweeps.reports.comparison_report import comparison_report
from gantheory.sweeps.reports.means import mean_interval
from gantheory.sweeps.reports.proportions import Rate
from gantheory.sweeps.unit import Unit
from gantheory.training import GanConfig, metrics, train_run
from gantheory.training.seeding import generator

TINY: dict[str, Any] = {"max_steps": 3, "train_samples": 300, "test_samples": 100, "batch": 16}


def test_entries_are_objectives_with_remedies() -> None:
    entry = Entry.read('relativistic("standard", average=False) + r1(0.1)+r2(gamma=0.1)', ["gap_aware()"])
    assert entry.objective == 'relativistic("standard", average=False)'
    assert entry.remedies == ("r1(0.1)", "r2(gamma=0.1)", "gap_aware()")
    assert Entry.read("vanilla").remedies == ()
    assert Entry.read("lsgan(0, 1, 1)").objective == "lsgan(0, 1, 1)"


def test_an_entry_may_be_a_variant() -> None:
    entry = Entry.read("ebgan(3) + r1(0.1) + ebgan(0.2)")
    assert (entry.objective, entry.remedies, entry.variant) == ("ebgan(3)", ("r1(0.1)",), "ebgan(0.2)")
    comparison = Comparison.of(["vanilla", "vanilla + acgan", "vanilla + cgan"], seeds=2, **TINY)
    plain, acgan, cgan = (unit.config for unit in comparison.units())
    assert "variant" not in plain and (acgan["variant"]["name"], cgan["variant"]["name"]) == ("acgan", "cgan")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("vanilla(saturating=False) + r1(0.1)+pulling_away", "GAN, non-saturating + R1 (0.1) + pulling away"),
        ("alpha_gan(1/2, 6/5)", "α-GAN (0.5, 1.2)"),
        ('fgan("kl", saturating=False)', "f-GAN (kl), non-saturating"),
        ("wgan + coulomb(2)", "Coulomb GAN (2)"),
        ("vanilla + cgan", "GAN + CGAN"),
        ("ebgan(3) + ebgan(0.2) + r2", "margin loss (3) + EBGAN (0.2) + R2"),
        ('cpe("-log(D)", "-log(1 - D)", "1 - D", "D")', 'cpe("-log(D)", "-log(1 - D)", "1 - D", "D")'),
    ],
)
def test_figures_say_what_readers_know_an_entry_as(text: str, title: str) -> None:
    assert Entry.read(text).title == title


def test_entries_differ_in_nothing_else() -> None:
    comparison = Comparison.of(["vanilla", "wgan + gradient_penalty(1)", "vanilla + r1"], seeds=2, **TINY)
    configs = [unit.config for unit in comparison.units()]
    varied = {name for name in configs[0] if len({json.dumps(each[name]) for each in configs}) > 1}
    assert varied == {"objective", "remedies"}
    assert {unit.work for unit in comparison.units()} == {6.0}


@pytest.mark.parametrize(
    ("texts", "changes", "says"),
    [
        ([], {}, "nothing to compare"),
        (["vanilla", "vanilla"], {}, "entries must differ, got 'vanilla' more than once"),
        (["vanila"], {}, "unknown objective 'vanila'"),
        (["vanilla + r3"], {}, "remedy must be one of r1"),
        (["vanilla + acgn"], {}, "remedy 'acgn': did you mean 'acgan'"),
        (["vanilla + cgan + acgan"], {}, "one variant at most, got cgan and acgan"),
        (["vanilla + ebgan"], {}, "EBGAN needs scores that are energies"),
        (["vanilla +"], {}, "must be an objective, or objective"),
        (
            ["vanilla"],
            {"task": "rings"},
            "task 'rings': did you mean 'ring'. It must be one of ring, digits",
        ),
        (["wgan"], {}, "wgan: objective wgan needs a critic class"),
        (["wgan + clipping + gap_aware"], {}, "gap_aware needs a scale"),
    ],
)
def test_bad_comparisons_are_one_line(texts: list[str], changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        Comparison.of(texts, **changes).units()
    assert "\n" not in str(caught.value)


def test_the_report_is_what_training_gave_and_grows(tmp_path: Path) -> None:
    few, more = (Comparison.of(["vanilla", "vanilla + r1(1)"], seeds=seeds, **TINY) for seeds in (2, 3))
    run(few.units(), tmp_path, executor=Serial())
    grown = run(more.units(), tmp_path, executor=Serial())
    assert (grown.skipped, grown.finished) == (0, 2)  # units of the third seed alone
    store = RunStore(tmp_path)
    assert sorted(len(record.table) for record in store.records()) == [1, 1, 2, 2]
    assert run(more.units(), tmp_path, executor=Serial()).skipped == 2
    report = comparison_report(more, store.records())
    assert report.runs.groupby("entry")["seed"].apply(list).to_dict() == {
        "vanilla": [0, 1, 2], "vanilla + r1(1)": [0, 1, 2],
    }  # fmt: skip
    direct = train_run(GanConfig.from_dict(more.units()[1].config), progress=False)
    found = report.rows()[1]
    modes = [metrics.modes_covered(samples, ring()) for samples in direct.samples]
    assert found["modes"]["mean"] == pytest.approx(np.mean(modes), abs=1e-12)
    distances = direct.table["energy_distance"]
    assert found["energy_distance"]["mean"] == pytest.approx(distances.mean(), rel=1e-5)
    assert (found["energy_distance"]["low"], found["energy_distance"]["high"]) == pytest.approx(
        mean_interval(distances), rel=1e-4
    )
    low, high = Rate(0, 3).interval()
    assert found["all_modes"] == {"mean": 0.0, "low": low, "high": high}
    dots = [line.get_xdata() for line in report.figure().axes[2].lines if len(line.get_xdata()) == 3]
    shown = report.runs.groupby("entry")["energy_distance"].apply(list)
    np.testing.assert_allclose(dots, [shown["vanilla"], shown["vanilla + r1(1)"]])


def test_the_size_of_data_that_are_given_is_theirs_and_what_was_stored_with_another_is_found(
    tmp_path: Path,
) -> None:
    comparison = Comparison.of(["vanilla"], task="digits", seeds=2, **{**TINY, "test_samples": 1797})
    (unit,) = comparison.units()
    assert unit.config["train_samples"] == len(load_digits().images) == 1797
    before = Unit({**unit.config, "train_samples": 100_000})  # as versions before stored it
    run([before], tmp_path, executor=Serial())
    assert run([unit], tmp_path, executor=Serial()).skipped == 1
    assert len(comparison_report(comparison, RunStore(tmp_path).records()).runs) == 2
    (drawn,) = Comparison.of(["vanilla"], seeds=2, **TINY).units()
    assert drawn.setting != Unit({**drawn.config, "train_samples": 301}).setting


def test_an_entry_without_runs_is_none(tmp_path: Path) -> None:
    run(Comparison.of(["vanilla"], seeds=1, **TINY).units(), tmp_path, executor=Serial())
    both = Comparison.of(["hinge", "vanilla"], seeds=1, **TINY)
    report = comparison_report(both, RunStore(tmp_path).records())
    lines = _lines(report)
    assert lines[1] == "hinge" and lines[2].split() == ["0", "none", "none", "none", "none"]
    assert report.figure().axes[0].get_yticklabels()[0].get_text() == "hinge loss"


def test_a_mixture_has_modes_share_and_distance() -> None:
    config = GanConfig.from_dict(Comparison.of(["vanilla"], seeds=2, **TINY).units()[0].config)
    run = train_run(config, progress=False)
    for k in range(2):
        assert run.table["share"][k] == metrics.high_quality_share(run.samples[k], ring())
        # The reference is another sample of a hundred: they differ by no more than two of the ring do.
        other = metrics.energy_distance(run.samples[k], ring().sample(100, np.random.default_rng(9)))
        assert run.table["energy_distance"][k] == pytest.approx(other, abs=0.15)


def test_pictures_have_density_and_coverage() -> None:
    settings = {"max_steps": 3, "test_samples": 150, "batch": 16}
    config = GanConfig.from_dict(Comparison.of(["vanilla"], "digits", seeds=1, **settings).units()[0].config)
    row = train_run(config, progress=False)
    points = row.samples[0].reshape(150, -1).astype(float)
    data = config.data.batch(generator(config.data_seed, "test set").permutation(len(config.data))[:150])
    real = data.reshape(150, -1).astype(float)
    apart = cdist(real, real)
    reach = np.sort(apart, axis=1)[:, 5]  # the sixth: each is its own first
    inside = cdist(real, points) < reach[:, None]
    assert row.table["coverage"][0] == inside.any(1).mean()
    assert row.table["density"][0] == pytest.approx(inside.sum(0).mean() / 5, rel=1e-12)


def test_intervals_of_means() -> None:
    values = np.random.default_rng(0).normal(3, 2, 400)
    reach = 1.96 * values.std(ddof=1) / 20
    low, high = mean_interval(values)
    assert low == pytest.approx(values.mean() - reach, abs=0.05 * reach)
    assert high == pytest.approx(values.mean() + reach, abs=0.05 * reach)
    assert mean_interval([2.0, 2.0]) == (2.0, 2.0) and np.isnan(mean_interval([])).all()


def test_the_command(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("compare", "vanilla", "lsgan + instance_noise(0.1)", "--task", "digits", "--steps", "2")
    command = (*command, "--seeds", "2", "--jobs", "1")
    done = cli(*command, "--json")
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out)
    assert [each["entry"] for each in told["entries"]] == ["vanilla", "lsgan + instance_noise(0.1)"]
    assert len(told["runs"]) == 4 and told["files"][0] == "out/compare-digits/runs.csv"
    assert len(Path(told["files"][0]).read_text().splitlines()) == 5
    again = cli(*command)
    assert again.status == 0 and "lsgan + instance_noise(0.1)\n     2  " in again.out
    assert all(len(line) <= 80 for line in again.out.splitlines())
    ring = cli("compare", "vanilla", "--steps", "2", "--seeds", "2", "--jobs", "1")
    head, name, numbers, *_ = ring.out.splitlines()
    assert head.endswith(" energy distance") and name == "vanilla"
    assert numbers.split()[:4] == ["2", "0", "[0,", "66]"]  # Wilson's interval of none of two
    assert all(len(line) <= 80 for line in ring.out.splitlines())
    wrong = cli("compare", "vanilla", "--seeds", "0")
    assert wrong.status == 2 and "--seeds must be at least 1" in wrong.err
