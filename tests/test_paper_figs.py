"""Scripts of paper_figs/: what they draw is what is stored, and what is missing is named."""

from __future__ import annotations

import itertools
import json
import runpy
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from PIL import Image
from scipy import integrate, stats

from gantheory.cli.verbs import figures
from gantheory.plotting import canvas, paper, style
from gantheory.sweeps import RunStore

ROOT = Path(__file__).parent.parent
if not (ROOT / "paper_figs").is_dir():
    pytest.skip("a checkout is needed: a source distribution has no figures", allow_module_level=True)

SCRIPTS = paper.scripts(ROOT / "paper_figs")


@cache
def names_of(script):
    return runpy.run_path(str(SCRIPTS[script]), run_name="paper_figure")


def lines(axes):
    """Label -> (x, y) of what is drawn as a line or as points with error bars."""
    drawn = {c.get_label(): c[0].get_xydata().T for c in axes.containers if hasattr(c, "has_yerr")}
    return drawn | {line.get_label(): line.get_xydata().T for line in axes.lines}


class TestTheVerb:
    def test_lists_every_script_with_its_title(self, cli, monkeypatch):
        monkeypatch.chdir(ROOT / "docs")  # anywhere in the checkout
        done = cli("figures", "--list")
        assert (done.status, done.err) == (0, "")
        heads = [line for line in done.out.splitlines() if not line.startswith(" ")]
        assert [line.split()[0] for line in heads] == sorted(SCRIPTS)

    def test_builds_what_is_asked_for(self, cli, monkeypatch, tmp_path):
        monkeypatch.chdir(ROOT)
        done = cli("figures", "region_maps", "stacked_mnist_coverage", "--out", str(tmp_path), "--json")
        assert (done.status, done.err) == (0, "")
        built = json.loads(done.out)["built"]
        assert [each["name"] for each in built] == ["region_maps", "stacked_mnist_coverage"]
        for each in built:
            png, pdf = map(Path, each["files"])
            assert Image.open(png).size[0] == 1400 and pdf.read_bytes().startswith(b"%PDF")

    def test_outside_a_checkout_is_one_line(self, cli, monkeypatch, tmp_path):
        from gantheory.sweeps import shipped

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(shipped, "folder", lambda name: None)  # as in an install that holds no figures
        done = cli("figures")
        assert done.status == 2 and done.err.count("\n") == 1 and "paper_figs" in done.err

    def test_unknown_name_suggests_the_nearest(self, cli, monkeypatch):
        monkeypatch.chdir(ROOT)
        done = cli("figures", "ring_rate")
        assert done.status == 2 and "ring_rates" in done.err

    def test_missing_results_are_listed_with_their_command(self, cli, monkeypatch, tmp_path):
        folder = tmp_path / "paper_figs"
        folder.mkdir()
        (folder / "empty.py").write_text(
            '"""A figure."""\nfrom pathlib import Path\nfrom gantheory.plotting import paper\n'
            "def draw():\n"
            '    paper.needed(Path("results") / "none", "gantheory sweep experiments/none.toml")\n'
        )
        (folder / "full.py").write_text(
            '"""Another."""\nfrom gantheory.plotting import canvas\ndef draw():\n    return canvas()[0]\n'
        )
        monkeypatch.chdir(tmp_path)
        done = cli("figures")
        assert (done.status, done.err) == (0, "")
        assert "gantheory sweep experiments/none.toml" in done.out.split("missing:")[1]
        assert sorted(path.name for path in (folder / "built").iterdir()) == ["full.pdf", "full.png"]
        assert cli("figures", "empty").status == 1

    def test_a_damaged_result_does_not_stop_the_others(self, cli, monkeypatch, tmp_path):
        folder = tmp_path / "paper_figs"
        folder.mkdir()
        (folder / "a_damaged.py").write_text('"""A."""\ndef draw():\n    raise KeyError("samples")\n')
        (folder / "b_package.py").write_text('"""B."""\nraise ModuleNotFoundError("no", name="diffrax")\n')
        (folder / "c_whole.py").write_text(
            '"""C."""\nfrom gantheory.plotting import canvas\ndef draw():\n    return canvas()[0]\n'
        )
        monkeypatch.chdir(tmp_path)
        done = cli("figures", "--json")
        outcome = json.loads(done.out)
        assert done.status == 1 and [each["name"] for each in outcome["built"]] == ["c_whole"]
        assert [each["name"] for each in outcome["failed"]] == ["a_damaged"]
        assert outcome["missing"][0]["command"] == "pip install 'gantheory[ntk]'"

    def test_its_examples_name_scripts(self):
        named = {name for line in figures.EXAMPLES for name in line.split()[2:] if name[0] != "-"}
        assert named <= set(SCRIPTS)


