"""Names of the package gantheory.ntk."""

from __future__ import annotations


def test_a_function_keeps_its_name_whichever_is_imported_first(python):
    code = (
        "import gantheory.ntk.discriminator_flow, gantheory.ntk.kernels; import gantheory as gt;"
        "from gantheory.ntk.discriminator_flow import DiscriminatorFlow;"
        "print(gt.ntk.discriminator_flow.__name__, all(getattr(gt.ntk, name) for name in gt.ntk.__all__),"
        " gt.ntk.kernels.rbf.__name__)"
    )
    assert python("-c", code).out == "discriminator_flow True rbf\n"
