"""Values and gradients of PyTorch's layers for sequences, in float64, for the tests of the module Layers.

    python make_sequences.py     # writes sequences.json beside itself; needs torch

Every case has inputs, outputs, seeds (the gradients of the outputs) and the gradients by the inputs and parameters.
"""

import json
import pathlib

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def pack(tensor):
    values = [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def case(kind, module, options, lengths, inputs, run):
    inputs = [i.requires_grad_(i.is_floating_point()) for i in inputs]
    outputs = run(*inputs)
    seeds = [torch.randn_like(y) for y in outputs]
    sum((s * y).sum() for s, y in zip(seeds, outputs)).backward()
    return {
        "kind": kind,
        "options": options,
        "lengths": list(lengths),
        "parameters": {name: pack(p) for name, p in module.named_parameters()},
        "inputs": [pack(i) for i in inputs],
        "outputs": [pack(y) for y in outputs],
        "seeds": [pack(s) for s in seeds],
        "inputGradients": [pack(i.grad) for i in inputs if i.requires_grad],
        "gradients": {name: pack(p.grad) for name, p in module.named_parameters()},
    }


def recurrent(kind, features, hidden, time, lengths, layers=1, directions=1):
    """The first states follow x, one a layer and direction; for LSTM c stands behind h."""
    make = nn.GRU if kind == "gru" else nn.LSTM
    module = make(features, hidden, layers, batch_first=True, bidirectional=directions == 2)
    runs, width = layers * directions, hidden * (2 if kind == "lstm" else 1)

    def run(x, *initial):
        parts = [p.contiguous() for p in torch.stack(initial).split(hidden, 2)]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, last = module(packed, tuple(parts) if kind == "lstm" else parts[0])
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=time)
        last = torch.cat(last, 2) if kind == "lstm" else last
        return [y, *last]

    initial = [torch.randn(len(lengths), width) for _ in range(runs)]
    options = {"layers": layers, "directions": directions}
    return case(
        kind, module, options, lengths, [torch.randn(len(lengths), time, features), *initial], run)


def attention(width, heads, time, lengths, causal=False, memory=0):
    module = nn.MultiheadAttention(width, heads, batch_first=True)
    nn.init.uniform_(module.in_proj_bias, -1, 1)
    nn.init.uniform_(module.out_proj.bias, -1, 1)
    keys = memory or time
    hidden = torch.arange(keys) >= torch.tensor(lengths)[:, None]
    future = torch.ones(time, keys).triu(1).bool() if causal else None

    def run(x, over=None):
        over = x if over is None else over
        return [module(x, over, over, key_padding_mask=hidden, attn_mask=future)[0]]

    inputs = [torch.randn(len(lengths), time, width)]
    if memory:
        inputs.append(torch.randn(len(lengths), memory, width))
    options = {"heads": heads, "causal": int(causal)}
    return case("attention", module, options, lengths, inputs, run)


def embedding(count, width, tokens):
    module = nn.Embedding(count, width)
    tokens = torch.tensor(tokens)
    return case("embedding", module, {}, [], [tokens], lambda t: [module(t)])


cases = [
    recurrent(kind, 3, 4, 5, lengths, layers, directions)
    for kind in ("gru", "lstm")
    for lengths, layers, directions in [((5, 2, 3), 1, 1), ((1, 4), 2, 1), ((4, 1, 5), 2, 2)]
] + [
    attention(4, 2, 3, (3, 1)),
    attention(6, 3, 4, (2, 4), causal=True),
    attention(4, 1, 2, (3, 2), memory=3),
    embedding(5, 3, [[1, 4, 1], [0, 2, 1]]),
]
path = pathlib.Path(__file__).with_name("sequences.json")
path.write_text(json.dumps(cases, separators=(",", ":")).replace('},{"kind"', '},\n{"kind"') + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