class TestFiles:
    def test_same_figure_gives_same_bytes(self, tmp_path):
        contents = []
        for folder in ("a", "b"):
            figure, axes = canvas()
            axes.plot([0, 1], [1, 0])
            contents.append([path.read_bytes() for path in paper.write(figure, tmp_path / folder, "x")])
        assert contents[0] == contents[1]

    def test_large_pictures_get_a_palette(self, tmp_path, monkeypatch):
        monkeypatch.setattr(paper, "_LARGE", 1)
        figure, axes = canvas()
        axes.plot([0, 1], [1, 0])
        png, _ = paper.write(figure, tmp_path, "x")
        picture = Image.open(png)
        assert picture.mode == "P" and round(picture.info["dpi"][0]) == 200

    def test_committed_pictures_are_small_and_complete(self):
        built = ROOT / "paper_figs" / "built"
        expected = {f"{name}.{suffix}" for name in SCRIPTS for suffix in ("png", "pdf")}
        assert {path.name for path in built.iterdir()} == expected
        assert max(path.stat().st_size for path in built.iterdir()) < 300_000

    def test_an_empty_folder_is_no_result(self, tmp_path):
        with pytest.raises(ValueError, match="make them with: gantheory sweep x"):
            paper.needed(tmp_path, "gantheory sweep x")

    def test_a_script_alone_says_what_is_missing(self, capsys, monkeypatch, tmp_path):
        draw = names_of("ntk_width")["draw"]
        monkeypatch.setitem(draw.__globals__, "ROOT", tmp_path)
        assert paper.main(str(tmp_path / "ntk_width.py"), draw) == 1
        assert "make them with: python experiments/ntk_width.py" in capsys.readouterr().err
        assert not (tmp_path / "built").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_script_builds_from_stored_results(name, tmp_path):
    with style():
        figure = names_of(name)["draw"]()
        for path in paper.write(figure, tmp_path, name):
            assert path.stat().st_size > 10_000
        # Nothing may reach over the edge: a reader sees all of every label.
        box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05


