"""Running a preset: exit status, results kept, divergence, interruption. Experiments are stand-ins."""

import json
from dataclasses import dataclass, field

import pytest

from gantheory.cli import app
from gantheory.validation import Control, Measurement, Prediction, Preset, Section, run_preset
from gantheory.validation.presets import built_in as presets

AGREES, CONTRADICTS, WIDE = (0.2, 0.4), (3.0, 4.0), (-9.0, 9.0)


def prediction(identifier, interval=AGREES, expected="agrees", control=CONTRADICTS):
    return Prediction(
        id=identifier,
        quantity="some quantity of P_r & <others>",
        objective="alpha_gan(0.5, 1.2)",
        predicted=0.0,
        region=(0.0, 1.0),
        measured=0.5,
        interval=interval,
        control=Control(
            description="wrong", predicted=0.0, region=(0.0, 1.0), measured=3.5, interval=control
        ),
        expected=expected,
    )


@dataclass
class Stub:
    """An experiment that yields what it is given; an exception is raised in its place."""

    yields: tuple = ()
    ids: tuple = ()
    name: str = "stub"
    comparisons: int = 1
    log: list = field(default_factory=list)
    refuses: bool = False

    def predictions(self):
        return list(self.ids) or [item.id for item in self.yields if isinstance(item, Prediction)]

    def recorded(self):
        return tuple((p.id, p.expected) for p in self.yields if isinstance(p, Prediction))

    def check(self):
        self.log.append("check")
        if self.refuses:
            raise ValueError("this cannot run")

    def run(self, context):
        self.log.append("run")
        for item in self.yields:
            if isinstance(item, BaseException):
                raise item
            yield item


def preset_of(*experiments):
    return Preset(
        name="stub", summary="stand-ins", sections=(Section(title="T", text="Text", experiments=experiments),)
    )


def lines(folder):
    return [json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("items", "status"),
    [
        ([prediction("a"), prediction("b")], 0),
        ([prediction("a"), prediction("b", CONTRADICTS, "contradicts")], 0),
        ([prediction("a"), prediction("b", CONTRADICTS)], 1),
        ([prediction("a"), prediction("b", WIDE)], 1),
        ([prediction("a", control=WIDE)], 1),
        ([prediction("a", AGREES, "contradicts")], 1),
    ],
    ids=["agree", "known finding", "surprise", "too wide", "control passes", "finding gone"],
)
def test_exit_status_is_0_only_if_every_verdict_is_the_one_on_record(
    items, status, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(presets.PRESETS, "stub", preset_of(Stub(tuple(items))))
    assert app.main(["validate", "--preset", "stub", "--out", str(tmp_path / "out"), "--jobs", "1"]) == status
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == f"report: {tmp_path / 'out' / 'index.html'}"
    assert ("unexpected: " in printed) == (status == 1)
    page = (tmp_path / "out" / "index.html").read_text()
    assert ("known finding" in page) == any(p.known_finding for p in items)
    assert ("not as on record" in page) == (status == 1)


def test_an_interruption_loses_nothing(tmp_path):
    later = Stub((prediction("c"),))
    with pytest.raises(KeyboardInterrupt):
        run_preset(
            preset_of(Stub((prediction("a"),)), Stub((prediction("b"), KeyboardInterrupt())), later), tmp_path
        )
    assert [entry["id"] for entry in lines(tmp_path)] == ["a", "b"]
    assert later.log == ["check"]
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["complete"], report["as_expected"]) == (False, False)
    assert "Interrupted" in (tmp_path / "index.html").read_text()
    assert "Interrupted" in (tmp_path / "report.md").read_text()


