"""Losses of a TOML file under their names."""

from __future__ import annotations

import pytest
import sympy as sp

from gantheory.objectives import from_spec, to_spec, v
from gantheory.objectives.named import read_losses

TABLE = '[loss.mine]\nreal = "-softplus(k - v)"\nfake = "-softplus(v)"\ngenerator = "softplus(-v)"\n'


@pytest.fixture
def file(tmp_path, monkeypatch):
    place = tmp_path / "losses.toml"
    place.write_text(TABLE + 'link = "sigmoid(v)"\ndomain = [-5, inf]\nparameters = {k = 0.5}\n')
    monkeypatch.setenv("GANTHEORY_LOSSES", str(place))
    return place


def test_a_name_and_its_parameters(file):
    mine = from_spec("mine")
    assert (mine.name, mine.domain) == ("mine", (-5, sp.oo))
    assert -sp.log(1 + sp.exp(sp.Rational(1, 2) - v)) == mine.A
    assert -sp.log(1 + sp.exp(2 - v)) == from_spec("mine(k=2)").A
    assert from_spec("mine(k=2)").name == "mine(k=2)"


def test_what_is_stored_does_not_need_the_file(file, monkeypatch):
    mine = from_spec("mine")
    text = to_spec(mine)
    monkeypatch.delenv("GANTHEORY_LOSSES")
    read = from_spec(text)
    assert all(getattr(read, role) == getattr(mine, role) for role in ("A", "B", "R", "S", "link", "domain"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine(2)", r"give its parameters by name, such as mine\(k=2\)"),
        ("mine(kk=2)", "has no parameter 'kk'; did you mean 'k'"),
        ("mina", "unknown objective 'mina'; did you mean 'mine'"),
    ],
)
def test_wrong_use_is_named(file, text, message):
    with pytest.raises(ValueError, match=message):
        from_spec(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"holds no table such as \[loss.mine\]"),
        ("[losses.a]", "unknown table 'losses'"),
        ("[loss]\nvanilla = 1", "has the name of a built-in objective"),
        ("[loss]\nmine = 1", "must be a table, got 1"),
        ('[loss."a b"]', "must be named by letters, digits and _"),
        ("[loss.a]\nrael = 'v'", "unknown key 'rael'; did you mean 'real'"),
        ("[loss.a]\nreal = 'v'", "fake is missing"),
        (TABLE + "domain = 3", r"domain must be two numbers such as \[0, inf\], got 3"),
        (TABLE + "link = 3", "link must be text, got 3"),
        (TABLE + "parameters = 3", "parameters must be a table"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, content, message):
    place = tmp_path / "x.toml"
    place.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_losses(place)


def test_nothing_in_the_file_is_executed(tmp_path, monkeypatch):
    place = tmp_path / "x.toml"
    place.write_text("[loss.mine]\nreal = 'v'\nfake = '-v'\ngenerator = '__import__(1)'\n")
    monkeypatch.setenv("GANTHEORY_LOSSES", str(place))
    with pytest.raises(ValueError, match=r"generator .* function '__import__' is not allowed"):
        from_spec("mine")
