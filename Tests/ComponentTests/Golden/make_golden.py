"""What PyTorch computes for small convolutional encoders and decoders, for ComponentTests.

    python make_golden.py        # writes networks.json beside itself; needs torch

Images are stored as [batch, height, width, channels], and the weights of the dense layers that meet an
image with their rows or columns in that order; everything else as PyTorch stores it.
"""

import json
import pathlib

import torch
import torch.nn as nn

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def pack(tensor):
    values = [float(f"{v:.8g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def last(x):
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


class Encoder(nn.Module):
    """7x6 images to 4x3, 2x2, then one dense layer."""

    def __init__(self, norm, activation):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(2, 3, 3, 2, 1, bias=not norm), nn.Conv2d(3, 4, 3, 2, 1, bias=not norm)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(3), nn.BatchNorm2d(4)] if norm else [nn.Identity()] * 2)
        self.dense, self.activation = nn.Linear(16, 5), activation

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = self.activation(norm(conv(x)))
        return self.activation(self.dense(x.flatten(1)))


class Decoder(nn.Module):
    """A dense layer, one to 2x2, transposed convolutions to 4x3 and 7x6, and a convolution."""

    def __init__(self, norm, activation):
        super().__init__()
        self.dense, self.base, self.activation = nn.Linear(2, 5), nn.Linear(5, 16), activation
        self.convs = nn.ModuleList(
            [
                nn.ConvTranspose2d(4, 4, 3, 2, 1, (1, 0), bias=not norm),
                nn.ConvTranspose2d(4, 3, 3, 2, 1, (0, 1), bias=not norm),
            ]
        )
        self.norms = nn.ModuleList([nn.BatchNorm2d(4), nn.BatchNorm2d(3)] if norm else [nn.Identity()] * 2)
        self.output = nn.Conv2d(3, 2, 3, 1, 1)

    def forward(self, z):
        x = self.activation(self.base(self.activation(self.dense(z)))).view(-1, 4, 2, 2)
        for conv, norm in zip(self.convs, self.norms):
            x = self.activation(norm(conv(x)))
        return self.output(x)


def parameters(module, layers):
    """The module's numbers under our names; `layers` pairs a prefix of ours with one of PyTorch's."""
    state = module.state_dict()
    packed = {}
    for ours, theirs in layers.items():
        for name in ("weight", "bias", "running_mean", "running_var"):
            value = state.get(f"{theirs}.{name}")
            if value is None:
                continue
            if ours == "hidden.0" and name == "weight" and isinstance(module, Encoder):
                value = value.view(5, 4, 2, 2).permute(0, 2, 3, 1).reshape(5, 16)
            if ours == "base":
                value = value.view(4, 2, 2, -1).permute(1, 2, 0, 3).reshape(state[f"{theirs}.{name}"].shape)
            packed[f"{ours}.{name}"] = pack(value)
    return packed


def case(name, norm, activation):
    stages = {f"stages.{i}.{ours}": f"{theirs}.{i}" for i in range(2) for ours, theirs in (("conv", "convs"), ("norm", "norms"))}
    result = {"activation": name, "batchNorm": norm}
    for kind, module, x, layers in (
        ("encoder", Encoder(norm, activation), torch.randn(3, 2, 7, 6), {**stages, "hidden.0": "dense"}),
        ("decoder", Decoder(norm, activation), torch.randn(3, 2), {"hidden.0": "dense", "base": "base", **stages, "output": "output"}),
    ):
        for buffer in (*module.buffers(), *(p for p in module.parameters() if p.dim() == 1)):
            if buffer.dtype.is_floating_point:
                nn.init.uniform_(buffer, 0.5, 1.5)
        module.eval()
        result[kind] = {"parameters": parameters(module, layers), "x": pack(last(x)), "y": pack(last(module(x)))}
    return result


cases = [case("relu", False, torch.relu), case("leaky_relu", True, nn.functional.leaky_relu)]
path = pathlib.Path(__file__).with_name("networks.json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