def test_what_diverges_is_inconclusive_and_says_why(tmp_path):
    diverging = Stub((prediction("a"), FloatingPointError("the loss is nan at step 7")), ids=("a", "b"))
    result = run_preset(preset_of(diverging, Stub((prediction("c"),))), tmp_path)
    assert {p.id: p.verdict for p in result.predictions} == {
        "a": "agrees",
        "b": "inconclusive",
        "c": "agrees",
    }
    assert result.predictions["b"].note == "the loss is nan at step 7"
    assert not result.as_expected
    assert lines(tmp_path)[1]["measured"] is None, "NaN has no place in JSON"


def test_all_experiments_are_checked_before_any_runs(tmp_path):
    first, second = Stub((prediction("a"),)), Stub(refuses=True)
    with pytest.raises(ValueError, match="this cannot run"):
        run_preset(preset_of(first, second), tmp_path)
    assert first.log == ["check"]


@pytest.mark.parametrize("below", [(), ("deeper", "still")])
def test_an_output_folder_that_is_a_file_is_refused_before_any_work(tmp_path, capsys, below):
    file = tmp_path / "report"
    file.write_text("mine")
    stub = Stub((prediction("a"),))
    with pytest.raises(ValueError, match="is a file"):
        run_preset(preset_of(stub), file.joinpath(*below))
    assert stub.log == []
    assert app.main(["validate", "vanilla", "--out", str(file.joinpath(*below))]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: output folder")
    assert error.count("\n") == 1
    assert file.read_text() == "mine"


@pytest.mark.parametrize("settings", [{"seed": -1}, {"seed": 1.5}, {"seed": True}, {"jobs": 0}])
def test_bad_settings_are_refused(settings, tmp_path):
    with pytest.raises(ValueError, match=next(iter(settings))):
        run_preset(preset_of(Stub()), tmp_path, **settings)


def test_a_second_run_replaces_the_first(tmp_path):
    run_preset(preset_of(Stub((prediction("a"),))), tmp_path)
    run_preset(preset_of(Stub((prediction("b"),))), tmp_path)
    assert [entry["id"] for entry in lines(tmp_path)] == ["b"]
    assert "<code>a</code>" not in (tmp_path / "index.html").read_text()


def test_the_listener_hears_of_every_item(tmp_path):
    heard = []
    found = Measurement(id="m", quantity="q", objective="o", measured=1.0, interval=(0.0, 2.0))
    run_preset(
        preset_of(Stub((prediction("a"), found))),
        tmp_path,
        listener=lambda name, done, item: heard.append((name, done, item and item.id)),
    )
    assert heard == [("stub", 0.0, None), ("stub", 1.0, "a"), ("stub", 1.0, "m")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --preset demo"),
        (["vanilla", "--preset", "demo"], "not both"),
        (["--preset", "dem"], "did you mean 'demo'"),
        (["vanila"], "did you mean 'vanilla'"),
        (["wgan"], "critic"),
        (["--preset", "demo", "--seed", "-1"], "seed"),
    ],
)
def test_bad_command_lines_are_one_line_errors(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert app.main(["validate", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_list_names_presets_predictions_and_records(capsys):
    assert app.main(["validate", "--list"]) == 0
    printed = capsys.readouterr().out
    assert "flow-reaches/lsgan-0-1-0  (on record: contradicts)" in printed
    assert app.main(["validate", "--list", "--json"]) == 0
    listed = {entry["preset"]: entry["predictions"] for entry in json.loads(capsys.readouterr().out)}
    assert {"id": "flow-reaches/lsgan-0-1-0", "expected": "contradicts"} in listed["demo"]


def test_nothing_is_on_record_for_what_a_user_names():
    from dataclasses import replace

    from gantheory.validation import preset_of as of_objectives
    from gantheory.validation.run import _unmeasured

    chosen = of_objectives(["vanilla", "hinge"])
    for experiment in chosen.experiments:
        for name in experiment.predictions():
            assert _unmeasured(name, experiment, "diverged").expected is None
    ideal = replace(chosen.experiments[-1], expected="agrees")
    assert _unmeasured("ideal/hinge", ideal, "diverged").expected == "agrees"
