"""Bookkeeping of CUDA graphs, with stand-ins for CUDA: every call is one step, on the inputs that it got."""

from contextlib import contextmanager, nullcontext

import pytest
import torch

from gantheory.training.engines.hardware.graphs import GraphedStep


class Recorder:
    """In place of an ensemble: notes the sums of the inputs of every step that runs."""

    device = torch.device("cpu")

    def __init__(self):
        self.steps = []
        self.recording = None

    def step(self, real, noise):
        loss = torch.zeros(2)

        def kernels():
            self.steps.append((real.shape[1], float(real.sum()), float(noise.sum())))
            loss.fill_(len(self.steps))

        if self.recording is None:
            kernels()
        else:
            self.recording.append(kernels)  # capture runs nothing
        return loss, loss + 0


@pytest.fixture
def recorder(monkeypatch):
    made = Recorder()

    class Graph:
        def __init__(self):
            self.kernels = []

        def replay(self):
            for kernel in self.kernels:
                kernel()

    @contextmanager
    def graph(target):
        made.recording = target.kernels
        yield
        made.recording = None

    class Stream:
        def __init__(self, *_):
            pass

        def wait_stream(self, _):
            pass

    fakes = {"CUDAGraph": Graph, "graph": graph, "Stream": Stream, "current_stream": Stream}
    fakes |= {"stream": lambda _: nullcontext(), "device": lambda _: nullcontext()}
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    return made


def test_every_call_is_one_step_on_its_own_inputs(recorder):
    """Four epochs of 6 batches, the last of them smaller, as 50,000 samples leave 80 of 128."""
    stepped = GraphedStep(recorder)
    expected = []
    for count in range(1, 25):
        rows = 80 if count % 6 == 0 else 128
        real, noise = torch.full((2, rows, 2), float(count)), torch.full((2, rows, 3), -float(count))
        loss, _ = stepped(real, noise)
        expected.append((rows, float(real.sum()), float(noise.sum())))
        assert recorder.steps == expected
        assert loss.tolist() == [count, count]
    assert set(stepped._graphs) == {80, 128}
