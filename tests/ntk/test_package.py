"""Names of the package gantheory.ntk."""

from __future__ import annotations


def test_no_module_takes_the_name_of_a_function(python):
    # Python binds a submodule to its name in the package once it is imported, over whatever had the name.
    code = (
        "import importlib, pkgutil, gantheory.ntk as ntk;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(ntk.__path__, 'gantheory.ntk.')];"
        "values = {n: getattr(ntk, n) for n in ntk.__all__};"
        "print([n for n, x in values.items() if type(x) is not type(ntk) and not callable(x)],"
        " ntk.kernels.rbf.__name__, ntk.neural_tangents.load.__name__)"
    )
    assert python("-c", code).out == "[] rbf load\n"
