"""What verbs share: an objective in any form, losses by name, one spelling, and JSON."""

from __future__ import annotations

import json
import math
import re

import pytest

import gantheory as gt
from gantheory.cli.words import numbers, settled

PQ = ("--p", "0.5,0.5", "--q", "0.9,0.1")
MINE = """[loss.mine]
real = "-softplus(k - v)"
fake = "-softplus(v)"
generator = "softplus(-v)"
parameters = {k = 0.5}
"""
OWN = ("--real", "-softplus(-v)", "--fake=-softplus(v)", "--generator", "softplus(-v)")
PARSED = "parse(real='-softplus(-v)', fake='-softplus(v)', generator='softplus(-v)')"


@pytest.fixture
def losses(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(MINE)
    return str(file)


def _flow(cli, *args):
    done = cli("divergence", *args, *PQ, "--kind", "flow", "--json")
    assert done.status == 0, done.err
    return json.loads(done.out)["value"]


def test_every_form_of_an_objective_gives_the_same_number(cli, losses):
    # D_h of the non-saturating GAN is KL(Q||P) - 2 JSD.
    P, Q = (0.5, 0.5), (0.9, 0.1)
    half = [(p + q) / 2 for p, q in zip(P, Q, strict=True)]

    def kl(a, b):
        return math.fsum(x * math.log(x / y) for x, y in zip(a, b, strict=True))

    want = pytest.approx(kl(Q, P) - kl(P, half) - kl(Q, half), rel=1e-12)
    assert _flow(cli, "vanilla(saturating=False)") == want
    assert _flow(cli, "--objective", "vanilla(saturating=False)") == want
    assert _flow(cli, *OWN) == want
    assert _flow(cli, "mine(k=0)", "--losses", losses) == want
    assert _flow(cli, "mine", f"--losses={losses}") != want


def test_the_file_of_losses_counts_for_one_command(cli, losses):
    assert cli("derive", "--list", "--losses", losses).out.splitlines()[-1].split() == ["mine", "user"]
    done = cli("divergence", "mine", *PQ)
    assert done.status == 2 and "unknown objective 'mine'" in done.err


@pytest.mark.parametrize(
    ("verb", "args", "want"),
    [
        ("landscape", ["--objective", "hinge", "ntk", "--time=1,2"], ["ntk", "--times=1,2", "hinge"]),
        (
            "ntk",
            ["flow", "--time", "1", "--objective", "wgan"],
            ["flow", "--times", "1", "--objective", "wgan"],
        ),
        ("sweep", ["s.toml", "--time", "60"], ["s.toml", "--time", "60"]),
        ("explore", [*OWN], [PARSED]),
        ("derive", ["--latex", *OWN], ["--latex", PARSED]),
        ("check", ["gan-jsd"], ["gan-jsd"]),
    ],
)
def test_arguments_in_the_words_of_the_verb(verb, args, want):
    assert settled(verb, args) == (want, None)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--real", "v"), "an objective of your own needs also --fake, --generator"),
        (("--real", "v", "--real", "v"), "--real is given twice"),
        (("vanilla", *OWN), "give OBJECTIVE by name or by --real, --fake and --generator, not both"),
        (("vanilla", "--losses="), "--losses needs a value"),
        ((*OWN, "--domain", "1"), "--domain must be two numbers such as 0,inf, got '1'"),
        ((*OWN, "--link", "sigmod(v)"), "did you mean 'sigmoid'"),
    ],
)
def test_mistakes_are_one_line(cli, args, message):
    done = cli("divergence", *args, *PQ)
    assert (done.status, done.out) == (2, "") and done.err.count("\n") == 1
    assert message in done.err


def test_numbers_are_separated_by_commas_or_repeated():
    assert numbers(["1,2", "3"], "--times") == (1.0, 2.0, 3.0)
    with pytest.raises(ValueError, match="--times must be numbers separated by commas, got '1,x'"):
        numbers(["1,x"], "--times")


def test_json_says_version_command_and_files(cli, tmp_path):
    from gantheory import __version__

    file = tmp_path / "s.csv"
    args = ("landscape", "saturation", "vanilla", "--points", "9", "--out", str(file), "--json")
    found = json.loads(cli(*args).out)
    assert found["files"] == [str(file)] and found["version"] == __version__
    assert found["command"] == " ".join(("gantheory", *args))


