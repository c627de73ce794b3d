"""The verb check: selection, filters, output, exit status, wrong input."""

from __future__ import annotations

import json
import shlex

import pytest
import sympy as sp

from gantheory.claims import Equal, catalogue, claim, registry
from gantheory.cli.verbs import check
from gantheory.derivation.algebra.symbols import u


def test_named_claims_as_json(cli):
    done = cli("check", "gan-jsd", "gan-optimum", "--json")
    assert (done.status, done.err) == (0, "")
    first, second = json.loads(done.out)
    assert (first["id"], second["id"]) == ("gan-jsd", "gan-optimum")
    assert first["verdict"] == first["expected"] == "holds"
    assert first["method"] == "computer algebra"
    assert first["kind"] == "equality"
    assert "Theorem 1" in first["source"]
    assert first["seconds"] > 0


def test_text_shows_a_line_a_claim_and_a_summary(cli):
    done = cli("check", "gan-jsd", "er-sigma0")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split()[:3] == ["holds", "gan-jsd", "computer"]
    assert "mathematics" not in lines[0]
    assert any(line.startswith("fails") and "mathematics: sigma(0) = 0" in line for line in lines)
    assert " ".join(" ".join(lines[lines.index("") :]).split()).startswith(
        "2 claims, 1 on objects of this package and 1 statement of pure mathematics: "
        "1 holds (1 computer algebra); 1 fails (1 computer algebra); 0 not as on record; "
    )


def test_filters_by_paper_and_kind(cli):
    done = cli("check", "--list", "--paper", "goodfellow-2014", "--json")
    assert {item["paper"] for item in json.loads(done.out)} == {"goodfellow-2014"}
    done = cli("check", "--list", "--kind", "erratum", "--json")
    assert {item["kind"] for item in json.loads(done.out)} == {"erratum"}
    everything = json.loads(cli("check", "--list", "--json").out)
    assert [item["id"] for item in everything] == list(registry())
    assert all(item["latex"] and item["source"] and item["statement"] for item in everything)


def test_the_errata_report_gives_evidence_and_what_would_hold(cli):
    done = cli("check", "--errata", "--paper", "goodfellow-2014", "er-28", "er-sigma0")
    assert done.status == 2  # none of these is of that paper
    done = cli("check", "--errata", "er-28", "er-sigma0", "gan-jsd")
    assert done.status == 0
    assert "gan-jsd" not in done.out
    assert "would hold  alpha_G > alpha_D/2" in done.out
    assert "evidence    computed 0.5, claimed 0.0" in done.out


def test_at_a_value_of_a_parameter(cli):
    done = cli("check", "fS-form", "--at", "alpha_D=1/2", "--at", "alpha_G=3", "--json")
    assert done.status == 0
    assert json.loads(done.out)[0]["verdict"] == "holds"
    outside = cli("check", "fS-form", "--at", "alpha_G=1", "--json")
    assert outside.status == 3  # the record is not about this point, and nothing was checked
    result = json.loads(outside.out)[0]
    assert result["as_expected"] is None
    assert result["verdict"] == "undecided"
    assert "outside the assumptions" in result["reason"] and "alpha_G" in result["reason"]


def test_a_verdict_off_the_record_counts_more_than_a_point_outside(cli, monkeypatch):
    alpha = sp.Symbol("alpha", positive=True)

    @claim("outside", "equality", source="here", statement="x", parameters=[alpha], assumptions=[alpha > 1])
    def outside(alpha):
        return Equal(alpha, alpha)

    @claim("wrong", "equality", source="here", statement="x", parameters=[alpha])
    def wrong(alpha):
        return Equal(alpha, 2 * alpha)

    monkeypatch.setattr(catalogue, "registry", lambda: {"outside": outside, "wrong": wrong})
    assert cli("check", "outside", "--at", "alpha=2").status == 0
    assert cli("check", "outside", "--at", "alpha=1/2").status == 3
    assert cli("check", "outside", "wrong", "--at", "alpha=1/2").status == 1


def test_a_verdict_off_the_record_ends_with_status_one(cli, monkeypatch):
    @claim("wrong", "equality", source="here", statement="u = 2 u")
    def wrong():
        return Equal(u, 2 * u)

    @claim("right", "equality", source="here", statement="u = u", expected="fails")
    def right():
        return Equal(u, u)

    for made in (wrong, right):
        monkeypatch.setattr(catalogue, "registry", lambda made=made: {made.id: made})
        done = cli("check", made.id, "--jobs", "1")
        assert done.status == 1
        assert f"<-- {made.expected} on record" in done.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("gan-jds",), "unknown claim 'gan-jds'; did you mean 'gan-jsd'"),
        (("FS-form",), "did you mean 'fS-form'"),
        (("--paper", "goodfelow-2014"), "did you mean 'goodfellow-2014'"),
        (("--kind", "iif"), "did you mean 'iff'"),
        (("gan-jsd", "--kind", "limit"), "no claim is left"),
        (("gan-jsd", "--at", "alpha=2"), "unknown parameter 'alpha'"),
        (("fS-form", "--at", "alpha_D"), "--at must be NAME=VALUE"),
        (("fS-form", "--at", "alpha_D=__import__('os')"), "alpha_D"),
        (("fS-form", "--at", "alpha_D=x"), "unknown name 'x'"),
        (("fS-form", "--at", "alpha_D=2", "--at", "alpha_D=3"), "--at gives alpha_D twice: 2 and 3"),
        (("--markdown", "--json"), "--markdown"),
        (("--regions", "gan-jsd"), "--regions goes with --out and --json only"),
        (("--jobs", "0"), "jobs"),
        (("gan-jsd", "--seed", "-1"), "seed"),
    ],
)
def test_wrong_input_is_one_line(cli, args, message):
    done = cli("check", *args)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_help_shows_examples_that_run(cli):
    done = cli("check", "--help")
    assert done.status == 0
    assert "gantheory check --errata" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


WHOLE = ("gantheory check", "--errata", "--certificates")  # runs of all claims
QUICK = [example for example in check.EXAMPLES if not example.endswith(WHOLE[:2]) and WHOLE[2] not in example]


# Slow: regions are drawn in tests/plotting, and the claims of another paper run in test_readme.
@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, marks=pytest.mark.slow)
        if "--regions" in example or "--paper" in example
        else example
        for example in QUICK
    ],
)
def test_examples_of_the_help_run(cli, monkeypatch, tmp_path, example):
    monkeypatch.chdir(tmp_path)
    done = cli(*shlex.split(example)[1:])
    assert (done.status, done.err) == (0, "")
    assert done.out


@pytest.mark.slow
def test_everything_as_the_program_runs_it(python):
    """Every claim runs in the fast tests too; experiments/benchmarks/claims.py measures the time."""
    done = python("-m", "gantheory", "check", "--json", timeout=600)
    assert done.status == 0
    assert len(json.loads(done.out)) == len(registry())
