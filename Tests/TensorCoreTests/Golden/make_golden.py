"""Writes primitives.json: inputs, results and gradients of each primitive as PyTorch computes them.

    pip install torch numpy
    python make_golden.py

Everything is in float64. Keys are the names of cases in Tests/TensorCoreTests/Cases; images are NHWC.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Normal, kl_divergence

numbers = np.random.default_rng(2026)


def real(*shape):
    return numbers.normal(size=shape)


def positive(*shape):
    return numbers.uniform(0.5, 2, size=shape)


def distinct(*shape):
    count = int(np.prod(shape))
    return (numbers.permutation(count).reshape(shape) - count // 2) * 0.2


def off(kink, *shape):
    x = numbers.normal(size=shape)
    return x + np.where(x < 0, kink - 0.1, kink + 0.1)


def recurrence(cell, lengths, reverse):
    """h after each step and the last state, as `nn.GRU` and `nn.LSTM` give them for packed lengths."""

    def turned(x):
        steps = [list(range(n))[::-1] + list(range(n, x.shape[1])) for n in lengths]
        return torch.stack([row[order] for row, order in zip(x, steps)]) if reverse else x

    def apply(x, w, u, b, c, initial):
        hidden = u.shape[1]
        module = getattr(torch.nn, cell.upper())(x.shape[2], hidden, batch_first=True).double()
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        first = tuple(part[None].contiguous() for part in initial.split(hidden, 1))
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            turned(x), lengths, batch_first=True, enforce_sorted=False)
        y, last = torch.func.functional_call(
            module, dict(zip(names, (w, u, b, c))),
            (packed, first if cell == "lstm" else first[0]))
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(
            y, batch_first=True, total_length=x.shape[1])
        last = torch.cat(last, 2) if cell == "lstm" else last
        return torch.cat([turned(y).flatten(1), last[0]], 1)

    return apply


def categorical(indices, lengths=None):
    indices = torch.tensor(indices)

    def apply(logits):
        each = logits.log_softmax(-1).gather(-1, indices[..., None]).squeeze(-1)
        if lengths is not None:
            each = torch.stack([
                torch.where(torch.arange(len(row)) < n, row, 0.0)
                for row, n in zip(each, lengths)])
        return each.flatten(1).sum(1) if each.dim() > 1 else each

    return apply


def attention_weights(lengths, causal, scale):
    def apply(x):
        queries, keys = x.shape[2:]
        seen = torch.arange(keys) < torch.tensor(lengths)[:, None, None, None]
        if causal:
            seen = seen & torch.ones(queries, keys).tril(keys - queries).bool()
        return (scale * x).masked_fill(~seen, -torch.inf).softmax(-1)

    return apply


class Constant:
    """An input without a gradient."""

    def __init__(self, values):
        self.values = values


def by_channels(function, x, *rest):
    """Applies a function of NCHW images to NHWC images."""
    return function(x.permute(0, 3, 1, 2), *rest).permute(0, 2, 3, 1)


def convolution(activation=lambda y: y, stride=1, padding=(0, 0, 0, 0), dilation=1):
    """Padding is left, right, top, bottom, as F.pad takes it."""

    def apply(x, w, b=None):
        y = by_channels(
            lambda x: F.conv2d(F.pad(x, padding), w, b, stride=stride, dilation=dilation), x)
        return activation(y)

    return apply


def transposed(activation=lambda y: y, stride=1, padding=(0, 0, 0, 0), dilation=1, extra=0):
    def apply(x, w, b=None):
        def whole(x):
            y = F.conv_transpose2d(
                x, w, None, stride=stride, output_padding=extra, dilation=dilation)
            y = F.pad(y, tuple(-p for p in padding))
            return y if b is None else y + b[:, None, None]

        return activation(by_channels(whole, x))

    return apply


def layer_norm(x, epsilon):
    return F.layer_norm(x, x.shape[1:], eps=epsilon)


def batch_norm(x, scale=None, shift=None):
    return by_channels(lambda x: F.batch_norm(x, None, None, scale, shift, training=True), x)


def group_norm(count):
    return lambda x: by_channels(lambda x: F.group_norm(x, count), x)


ACTIVATIONS = {
    "identity": lambda y: y, "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu,
    "gelu": F.gelu, "silu": F.silu, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
}

UNARY = {
    "negation": (real, lambda x: -x),
    "exp": (real, torch.exp),
    "log": (positive, torch.log),
    "log1p": (positive, torch.log1p),
    "square root": (positive, torch.sqrt),
    "reciprocal": (positive, torch.reciprocal),
    "square": (real, torch.square),
    "absolute": (lambda *s: off(0, *s), torch.abs),
    "sin": (real, torch.sin),
    "cos": (real, torch.cos),
    "tanh": (real, torch.tanh),
    "sigmoid": (real, torch.sigmoid),
    "relu": (lambda *s: off(0, *s), F.relu),
    "leaky relu": (lambda *s: off(0, *s), lambda x: F.leaky_relu(x, 0.2)),
    "elu": (lambda *s: off(0, *s), lambda x: F.elu(x, 0.7)),
    "gelu": (real, F.gelu),
    "silu": (real, F.silu),
    "softplus": (real, F.softplus),
    "clamp below": (lambda *s: off(0.3, *s), lambda x: x.clamp(min=0.3)),
    "clamp above": (lambda *s: off(0.3, *s), lambda x: x.clamp(max=0.3)),
    "power": (positive, lambda x: x.pow(-1.5)),
    "scale": (real, lambda x: 3 * x + x * 0.5 - x / 4),
    "shift": (real, lambda x: (1 - (x + 2)) - 0.5),
}

BINARY = {
    "sum": (real, torch.add),
    "difference": (real, torch.sub),
    "product": (real, torch.mul),
    "quotient": (positive, torch.div),
    "maximum": (lambda *s: distinct(*s) + 0.1, torch.maximum),
    "minimum": (lambda *s: distinct(*s) + 0.1, torch.minimum),
}

ALONG = {
    "sum along": (real, lambda x: x.sum(1)),
    "mean along": (real, lambda x: x.mean(1)),
    "maximum along": (distinct, lambda x: x.max(1).values),
    "log-sum-exp": (real, lambda x: x.logsumexp(1)),
    "softmax": (real, lambda x: x.softmax(1)),
    "log-softmax": (real, lambda x: x.log_softmax(1)),
    "cumulative sum": (real, lambda x: x.cumsum(1)),
}


SPECIAL = {
    "log gamma": (positive, torch.lgamma),
    "digamma": (positive, torch.digamma),
    "polygamma": (positive, lambda x: torch.polygamma(1, x) + torch.polygamma(2, x)),
    "erfc": (real, torch.erfc),
    "inverse erf": (lambda *s: numbers.uniform(0.05, 0.95, s), lambda x: torch.erfinv(x / 2)),
    "log normal cdf": (real, torch.special.log_ndtr),
    "log bessel": (positive, lambda x: torch.special.i0(x).log()),
    "scaled log bessel": (positive, lambda x: torch.special.i0e(x).log()),
    "bessel ratio": (positive, lambda x: torch.special.i1e(x) / torch.special.i0e(x)),
}


def regular(x):
    return x + 5 * torch.eye(x.shape[-1])


def penalty(network, x):
    (slope,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    return (torch.sqrt(slope.square().flatten(1).sum(1) + 1e-6) - 1).square()


def cases():
    for name, (draw, function) in UNARY.items():
        yield f"{name}: [3, 17]", [draw(3, 17)], function
    for name, (draw, function) in BINARY.items():
        left = distinct if name in ("maximum", "minimum") else real
        for a, b in [((2, 3), (2, 3)), ((2, 1, 4), (3, 1)), ((2, 3), ())]:
            yield f"{name}: {list(a)} and {list(b)}", [left(*a), draw(*b)], function
    for name, (draw, function) in ALONG.items():
        yield f"{name}: [3, 2, 17], axis 1", [draw(3, 2, 17)], function
        yield f"{name}: [2, 3], axis 1", [draw(2, 3)], function
    yield "sum of all: [3, 17]", [real(3, 17)], torch.sum
    yield "mean of all: [3, 17]", [real(3, 17)], torch.mean
    yield "sum per example: [3, 2, 2, 2]", [real(3, 2, 2, 2)], lambda x: x.flatten(1).sum(1)

    for a, b in [((3, 2), (2, 5)), ((4, 2, 3), (4, 3, 5)), ((4, 2, 3), (3, 5)),
                 ((2, 3), (4, 3, 5)), ((17, 3), (3, 17))]:
        yield f"matmul: {list(a)} by {list(b)}", [real(*a), real(*b)], torch.matmul
    for name, activation in ACTIVATIONS.items():
        yield (f"linear: 3 by 4 to 5, {name}", [real(3, 4), real(5, 4), real(5)],
               lambda x, w, b, f=activation: f(F.linear(x, w, b)))

    yield ("convolution: [2, 5, 4, 3] by [2, 3, 3, 3], stride 1 1, dilation 1 1, "
           "padding 1 1 1 1, identity",
           [real(2, 5, 4, 3), real(2, 3, 3, 3), real(2)], convolution(padding=(1, 1, 1, 1)))
    yield ("convolution: [1, 6, 5, 17] by [3, 17, 4, 4], stride 2 2, dilation 1 1, "
           "padding 1 1 1 1, identity",
           [real(1, 6, 5, 17), real(3, 17, 4, 4), real(3)],
           convolution(stride=2, padding=(1, 1, 1, 1)))
    yield ("convolution: [3, 7, 6, 2] by [1, 2, 3, 3], stride 1 1, dilation 2 2, "
           "padding 2 2 2 2, identity",
           [real(3, 7, 6, 2), real(1, 2, 3, 3), real(1)],
           convolution(padding=(2, 2, 2, 2), dilation=2))
    yield ("convolution: [2, 5, 6, 2] by [3, 2, 2, 3], stride 2 1, dilation 1 2, "
           "padding 0 2 1 0, identity",
           [real(2, 5, 6, 2), real(3, 2, 2, 3), real(3)],
           convolution(stride=(2, 1), padding=(1, 0, 0, 2), dilation=(1, 2)))
    yield ("convolution: [1, 5, 5, 1] by [2, 1, 3, 3], stride 3 3, dilation 1 1, "
           "padding 1 1 1 1, identity",
           [real(1, 5, 5, 1), real(2, 1, 3, 3)], convolution(stride=3, padding=(1, 1, 1, 1)))
    yield ("transposed convolution: [2, 3, 2, 3] by [3, 2, 3, 3], stride 1 1, dilation 1 1, "
           "padding 1 1 1 1, output padding (0, 0), identity",
           [real(2, 3, 2, 3), real(3, 2, 3, 3), real(2)], transposed(padding=(1, 1, 1, 1)))
    yield ("transposed convolution: [2, 3, 2, 2] by [2, 17, 3, 3], stride 2 2, dilation 1 1, "
           "padding 1 1 1 1, output padding (1, 1), identity",
           [real(2, 3, 2, 2), real(2, 17, 3, 3), real(17)],
           transposed(stride=2, padding=(1, 1, 1, 1), extra=1))
    yield ("transposed convolution: [1, 3, 2, 2] by [2, 3, 3, 2], stride 3 3, dilation 2 2, "
           "padding 1 1 1 1, output padding (2, 0), identity",
           [real(1, 3, 2, 2), real(2, 3, 3, 2), real(3)],
           transposed(stride=3, padding=(1, 1, 1, 1), dilation=2, extra=(2, 0)))
    yield ("transposed convolution: [2, 3, 4, 3] by [3, 2, 4, 3], stride 2 1, dilation 1 2, "
           "padding 0 2 1 0, output padding (1, 0), identity",
           [real(2, 3, 4, 3), real(3, 2, 4, 3), real(2)],
           transposed(stride=(2, 1), padding=(1, 0, 0, 2), dilation=(1, 2), extra=(1, 0)))
    for name, activation in ACTIVATIONS.items():
        yield ("convolution: [2, 3, 3, 2] by [3, 2, 2, 2], stride 1 1, dilation 1 1, "
               f"padding 0 0 0 0, {name}",
               [real(2, 3, 3, 2), real(3, 2, 2, 2), real(3)], convolution(activation))
        yield ("transposed convolution: [2, 2, 2, 2] by [2, 3, 2, 2], stride 2 2, dilation 1 1, "
               f"padding 0 0 0 0, output padding (0, 0), {name}",
               [real(2, 2, 2, 2), real(2, 3, 2, 2), real(3)], transposed(activation, stride=2))

    yield ("max pooling: [2, 4, 6, 3] by 2 2", [distinct(2, 4, 6, 3)],
           lambda x: by_channels(lambda x: F.max_pool2d(x, 2), x))
    yield ("max pooling: [2, 5, 4, 17] by 3 2", [distinct(2, 5, 4, 17)],
           lambda x: by_channels(lambda x: F.max_pool2d(x, (3, 2), 2, 1), x))
    yield ("max pooling: [1, 6, 5, 2] by 2 3", [distinct(1, 6, 5, 2)],
           lambda x: by_channels(lambda x: F.max_pool2d(x, (2, 3), 1, 0, 2), x))
    yield ("average pooling: [2, 4, 6, 3] by 2 2", [real(2, 4, 6, 3)],
           lambda x: by_channels(lambda x: F.avg_pool2d(x, 2), x))
    yield ("average pooling: [2, 5, 4, 17] by 3 2", [real(2, 5, 4, 17)],
           lambda x: by_channels(
               lambda x: F.avg_pool2d(x, (3, 2), 2, 1, count_include_pad=False), x))

    yield "reshape: an open size", [real(2, 3, 4)], lambda x: x.reshape(4, -1)
    yield "transpose: [2, 3, 4]", [real(2, 3, 4)], lambda x: x.permute(2, 0, 1)
    yield "broadcast: [3, 1] to [2, 3, 4]", [real(3, 1)], lambda x: x.broadcast_to(2, 3, 4)
    yield "slice: the first axis", [real(5, 3)], lambda x: x[1:4]
    yield "slice: the last axis", [real(2, 3, 5)], lambda x: x[:, :, 3:5]
    yield ("pad: the first axis", [real(2, 3)],
           lambda x: F.pad(x, (0, 0, 1, 2), value=7))
    yield ("concatenate: the middle axis", [real(2, 1, 3), real(2, 2, 3)],
           lambda x, y: torch.cat([x, y], 1))
    yield "stack: a new last axis", [real(2, 3), real(2, 3)], lambda x, y: torch.stack([x, y], -1)
    yield ("split: the last axis", [real(2, 6)],
           lambda x: torch.cat([x[:, 2:5], x[:, :2], x[:, 5:] * 2], 1))
    yield ("gather: rows, one twice", [real(4, 3)],
           lambda x: x.index_select(0, torch.tensor([2, 0, 2])))
    yield ("gather: the middle axis", [real(2, 3, 2)],
           lambda x: x.index_select(1, torch.tensor([1, 1, 0, 2])))
    yield ("embedding: tokens [2, 3]", [real(5, 4)],
           lambda x: F.embedding(torch.tensor([[1, 4, 1], [0, 3, 1]]), x))
    yield ("pick: [2, 2, 3]", [real(2, 2, 3)],
           lambda x: x.gather(2, torch.tensor([[[2], [0]], [[1], [1]]])).squeeze(2))

    yield "batch normalization: [2, 3, 2, 5]", [real(2, 3, 2, 5)], batch_norm
    yield ("batch normalization: [4, 3, 2, 5], scale and shift, relu",
           [real(4, 3, 2, 5), real(5), real(5)], lambda x, s, t: F.relu(batch_norm(x, s, t)))
    yield "layer normalization: [5, 3]", [real(5, 3)], lambda x: layer_norm(x, 1e-3)
    yield "layer normalization: [2, 2, 3, 2]", [real(2, 2, 3, 2)], lambda x: layer_norm(x, 1e-3)
    yield "group normalization: [2, 3, 2, 4] in 2", [real(2, 3, 2, 4)], group_norm(2)

    yield ("Bernoulli log probability: [2, 3, 2, 1]",
           [real(2, 3, 2, 1), Constant(numbers.uniform(0.05, 0.95, (2, 3, 2, 1)))],
           lambda l, x: Bernoulli(logits=l, validate_args=False).log_prob(x).flatten(1).sum(1))
    for name, shape in [("a scale for each", (2, 3, 2, 1)), ("one scale", (1,))]:
        yield (f"Gaussian log probability: [2, 3, 2, 1], {name}",
               [real(2, 3, 2, 1), real(*shape), Constant(real(2, 3, 2, 1))],
               lambda m, s, x: Normal(m, torch.exp(s)).log_prob(x).flatten(1).sum(1))
    yield ("reparameterization: [3, 17]", [real(3, 17), real(3, 17), Constant(real(3, 17))],
           lambda m, v, e: m + torch.exp(v / 2) * e)
    yield ("divergence from the standard normal: [3, 17]", [real(3, 17), real(3, 17)],
           lambda m, v: kl_divergence(Normal(m, torch.exp(v / 2)), Normal(0.0, 1.0)).sum(1))

    for cell, gates, states in [("gru", 3, 1), ("lstm", 4, 2)]:
        for lengths, reverse in [((4, 1, 3), False), ((4, 2, 1), True)]:
            yield (f"recurrence: {cell}, lengths {list(lengths)}{', reversed' if reverse else ''}",
                   [real(3, 4, 2), real(gates * 5, 2), real(gates * 5, 5), real(gates * 5),
                    real(gates * 5), real(3, states * 5)], recurrence(cell, lengths, reverse))
    yield ("categorical log probability: [2, 3, 5], lengths [1, 3]", [real(2, 3, 5)],
           categorical([[4, 0, 0], [1, 1, 3]], [1, 3]))
    yield ("categorical log probability: [3, 4]", [real(3, 4)], categorical([2, 0, 3]))
    yield ("attention weights: [2, 2, 3, 4]", [real(2, 2, 3, 4)],
           attention_weights([4, 2], False, 0.7))
    yield ("attention weights: [2, 2, 3, 4], causal", [real(2, 2, 3, 4)],
           attention_weights([3, 4], True, 0.5))

    yield "erf: [3, 17]", [real(3, 17)], torch.erf
    yield ("scatter: rows, one twice and one never", [real(3, 2)],
           lambda x: torch.zeros(4, 2, dtype=x.dtype).index_add(0, torch.tensor([2, 0, 2]), x))
    yield ("gradient penalty: dense layers",
           [real(3, 4), real(5, 4), real(5), real(6, 5), real(6), real(1, 6)],
           lambda x, *w: penalty(lambda x: F.linear(
               F.gelu(F.linear(torch.tanh(F.linear(x, w[0], w[1])), w[2], w[3])), w[4]), x))
    for name, (draw, function) in SPECIAL.items():
        yield f"{name}: [3, 17]", [draw(3, 17)], function
    yield ("select: where one is larger", [distinct(3, 4), distinct(4) + 0.1],
           lambda a, b: torch.where(a > b, a * a, b))
    yield ("take along: the last axis, one twice", [real(2, 3)],
           lambda x: x.gather(1, torch.tensor([[2, 0, 2, 1], [1, 0, 0, 2]])))
    yield "sort: [3, 5], axis 1", [distinct(3, 5)], lambda x: x.sort(1).values
    yield ("sort: [3, 5, 2], axis 1, falling", [distinct(3, 5, 2)],
           lambda x: x.sort(1, descending=True).values)
    yield "largest: two of [3, 5]", [distinct(3, 5)], lambda x: x.topk(2, -1).values
    for shape in [(3, 3), (2, 2, 4, 4)]:
        wide = (*shape[:-1], shape[-1] + 1)
        yield (f"cholesky: {list(shape)}", [real(*shape)],
               lambda x: torch.linalg.cholesky(x @ x.mT + 5 * torch.eye(x.shape[-1])))
        yield (f"triangular solve: {list(shape)}", [real(*shape), real(*wide)],
               lambda x, b: torch.linalg.solve_triangular(regular(x).tril(), b, upper=False))
        yield (f"triangular solve: {list(shape)}, transposed", [real(*shape), real(*wide)],
               lambda x, b: torch.linalg.solve_triangular(regular(x).tril().mT, b, upper=True))
        yield f"inverse: {list(shape)}", [real(*shape)], lambda x: torch.linalg.inv(regular(x))
        yield (f"log determinant: {list(shape)}", [real(*shape)],
               lambda x: torch.linalg.slogdet(regular(x)).logabsdet)
        yield f"diagonal: {list(shape)}", [real(*shape)], lambda x: x.diagonal(dim1=-2, dim2=-1)
        yield (f"lower triangle: {list(shape)}", [real(*shape)],
               lambda x: x.tril() - x.diagonal(dim1=-2, dim2=-1).diag_embed() / 2)
    yield ("grouped convolution: 4 to 6 channels in 2",
           [real(2, 4, 5, 4), real(6, 2, 3, 3), real(6)],
           lambda x, w, b: torch.tanh(by_channels(
               lambda x: F.conv2d(x, w, b, stride=2, padding=1, groups=2), x)))
    yield ("grouped convolution: each channel by itself", [real(1, 4, 4, 3), real(3, 1, 2, 2)],
           lambda x, w: by_channels(lambda x: F.conv2d(x, w, groups=3), x))
    yield ("grouped transposed convolution: 4 to 6 channels in 2",
           [real(2, 3, 2, 4), real(4, 3, 3, 3), real(6)],
           lambda x, w, b: by_channels(lambda x: F.conv_transpose2d(
               x, w, b, stride=2, padding=1, output_padding=1, groups=2), x))
    yield ("masked convolution: what is above", [real(1, 4, 4, 2), real(3, 2, 3, 3)],
           lambda x, w: by_channels(lambda x: F.conv2d(x, w * torch.tensor(
               [[1.0, 1, 1], [1, 0, 0], [0, 0, 0]]), padding=1), x))


def record(values, function):
    leaves = []
    for value in values:
        constant = isinstance(value, Constant)
        value = np.round(value.values if constant else value, 4)
        leaves.append(torch.tensor(value, dtype=torch.float64, requires_grad=not constant))
    result = function(*leaves)
    seed = torch.tensor(np.round(numbers.normal(size=tuple(result.shape)), 4))
    result.backward(seed)
    return {
        "inputs": [pack(leaf) for leaf in leaves],
        "seed": pack(seed),
        "result": pack(result),
        "gradients": [pack(leaf.grad) for leaf in leaves if leaf.requires_grad],
    }


def pack(tensor):
    values = [float(f"{v:.10g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


entries = {name: record(values, function) for name, values, function in cases()}
path = Path(__file__).with_name("primitives.json")
lines = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}"
                   for k, v in entries.items())
path.write_text("{\n" + lines + "\n}\n")
print(f"{len(entries)} cases, {path.stat().st_size} bytes")