class TestRing:
    @staticmethod
    def counted(rate, numerics):
        """alpha_D -> percent at alpha_G = 1, saturating, counted from the files themselves."""
        target = {"success": 8, "failure": 0}[rate]
        hits = {}
        for path in (ROOT / "results" / "ring").glob("*.json"):
            record = json.loads(path.read_text())
            config, spec = record["config"], record["config"]["objective"]
            if config["numerics"] != numerics or not (spec.startswith("alpha_gan") and spec.endswith(", 1)")):
                continue  # saturating at alpha_G = 1 is written alpha_gan(a, 1)
            top, _, bottom = spec[len("alpha_gan(") : -len(", 1)")].partition("/")
            modes = [row.get("modes", record["constants"].get("modes")) for row in record["rows"]]
            hits.setdefault(float(top) / float(bottom or 1), []).extend(each == target for each in modes)
        return {alpha: 100 * np.mean(each) for alpha, each in hits.items()}

    def test_rates_drawn_are_those_stored(self):
        panels = names_of("ring_rates")["draw"]().axes
        for axes, rate in zip(panels, ("success", "failure"), strict=True):
            drawn = lines(axes)
            for numerics in ("clamped", "stable"):
                label = next(each for each in drawn if numerics in each)
                x, y = drawn[label]
                expected = sorted(self.counted(rate, numerics).items())
                np.testing.assert_allclose(x, [a for a, _ in expected], atol=0.03)  # shifted to be seen
                np.testing.assert_allclose(y, [percent for _, percent in expected])

    def test_published_rates_are_those_of_the_paper(self):
        rates = names_of("ring_rates")["published_rates"]
        assert {a: round(100 * r.value) for a, r in rates("success").items()}[0.3] == 87
        assert [round(100 * r.value) for r in rates("failure").values()] == [5, 5, 7, 8, 16, 30]

    def test_modes_of_the_stored_samples_agree_with_the_stored_counts(self):
        from gantheory.datasets import ring
        from gantheory.training.metrics import high_quality_share, modes_covered

        data = np.load(ROOT / "results" / "ring_samples" / "six_seeds.npz")
        for objective in range(2):
            for seed in range(6):
                samples = data["samples"][objective, seed].astype(np.float64)
                # The counts are of 5,000 samples, of which 1,000 are stored, in half precision.
                assert modes_covered(samples, ring()) <= data["modes"][objective, seed]
                assert abs(high_quality_share(samples, ring()) - data["share"][objective, seed]) < 0.06

    def test_titles_and_curves_are_the_stored_modes(self):
        data = np.load(ROOT / "results" / "ring_samples" / "over_epochs.npz")
        figure = names_of("ring_epochs")["draw"]()
        titles = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes[:8]]
        modes, epochs = data["modes"][:, 0], list(data["epochs"])
        expected = [
            (epoch, modes[row, epochs.index(epoch)]) for row in (0, 1) for epoch in data["shown_epochs"]
        ]
        assert [tuple(int(w) for w in t.replace(":", "").split() if w.isdigit()) for t in titles] == expected
        means = [line for line in figure.axes[-1].lines if not line.get_label().startswith("_")]
        for row, line in enumerate(means):
            np.testing.assert_allclose(line.get_ydata(), data["modes"][row].mean(0))

    def test_every_seed_over_time_ends_as_its_table_says(self):
        """The last look has fewer points: a mode that the table lacks may show by chance, no more."""
        counts = names_of("ring_over_time")["counts"]
        records = RunStore(ROOT / "results" / "ring_full").records()
        seen = 0
        for alpha, numerics in itertools.product(("1", "0.3"), ("clamped", "stable")):
            steps, modes = counts(alpha, numerics)
            assert steps[-1] == 156_400 and modes.shape == (200, 16)
            for record in records:
                config = record.config
                named = f"alpha_gan({Fraction(alpha)}, 1)"
                if (config["objective"], config["numerics"], config["device"]) == (named, numerics, "cuda"):
                    table = record.table.sort_values("seed")["modes"].to_numpy()
                    assert len(table) == 16 and (modes[-1] <= table + 1).all()
                    seen += 1
        assert seen == 4

    def test_least_squares_are_ahead_in_five_of_six_hard_settings(self):
        """As docs/remedies.md says; the medians of the stored runs."""
        records = RunStore(ROOT / "results" / "lsgan_hard").records()
        found = {}
        for record in records:
            where = found.setdefault(record.config["networks"], {})
            where.setdefault(record.config["objective"], []).extend(record.table["energy_distance"])
        assert {len(runs) for each in found.values() for runs in each.values()} == {4}
        median = {name: {key: np.median(runs) for key, runs in each.items()} for name, each in found.items()}
        ahead = {name for name, each in median.items() if min(each, key=each.get).startswith("lsgan")}
        assert len(found) == 6 and set(found) - ahead == {"mlp_dcgan(width=16)"}
        rows = dict(names_of("lsgan_hard")["pictures"]("lsgan_hard"))
        assert {len(runs) for pair in rows.values() for runs in pair} == {4} and len(rows) == 6

    def test_a_shorter_run_is_the_start_of_a_longer_one(self):
        from dataclasses import replace

        from gantheory.objectives import alpha_gan
        from gantheory.training import quick_ring, train_run

        long = quick_ring(alpha_gan(0.2, 1), seeds=range(2), train_samples=500, test_samples=50, epochs=3)
        one, same = train_run(replace(long, epochs=1)), train_run(replace(long, max_steps=4))
        np.testing.assert_array_equal(one.samples, same.samples)


