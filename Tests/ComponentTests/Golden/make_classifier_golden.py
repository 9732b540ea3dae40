"""What PyTorch computes for a classifier's head: its loss and the gradients of its weights.

    python make_classifier_golden.py    # writes classifier.json beside itself; needs torch
"""

import json
import pathlib

import torch
import torch.nn as nn

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def pack(tensor):
    values = [float(f"{v:.10g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def case(hidden):
    widths = [4, *hidden, 5]
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers += ([nn.ReLU()] if i else []) + [nn.Linear(a, b)]
    head = nn.Sequential(*layers)
    x, labels = torch.randn(6, 4), torch.tensor([0, 4, 2, 2, 1, 3])
    logits = head(x)
    loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    linears = [layer for layer in head if isinstance(layer, nn.Linear)]
    named = [(f"head.layers.{i}.{name}", p) for i, layer in enumerate(linears) for name, p in layer.named_parameters()]
    return {
        "hidden": hidden,
        "x": pack(x),
        "labels": labels.tolist(),
        "loss": loss.item(),
        "accuracy": (logits.argmax(1) == labels).double().mean().item(),
        "parameters": {name: pack(p) for name, p in named},
        "gradients": {name: pack(p.grad) for name, p in named},
    }


path = pathlib.Path(__file__).with_name("classifier.json")
path.write_text(json.dumps([case([]), case([7, 3])], separators=(",", ":")) + "\n")
print(path.stat().st_size, "bytes")
