"""Fan-in and fan-out of PyTorch's layers, for the tests of the initializers.

    python make_fans.py        # writes fans.json beside itself; needs torch
"""

import json
import pathlib

import torch.nn as nn
from torch.nn.init import _calculate_fan_in_and_fan_out

layers = [
    ("dense", nn.Linear(300, 70), [300, 70]),
    ("conv", nn.Conv2d(40, 12, (3, 5)), [40, 12, 3, 5]),
    ("transposed", nn.ConvTranspose2d(40, 12, (3, 5)), [40, 12, 3, 5]),
]
cases = [
    dict(zip(("kind", "sizes", "fanIn", "fanOut"),
             (kind, sizes, *_calculate_fan_in_and_fan_out(layer.weight))))
    for kind, layer, sizes in layers
]
path = pathlib.Path(__file__).with_name("fans.json")
path.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