class TestNumbersOnTheFly:
    @pytest.mark.parametrize("alpha", [0.5, 1, 3, float("inf")])
    def test_gradient_passed_on_beside_fifty_digits(self, alpha):
        import torch

        script = names_of("clamped_stable")
        at = script["LOGITS"][[0, 100, 240, 400, 560, 800]]
        with mpmath.workdps(50):
            c = 1 - 1 / mpmath.mpf(alpha)
            loss = lambda z: (1 - (1 + mpmath.exp(-z)) ** -c) / c if c else mpmath.log1p(mpmath.exp(-z))  # noqa: E731
            exact = [float(abs(mpmath.diff(loss, mpmath.mpf(float(z))))) for z in at]
        rows = [0, 100, 240, 400, 560, 800]
        np.testing.assert_allclose(script["exact"](alpha)[rows], exact, rtol=1e-9)
        np.testing.assert_allclose(script["gradient"](alpha, "stable", torch.float32)[rows], exact, rtol=2e-5)
        clamped = script["gradient"](alpha, "clamped", torch.float32)[rows]
        np.testing.assert_allclose(clamped[2:4], exact[2:4], rtol=2e-5)
        assert clamped[4] == pytest.approx(exact[4], rel=0.1)  # 1 - D has one digit left there
        assert clamped[-1] == 0 and (alpha == 1 or not clamped[:2].any())

    @pytest.mark.slow_cases("True")
    @pytest.mark.parametrize("saturating", [True, False])
    def test_maps_beside_quadrature(self, saturating):
        import gantheory as gt

        script = names_of("f_and_h_maps")
        row, column = 60, 20
        alpha_d, alpha_g = script["ALPHAS"][column], script["ALPHAS"][row]
        p, q = stats.norm(0, 1).pdf, stats.norm(1, 1).pdf
        theory = gt.derive(
            gt.objectives.alpha_gan(round(alpha_d, 3), round(alpha_g, 3), saturating=saturating)
        )
        for kind in ("equilibrium", "flow"):
            of_log = theory.generating_function(kind).of_log
            integrand = lambda x, f=of_log: q(x) * f(np.array([0.5 - x]))[0]  # noqa: E731  log p/q = 1/2 - x
            expected, _ = integrate.quad(integrand, -8, 10)
            assert script["values"](saturating, kind)[row, column] == pytest.approx(expected, rel=2e-3)
        assert p(0.3) / q(0.3) == pytest.approx(np.exp(0.2))

    @pytest.mark.slow
    def test_lsgan_curves_are_the_closed_forms(self):
        script = names_of("lsgan_labels")
        u = script["U"]
        f, h = script["curves"]((-1, 1, 0))
        # Pearson: (u - 1)^2/(2 (u + 1)); h'' = (b - a)(c - D*)/(u (1 + u)^2) with the halves of Mao et al.
        np.testing.assert_allclose(f, (u - 1) ** 2 / (2 * (u + 1)), atol=1e-12)
        second = np.gradient(np.gradient(h, u), u)[2:-2]
        at = u[2:-2]
        np.testing.assert_allclose(
            second[at > 0.3], (2 * (1 - at) / (at * (1 + at) ** 3))[at > 0.3], atol=0.02
        )

    @pytest.mark.slow
    def test_lsgan_flows_arrive_or_leave(self):
        flow = names_of("lsgan_labels")["flow"]
        ends = {c: flow(c).total_variation[[0, -1]] for c in ((0, 1, 1), (-1, 1, 0), (0, 1, 0))}
        assert ends[0, 1, 1][1] < 0.01
        assert all(ends[c][1] > ends[c][0] + 0.01 for c in ((-1, 1, 0), (0, 1, 0)))

    def test_stacked_mnist_is_as_published(self):
        panels = names_of("stacked_mnist_coverage")["draw"]().axes
        best = lines(panels[0])[r"published, $\alpha_G = 2$"]
        np.testing.assert_array_equal(best, [[0.9, 1, 1.1, 1.2], [676, 690, 703, 685]])
        assert all(label.startswith("published") for label in lines(panels[1]))


