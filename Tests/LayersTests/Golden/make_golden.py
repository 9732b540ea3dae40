"""Values and gradients of PyTorch's layers, in float64, for the tests of the module Layers.

    python make_golden.py        # writes layers.json beside itself; needs torch

Images are stored as [batch, height, width, channels]; parameters as PyTorch stores them.
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
}


def pack(tensor):
    values = [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def last(x):
    """Channels last, where there are images."""
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def case(kind, module, shape, options, activation="identity", training=True, images=True):
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            nn.init.uniform_(parameter, -1, 1)
    for name, buffer in module.named_buffers():
        if buffer.dtype.is_floating_point:
            buffer.uniform_(0.5, 1.5)
    module.train(training)
    initial = {name: pack(value) for name, value in module.state_dict().items() if value.dim()}
    x = torch.randn(shape, requires_grad=True)
    y = ACTIVATIONS[activation](module(x))
    seed = torch.randn_like(y)
    y.backward(seed)
    return {
        "kind": kind,
        "options": options,
        "activation": activation,
        "training": training,
        "parameters": initial,
        "x": pack(last(x)),
        "y": pack(last(y)),
        "seed": pack(last(seed)),
        "xGradient": pack(last(x.grad)),
        "gradients": {name: pack(p.grad) for name, p in module.named_parameters()},
        "buffers": {n: pack(b) for n, b in module.named_buffers() if b.dim()},
    }


def conv(i, o, shape, activation="identity", bias=True, **options):
    module = nn.Conv2d(i, o, bias=bias, **options)
    return case("conv", module, shape, {k: pair(v) for k, v in options.items()}, activation)


def transposed(i, o, shape, activation="identity", bias=True, **options):
    module = nn.ConvTranspose2d(i, o, bias=bias, **options)
    return case("transposed", module, shape, {k: pair(v) for k, v in options.items()}, activation)


def pair(v):
    return list(v) if isinstance(v, tuple) else [v, v]


class Upsample(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return F.interpolate(x, size=self.size, mode="nearest")


class ChannelsLastLayerNorm(nn.Module):
    """LayerNorm over the channels of images, which stand last."""

    def __init__(self, channels):
        super().__init__()
        inner = nn.LayerNorm(channels)
        self.weight, self.bias = inner.weight, inner.bias

    def forward(self, x):
        y = F.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias)
        return y.permute(0, 3, 1, 2)


cases = [
    case("dense", nn.Linear(5, 3), (4, 5), {}, activation) for activation in ACTIVATIONS
] + [
    case("dense", nn.Linear(1, 1, bias=False), (1, 1), {}),
    conv(1, 1, (1, 1, 1, 1), kernel_size=1),
    conv(2, 3, (2, 2, 5, 7), kernel_size=3, stride=2, padding=1, activation="relu"),
    conv(3, 2, (1, 3, 6, 4), kernel_size=4, stride=2, padding=1, bias=False),
    conv(1, 4, (2, 1, 7, 5), kernel_size=(2, 3), stride=(3, 1), padding=(0, 2), activation="elu"),
    conv(2, 2, (1, 2, 7, 9), kernel_size=3, padding=2, dilation=2, activation="leaky_relu"),
    conv(17, 3, (1, 17, 3, 3), kernel_size=3, padding=1),
    transposed(1, 1, (1, 1, 1, 1), kernel_size=1),
    transposed(3, 2, (2, 3, 3, 4), kernel_size=3, stride=2, padding=1, activation="relu"),
    transposed(2, 3, (1, 2, 3, 2), kernel_size=3, stride=2, padding=1, output_padding=1),
    transposed(2, 1, (2, 2, 2, 3), kernel_size=4, stride=2, padding=1, bias=False),
    transposed(
        1, 2, (1, 1, 2, 3), kernel_size=(2, 3), stride=(3, 2), padding=(0, 1),
        output_padding=(2, 0), activation="tanh"),
    transposed(2, 2, (1, 2, 3, 3), kernel_size=3, padding=1, dilation=2),
    case("batch", nn.BatchNorm2d(3), (2, 3, 3, 5), {}),
    case("batch", nn.BatchNorm2d(3), (2, 3, 3, 5), {}, "relu"),
    case("batch", nn.BatchNorm2d(2), (3, 2, 1, 2), {}, "leaky_relu", training=False),
    case("batch", nn.BatchNorm1d(4), (5, 4), {}),
    case("batch", nn.BatchNorm1d(1), (3, 1), {}, training=False),
    case("layer", nn.LayerNorm(5), (3, 5), {}),
    case("layer", ChannelsLastLayerNorm(3), (2, 3, 2, 3), {}),
    case("group", nn.GroupNorm(2, 4), (2, 4, 3, 2), {"groups": [2, 2]}, "silu"),
    case("group", nn.GroupNorm(1, 3), (1, 3, 1, 5), {"groups": [1, 1]}),
    case("resize", Upsample((5, 3)), (1, 2, 3, 2), {"size": [5, 3]}),
    case("resize", Upsample((2, 7)), (2, 1, 5, 3), {"size": [2, 7]}),
]
path = pathlib.Path(__file__).with_name("layers.json")
path.write_text(json.dumps(cases, separators=(",", ":")).replace('},{"kind"', '},\n{"kind"') + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