def test_lines_are_broken_below_their_column():
    from gantheory.support.lines import wrapped

    assert wrapped("a short line") == "a short line"
    words = " ".join(["word"] * 30)
    lines = wrapped(f"  label           {words}").splitlines()
    assert all(len(line) <= 80 for line in lines) and len(lines) == 3
    assert lines[1].startswith(" " * 18 + "word") and " ".join(" ".join(lines).split()) == f"label {words}"
    lines = wrapped(f"  {words}").splitlines()
    assert lines[0].startswith("  word") and lines[1].startswith("      word")
    path = "/a/folder/" + "x" * 100
    assert wrapped(f"report: {path}").splitlines()[-1].strip() == path


@pytest.mark.parametrize(
    "command", [("derive", "alpha_gan(0.37219, 1.3)"), ("figures", "--list"), ("check", "--list")]
)
def test_printed_lines_fit_into_80_columns(cli, command):
    done = cli(*command)
    assert done.status == 0 and max(map(len, done.out.splitlines())) <= 80


def test_the_list_of_objectives_hangs_in_its_second_column(cli):
    lines = cli("derive", "--list").out.splitlines()
    column = lines[0].index("Goodfellow")
    assert all(len(line) <= 80 for line in lines)
    assert all(line[:column].strip() == "" or line[column - 1] == " " for line in lines)
    assert any(not line[:column].strip() for line in lines)  # some are broken, below the second column


def test_a_page_writes_infinities_as_they_are_typed(cli):
    page = cli("derive", "alpha_gan(inf, 2)").out
    assert "alpha_gan(inf, 2)" in page and "v = -inf and v = inf" in " ".join(page.split())
    assert not re.search(r"\boo\b", page)
    assert (
        json.loads(cli("derive", "alpha_gan(inf, 2)", "--json").out)["divergences"]["flow"]["at_zero"] == "1"
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: gt.ntk.kernels.mlp(kind="xyzzy"),
        lambda: gt.ntk.kernels.mlp(activation="xyzzy"),
        lambda: gt.landscape.parameter("vanilla", name="xyzzy"),
        lambda: gt.derive(gt.objectives.vanilla()).convexity("xyzzy"),
        lambda: gt.objectives.fgan("xyzzy"),
    ],
)
def test_a_message_lists_the_choices_once(call):
    with pytest.raises(ValueError, match="must be one of") as refused:
        call()
    words = re.findall(r"\w+", str(refused.value))
    assert "known" not in words
    listed = str(refused.value).split("must be one of ")[1].split(", got")[0].split(", ")
    assert all(words.count(name) == 1 for name in listed if name.isidentifier())


@pytest.mark.parametrize(
    "args, said",
    [
        (("landscape", "vanilla"), "KIND must be one of saturation, alpha, .*, got 'vanilla'"),
        (("divergence", "vanilla", *PQ, "--kind", "f"), "--kind must be one of equilibrium, .*, got 'f'"),
        (("divergence", "vanilla", *PQ, "--dps=1.5"), "--dps must be a valid integer, got '1.5'"),
        (("landscape", "saturation", "vanilla", "--points", "2"), "--points must be greater .* 3, got '2'"),
    ],
)
def test_a_value_that_typer_refuses_is_said_in_one_form(cli, args, said):
    done = cli(*args)
    assert done.status == 2 and re.match(f"error: {said}; see gantheory", done.err), done.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("train", "ring", "alpha_gan(1, 1)", "--steps", "3", "r1(0.1)"),
            "train takes only DATA, got also 'alpha_gan(1, 1)' 'r1(0.1)'; "
            "write --objective 'alpha_gan(1, 1)' --remedies 'r1(0.1)'",
        ),
        (
            ("ntk", "flow", "ring", "vanilla"),
            "ntk takes only ACTION and DATA, got also 'vanilla'; write --objective vanilla",
        ),
        (
            ("divergence", "vanilla", ".5,.5", ".9,.1"),
            "divergence takes only OBJECTIVE, got also '.5,.5' '.9,.1'; write --p .5,.5 --q .9,.1",
        ),
        (("derive", "lsgan(0,", "1)"), "got also '1)'; put a call in quotes, such as \"lsgan(0, 1, 1)\""),
        (("design", "kl"), "design takes only options, got also 'kl'"),
        (("sweep", "a.toml", "b"), "sweep takes only FILE, got also 'b'"),
    ],
)
def test_an_argument_too_many_is_answered_with_what_the_verb_takes(cli, args, said):
    done = cli(*args)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: {done.err[7:]}" and done.err.count("\n") == 1
    assert f"{said}; see gantheory {args[0]} --help" in done.err and "unexpected" not in done.err