class TestKernels:
    """What was stored of infinitely wide discriminators, from scratch."""

    @staticmethod
    def relu_ntk(x, y, depth=3):
        """NTK of a ReLU network, unit weights and biases: the arc-cosine recursion (Cho and Saul 2009)."""
        dimension = x.shape[1]
        sigma, diag_x, diag_y = (1 + part / dimension for part in (x @ y.T, (x * x).sum(1), (y * y).sum(1)))
        theta = sigma
        for _ in range(depth):
            norms = np.sqrt(np.outer(diag_x, diag_y))
            cosine = np.clip(sigma / norms, -1, 1)
            angle = np.arccos(cosine)
            step = (np.pi - angle) / (2 * np.pi)
            sigma = 1 + norms * (np.sqrt(1 - cosine**2) / (2 * np.pi) + step * cosine)
            theta = sigma + theta * step
            diag_x, diag_y = 1 + diag_x / 2, 1 + diag_y / 2
        return theta

    @pytest.mark.parametrize("place", ["line", "plane"])
    def test_ipm_scores_are_the_difference_of_mean_embeddings(self, place):
        data = np.load(ROOT / "results" / "ntk_adequation" / "scores.npz")
        real, generated = (
            np.reshape(data[f"{place}_{role}"], (16 if place == "line" else 18, -1))
            for role in ("real", "generated")
        )
        x = data["line"][:, None]
        if place == "plane":
            x = np.stack([each.ravel() for each in np.meshgrid(data["plane"], data["plane"])], axis=1)
        expected = float(data["time"]) * (
            self.relu_ntk(x, real).mean(1) - self.relu_ntk(x, generated).mean(1)
        )
        np.testing.assert_allclose(data[f"{place}_infinite"][0], expected, rtol=1e-4, atol=1e-5)

    def test_wider_networks_are_nearer(self):
        data = np.load(ROOT / "results" / "ntk_adequation" / "scores.npz")
        gaps = np.abs(data["line_finite"] - data["line_infinite"][:, None, None]).max(-1).mean(-1)
        assert (gaps[:, 1] < 0.6 * gaps[:, 0]).all()  # 8 times as wide: a factor 0.35 is expected

    def test_energy_distances_of_particles(self):
        data = np.load(ROOT / "results" / "ntk_particles" / "particles.npz")
        distance = lambda a, b: np.linalg.norm(a[:, None] - b, axis=-1).mean()  # noqa: E731
        target = data["target"].astype(np.float64)
        for row in range(2):
            for column, name in enumerate(data["objectives"]):
                last = data["trajectory"][row, column, -1].astype(np.float64)
                squared = 2 * distance(last, target) - distance(last, last) - distance(target, target)
                stored = data["energy_distance"][row, column]
                assert np.sqrt(squared) == pytest.approx(stored[-1], rel=0.03), name
                returns = stored[-1] > 1.2 * stored.min()
                assert returns == (name == "LSGAN (0, 1, 1)"), "only a + b != 0 moves a discriminator at rest"

    def test_caption_on_rest_at_the_data(self):
        import sympy as sp

        from gantheory.objectives import alpha_gan, lsgan, vanilla
        from gantheory.objectives.objective import v

        push = lambda game: sp.simplify((game.A + game.B).diff(v).subs(v, 0))  # noqa: E731
        assert [push(lsgan(0, 1, 1)), push(lsgan(-1, 1, 1))] == [1, 0]
        assert push(vanilla()) == push(alpha_gan(0.5, 1.2, saturating=False)) == 0

    def test_fields_are_the_gradient_of_the_stored_scores(self):
        data = np.load(ROOT / "results" / "ntk_fields" / "fields.npz")
        assert next(iter(data["objectives"])) == "IPM"  # S = -v: the velocity is the gradient of v
        grid, coarse = data["grid"], data["coarse"]
        for row in range(2):
            down, across = np.gradient(data["scores"][row, 0].astype(np.float64), grid, grid)
            # (0, 0) is a point of both grids, and so is every third of one and second of the other.
            at = [int(np.argmin(abs(grid - place))) for place in coarse]
            near = np.abs(grid[at] - coarse) < 1e-9
            kept = np.ix_(np.flatnonzero(near), np.flatnonzero(near))
            expected = np.stack([across, down], axis=-1)[np.ix_(at, at)][kept]
            stored = data["field"][row, 0][kept]
            assert near.sum() >= 3
            np.testing.assert_allclose(stored, expected, atol=0.06 * np.abs(stored).max())

    def test_errors_drawn_are_those_stored(self):
        stored = json.loads((ROOT / "results" / "ntk" / "width.json").read_text())
        drawn = lines(names_of("ntk_width")["draw"]().axes[0])
        label = next(each for each in drawn if each.startswith("vanilla"))
        x, y = drawn[label]
        for width, height in zip(x, y, strict=True):
            squares = [
                e["error"] ** 2
                for e in stored["errors"]
                if e["objective"] == "vanilla" and abs(e["width"] / width - 1) < 0.2
            ]
            assert height == pytest.approx(np.sqrt(np.mean(squares)))
        assert f"{stored['slopes']['vanilla']['slope']:.2f}" in label
        assert all(rate["low"] < -0.5 < rate["high"] for rate in stored["slopes"].values()), "as captioned"
