"""``gantheory identify``: modules of the working folder, its answer as text and JSON, and what it refuses."""

from __future__ import annotations

import json
import sys
import uuid

import pytest

GOOD = """
import torch.nn.functional as F
def d_loss(real, fake):
    return F.mse_loss(real, real * 0 + 1) + F.mse_loss(fake, fake * 0)
def g_loss(fake):
    return F.mse_loss(fake, fake * 0 + 1)
def wrong(fake):
    return F.mse_loss(fake, fake * 0)
number = 3
def penalty(net, real, fake):
    real = real.requires_grad_()
    [gradient] = __import__("torch").autograd.grad(net(real).sum(), real, create_graph=True)
    return 5 * gradient.pow(2).flatten(1).sum(1).mean()
def pull(codes):
    unit = codes / codes.norm(dim=1, keepdim=True)
    return ((unit @ unit.T).sum() - len(codes)) / (len(codes) * (len(codes) - 1))
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module into the working folder and return its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")  # importlib's caches forget folders

    def write(text):
        name = f"losses_{uuid.uuid4().hex}"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    for name in [name for name in sys.modules if name.startswith("losses_")]:
        del sys.modules[name]


def test_text_and_json_say_the_same(cli, module):
    name = module(GOOD)
    done = cli("identify", f"{name}:d_loss", f"{name}:g_loss")
    assert (done.status, done.err) == (0, "")
    assert "objective   lsgan(0, 1, 1)" in done.out and "nothing found wrong" in done.out
    assert "ideal loss  0.5 is" in done.out and max(map(len, done.out.splitlines())) <= 80
    answer = json.loads(cli("identify", f"{name}:d_loss", f"{name}:g_loss", "--json").out)
    assert answer["name"] == "lsgan(0, 1, 1)" and answer["findings"] == []
    assert answer["ideal_loss"] == pytest.approx(0.5) and answer["parameters"]["factor_d"] == pytest.approx(2)


def test_findings_make_the_exit_status(cli, module):
    name = module(GOOD)
    done = cli("identify", f"{name}:d_loss", f"{name}:wrong")
    assert done.status == 1 and "labels that leave the data: " in done.out
    answer = json.loads(cli("identify", f"{name}:d_loss", f"{name}:wrong", "--json").out)
    assert [each["kind"] for each in answer["findings"]] == ["labels that leave the data"]


def test_a_penalty_is_read_beside_the_losses(cli, module):
    name = module(GOOD)
    losses = (f"{name}:d_loss", f"{name}:g_loss")
    done = cli("identify", *losses, "--penalty", f"{name}:penalty")
    assert done.status == 0 and "gradient penalty at real points, weight 5, target 0" in done.out
    done = cli("identify", *losses, "--penalty", f"{name}:penalty", "--shape", "1", "--shape", "7", "--json")
    assert json.loads(done.out)["penalty"]["shape"] == [1, 7]
    answer = json.loads(cli("identify", *losses, "--penalty", f"{name}:pull", "--json").out)
    assert [each["kind"] for each in answer["penalty"]["findings"]] == ["pulling-away term without square"]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("losses", "D_LOSS must be module:function"),
        ("__import__('os').system('x'):f", "D_LOSS must be module:function"),
        ("losses:f()", "D_LOSS must be module:function"),
        ("no_such_module_:f", "ModuleNotFoundError: No module named 'no_such_module_'"),
        ("{name}:d_los", "did you mean 'd_loss'"),
        ("{name}:number", "must name a function, got int"),
    ],
)
def test_what_names_no_function_is_refused(cli, module, place, says):
    name = module(GOOD)
    done = cli("identify", place.format(name=name), f"{name}:g_loss")
    assert done.status == 2 and says in done.err and done.err.count("\n") == 1


def test_a_module_that_breaks_tells_its_own_error(cli, module):
    name = module("import math\nx = 1 / 0\n")
    done = cli("identify", f"{name}:d_loss", f"{name}:g_loss")
    assert done.status == 2
    assert "ZeroDivisionError: division by zero" in done.err and "line 2" in done.err
