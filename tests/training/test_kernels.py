"""Flat networks, heads, optimizers, precision and lanes, each against autograd or a closed form."""

import itertools
import math
import shutil

import mpmath
import pytest
import torch

from gantheory import objectives
from gantheory.objectives.torch_loss import batch_losses
from gantheory.training import RingConfig
from gantheory.training.engines import lanes
from gantheory.training.engines.by_hand.adam import FusedAdam, MaskedAdam
from gantheory.training.engines.by_hand.heads import AlphaHead, Heads, LoweredHead, alpha_exponents
from gantheory.training.engines.by_hand.mlp import ACTIVATIONS, FlatMLP
from gantheory.training.engines.hardware.precision import onednn_is_exact, product_precision
from gantheory.training.engines.lanes import step_operations
from gantheory.training.networks import ACTIVATIONS as NETWORK_ACTIVATIONS
from gantheory.training.networks import StackedMLP


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_activation_has_a_backward_pass():
    assert set(ACTIVATIONS) == set(NETWORK_ACTIVATIONS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("rows", [(0, 1, 2), (2, 0, 2, 1)])
def test_flat_passes_are_autograd(activation, rows):
    stacked = StackedMLP((3, 1, 7), (2, 9, 5, 3), activation, dtype=torch.float64)
    flat = FlatMLP(stacked, rows)
    x = torch.randn(len(rows), 11, 2, dtype=torch.float64, generator=generator())
    leaves = [block[list(rows)].detach().requires_grad_() for block in (*stacked.weights, *stacked.biases)]
    y = x.clone().requires_grad_()
    out = y
    for layer in range(3):
        out = torch.baddbmm(leaves[3 + layer], out, leaves[layer])
        out = NETWORK_ACTIVATIONS[activation](out) if layer < 2 else out
    delta = torch.randn(out.shape, dtype=torch.float64, generator=generator(1))
    expected = torch.autograd.grad(out, [*leaves, y], delta)
    with torch.no_grad():
        torch.testing.assert_close(flat.forward(x), out.detach())
        torch.testing.assert_close(flat.evaluate(x), out.detach())
        pulled = flat.backward(11, delta, weights=True, inputs=True)
    torch.testing.assert_close(pulled, expected[-1])
    for ours, theirs in zip(flat.gradient_blocks, expected[:-1], strict=True):
        torch.testing.assert_close(ours, theirs)


def test_weights_gradients_are_left_alone_when_not_asked_for():
    flat = FlatMLP(StackedMLP((0,), (2, 4, 1)), [0])
    flat.gradients.fill_(7)
    with torch.no_grad():
        flat.forward(torch.ones(1, 3, 2))
        flat.backward(3, torch.ones(1, 3, 1), weights=False, inputs=True)
        assert (flat.gradients == 7).all()
        assert flat.backward(3, torch.ones(1, 3, 1), weights=True, inputs=False) is None


def alpha_head(pairs, numerics="stable", dtype=torch.float64):
    head = Heads([objectives.alpha_gan(*pair) for pair in pairs], numerics, dtype, "cpu").parts[0][1]
    assert isinstance(head, AlphaHead)
    return head


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_clamped_alpha_head_at_1_is_binary_cross_entropy(dtype):
    """Slopes are autograd's through torch.nn.BCELoss, also where D is 0 or 1; others keep the clamp."""
    scores = torch.tensor([-200, -110, -99, -50, -28, -27, -20, -17, 0, 9, 16.5, 17.2, 17.4, 40], dtype=dtype)
    raw = scores.repeat(3, 2)
    head = alpha_head([(1, 1, True), (1, 2, False), (2, 1, False)], "clamped", dtype)
    d_loss, d_slope = head.discriminator(raw, len(scores))
    g_loss, g_slope = head.generator(scores.repeat(3, 1), None)
    bce = torch.nn.BCELoss()

    def by_torch(*labels):
        leaves = [scores.clone().requires_grad_() for _ in labels]
        loss = sum(
            bce(torch.sigmoid(leaf), torch.full_like(leaf, label))
            for leaf, label in zip(leaves, labels, strict=True)
        )
        return loss.detach(), torch.cat(torch.autograd.grad(loss, leaves))

    close = {"rtol": 1e-6, "atol": 0}
    for k in (0, 1):
        loss, slope = by_torch(1.0, 0.0)
        torch.testing.assert_close(d_loss[k], loss, **close)
        torch.testing.assert_close(d_slope[k], slope, **close)
    for k, label, sign in ((0, 0.0, -1), (2, 1.0, 1)):
        loss, slope = by_torch(label)
        torch.testing.assert_close(g_loss[k], sign * loss, **close)
        torch.testing.assert_close(g_slope[k], sign * slope, **close)
    beyond = raw[0].abs() > math.log((1 - 1e-7) / 1e-7)
    assert (d_slope[2][beyond] == 0).all() and (d_slope[2][~beyond] != 0).all()
    assert (d_slope[0][beyond] != 0).any()


PAIRS = [(0.3, 2, True), (1, 1, False), (math.inf, 0.5, False), (5, 1, True), (1, math.inf, True)]


@pytest.mark.parametrize("numerics", ["stable", "clamped"])
def test_alpha_head_is_the_lowered_objective(numerics):
    raw = torch.linspace(-30, 25, 5 * 24, dtype=torch.float64).reshape(24, 5).T.contiguous()
    head = alpha_head(PAIRS, numerics)
    for k, pair in enumerate(PAIRS):
        lowered = LoweredHead(batch_losses(objectives.alpha_gan(*pair), numerics))
        for ours, theirs in (
            (head.discriminator(raw, 10), lowered.discriminator(raw[k : k + 1], 10)),
            (head.generator(raw, None), lowered.generator(raw[k : k + 1], None)),
        ):
            for a, b in zip(ours, theirs, strict=True):
                # 1e-12 of PyTorch's binary cross entropy is a float32 number, 4e-9 smaller.
                torch.testing.assert_close(a[k], b[0], rtol=6e-9, atol=1e-300)


@pytest.mark.parametrize("score", [-80.0, -20.0, -1.0, 3.0, 40.0])
@pytest.mark.parametrize("pair", [(math.inf, 1, False), (0.5, 2, False), (1, 0.4, True)])
def test_alpha_head_in_float32_is_accurate_where_expm1_would_be_flat(score, pair):
    """The derivative of the discriminator's loss at one real score, against 40 digits."""
    raw = torch.tensor([[score, 0.0]])
    slope = alpha_head([pair], dtype=torch.float32).discriminator(raw, 1)[1][0, 0].item()
    with mpmath.workdps(40):
        v, c = mpmath.mpf(score), mpmath.mpf(1) if pair[0] == math.inf else 1 - 1 / mpmath.mpf(pair[0])
        right = 1 / (1 + mpmath.exp(-v))
        expected = -(right**c) * (1 - right)
    assert slope == pytest.approx(float(expected), rel=3e-5)


def test_heads_tell_alpha_losses_by_what_they_are():
    v = objectives.v
    impostor = objectives.Objective(name="vanilla", A=v, B=-v, R=objectives.vanilla().R, S=-v)
    assert alpha_exponents(impostor) is None
    assert alpha_exponents(objectives.lsgan()) is None
    assert alpha_exponents(objectives.vanilla()) == (0, 0, -1)
    assert alpha_exponents(objectives.alpha_gan(math.inf, 0.5, saturating=False)) == (1, -1, 1)


def test_heads_group_neighbors():
    members = [objectives.vanilla(), objectives.alpha_gan(2, 3), objectives.lsgan(), objectives.lsgan()]
    heads = Heads([*members, objectives.vanilla()], "stable", torch.float64, "cpu")
    assert [part for part, _ in heads.parts] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert not heads.needs_real


def reference_adam(start, gradients, betas=(0.9, 0.99)):
    parameter = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([parameter], lr=1e-2, betas=betas)
    for gradient in gradients:
        parameter.grad = gradient
        optimizer.step()
    return parameter.detach()


def test_both_updates_are_adam_and_leave_dead_members():
    gradients = [torch.randn(3, 21, dtype=torch.float64, generator=generator(k)) for k in range(6)]
    start = StackedMLP((0, 1, 2), (2, 4, 1), dtype=torch.float64)  # 17 parameters a member

    def split(rows):
        return [
            rows[:, :8].reshape(3, 2, 4),
            rows[:, 8:12].reshape(3, 4, 1),
            rows[:, 12:16, None].mT,
            rows[:, 16:17, None],
        ]

    ends = []
    for kind in (FusedAdam, MaskedAdam):
        network = FlatMLP(start, range(3))
        before = [block.clone() for block in network.blocks]
        adam = (
            kind(network, 1e-2, (0.9, 0.99))
            if kind is FusedAdam
            else kind(network, 1e-2, (0.9, 0.99), compile_update=False)
        )
        for step, gradient in enumerate(gradients):
            for block, value in zip(network.gradient_blocks, split(gradient), strict=True):
                block.copy_(value)
                if step >= 3:
                    block[1] = 0 if kind is FusedAdam else math.nan
            if kind is FusedAdam:
                if step == 3:
                    adam.freeze(1)
                adam.step()
            else:
                adam.step(torch.tensor([True, step < 3, True]))
        expected = [
            reference_adam(block, [split(gradient)[k] for gradient in gradients])
            for k, block in enumerate(before)
        ]
        stopped = [
            reference_adam(block, [split(gradient)[k] for gradient in gradients[:3]])
            for k, block in enumerate(before)
        ]
        for block, full, short in zip(network.blocks, expected, stopped, strict=True):
            torch.testing.assert_close(block[[0, 2]], full[[0, 2]], rtol=1e-12, atol=0)
            torch.testing.assert_close(block[1], short[1], rtol=1e-12, atol=0)
        ends.append(network.parameters.clone())
    torch.testing.assert_close(*ends, rtol=1e-12, atol=0)


@pytest.fixture(scope="module")
def compiler():
    """Whether torch.compile works here, which takes a C++ compiler."""
    if shutil.which("c++") is None and shutil.which("g++") is None:
        pytest.skip("no C++ compiler")


@pytest.mark.slow
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_compiled_passes_are_the_plain_ones(compiler, activation, half):
    """What a GPU runs, compiled for the CPU: for several numbers of rows and members, also one."""
    for seeds in ((3, 1, 7), (4,)):
        stacked = StackedMLP(seeds, (2, 9, 5, 3), activation)
        plain, fused = (FlatMLP(stacked, range(len(seeds)), half, fused=on) for on in (False, True))
        assert fused._fused is not None
        for rows in (11, 4):
            x = torch.randn(len(seeds), rows, 2, generator=generator())
            close = {"rtol": 2e-2, "atol": 2e-2} if half else {"rtol": 1e-5, "atol": 1e-6}
            with torch.no_grad():
                both = [each.forward(x).clone() for each in (plain, fused)]
                torch.testing.assert_close(*both, **close)
                for weights in (True, False):
                    pulled = [
                        each.backward(rows, both[0].float(), weights=weights, inputs=True).clone()
                        for each in (plain, fused)
                    ]
                    torch.testing.assert_close(*pulled, **close)
            torch.testing.assert_close(plain.gradients, fused.gradients, **close)


@pytest.mark.slow
def test_the_compiled_update_is_the_plain_one(compiler):
    for members in (3, 1):
        networks = [FlatMLP(StackedMLP(range(members), (2, 5, 1)), range(members)) for _ in range(2)]
        updates = [
            MaskedAdam(network, 1e-2, (0.9, 0.99), on)
            for network, on in zip(networks, (True, False), strict=True)
        ]
        for step in range(4):
            gradient = torch.randn(networks[0].gradients.shape, generator=generator(step))
            for network, update in zip(networks, updates, strict=True):
                network.gradients.copy_(gradient)
                with torch.no_grad():
                    update.step(torch.arange(members) != 1)
        torch.testing.assert_close(*(each.parameters for each in networks), rtol=1e-6, atol=1e-8)


def test_a_compiler_that_is_missing_is_a_warning(monkeypatch):
    def compile_nothing(function, **_):
        def fail(*_):
            raise RuntimeError("Failed to find C compiler.\nPlease specify via CC.")

        return fail

    monkeypatch.setattr(torch, "compile", compile_nothing)
    with pytest.warns(UserWarning, match=r"torch\.compile fails here, training is slower without: Failed to"):
        network = FlatMLP(StackedMLP((0, 1), (2, 5, 1)), range(2), fused=True)
    with pytest.warns(UserWarning, match="torch.compile fails here"):
        adam = MaskedAdam(network, 1e-2, (0.9, 0.99))
    plain = FlatMLP(StackedMLP((0, 1), (2, 5, 1)), range(2))
    x = torch.randn(2, 7, 2, generator=generator())
    with torch.no_grad():
        outputs = []
        for each in (network, plain):
            outputs.append(each.forward(x).clone())
            each.backward(7, torch.ones(2, 7, 1), weights=True, inputs=False)
        torch.testing.assert_close(*outputs)
        torch.testing.assert_close(network.gradients, plain.gradients)
        before = network.parameters.clone()
        adam.step(torch.tensor([True, False]))
    moved = [(a != b).any((1, 2)) for a, b in zip(network.blocks, network.views(before), strict=True)]
    assert all(not each[1] for each in moved) and any(each[0] for each in moved)


def test_tf32_is_set_whichever_switch_was_used_before():
    """Who sets the newer switch cannot read the older one: PyTorch raises."""
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    if not hasattr(convolutions, "conv"):
        pytest.skip("this PyTorch has one switch")
    switches = (products, convolutions.conv, convolutions.rnn)
    first = [each.fp32_precision for each in switches]
    try:
        for before in (["ieee"] * 3, ["tf32"] * 3, ["ieee", "tf32", "ieee"], first):
            for each, value in zip(switches, before, strict=True):
                each.fp32_precision = value
            for precision, expected in (("tf32", True), ("float32", False), ("bfloat16", False)):
                with product_precision(precision, "cuda"):
                    assert products.allow_tf32 is convolutions.allow_tf32 is expected
                    assert (torch.get_float32_matmul_precision() == "high") is expected
                assert [each.fp32_precision for each in switches] == before
    finally:
        products.allow_tf32, convolutions.allow_tf32 = False, True
        for each, value in zip(switches, first, strict=True):
            each.fp32_precision = value


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_products_are_float32_and_settings_return(precision):
    before = getattr(getattr(torch.backends.mkldnn, "matmul", None), "fp32_precision", None)
    a, b = (torch.randn(2, 200, 200, generator=generator(k)) for k in range(2))
    with product_precision(precision, "cpu"):
        product = torch.bmm(a, b)
    # Sums of 200 products of standard normal numbers: the error of bfloat16 factors would be 0.05.
    assert (product - (a.double() @ b.double())).abs().max() < 2e-4
    assert getattr(getattr(torch.backends.mkldnn, "matmul", None), "fp32_precision", None) == before
    assert onednn_is_exact() in (True, False)


def test_operations_are_counted():
    config = RingConfig(objective=objectives.vanilla())
    assert step_operations(config) == pytest.approx(618e6, rel=0.005)  # the number of the published sizes
    small = RingConfig(
        objective=objectives.vanilla(), discriminator_hidden=(3,), generator_hidden=(4,), batch=5
    )
    forward = 2 * 5 * (2 * 4 + 4 * 2)
    g = forward + forward + 2 * 5 * 4 * 2
    d_forward = 2 * 5 * (2 * 3 + 3)
    d = 2 * (d_forward + d_forward + 2 * 5 * 3) + 2 * d_forward
    assert step_operations(small) == g + d


def test_lanes_are_one_ensemble(monkeypatch):
    """Three lanes, of 2, 1 and 2 members, agree with one; a state of three goes on in one."""
    config = RingConfig(
        objective=[objectives.vanilla(), objectives.lsgan()],
        seeds=(6, 0),
        train_samples=100,
        batch=30,
        discriminator_hidden=(6,),
        generator_hidden=(5,),
        dtype="float64",
        epochs=10,
    )
    one = lanes.Lanes(config)
    assert len(one.ensembles) == 1  # too little work for more
    threads = torch.get_num_threads()
    monkeypatch.setattr(lanes, "_WORTH_A_LANE", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    try:
        three = lanes.Lanes(config)
        assert [len(each.members) for each in three.ensembles] == [1, 2, 1]
        for steps in (5, 6):
            for ours, theirs in zip(one.advance(steps), three.advance(steps), strict=True):
                torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)
        state = three.state()
        from_one = lanes.Lanes(config, one.state())
        assert from_one.step == 11 and len(from_one.ensembles) == 3
        later = from_one.advance(9)
        monkeypatch.undo()
        resumed = lanes.Lanes(config, state)
        assert resumed.step == 11 and len(resumed.ensembles) == 1
        for ours, theirs, split in zip(one.advance(9), resumed.advance(9), later, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)
            torch.testing.assert_close(ours, split, rtol=1e-9, atol=0)
    finally:
        torch.set_num_threads(threads)


def test_an_error_in_a_lane_stops_the_others(monkeypatch):
    config = RingConfig(
        objective=objectives.vanilla(), seeds=(0, 1), train_samples=100, batch=50, epochs=10**6
    )
    threads = torch.get_num_threads()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    try:
        both = lanes.Lanes(config)
        calls = itertools.count()

        def fail(real, noise):
            if next(calls) == 2:
                raise RuntimeError("broken lane")
            return torch.zeros(1), torch.zeros(1)

        both._steps[0] = fail
        with pytest.raises(RuntimeError, match="broken lane"):
            both.advance(10**6)  # weeks, were the other lane not told
    finally:
        torch.set_num_threads(threads)
