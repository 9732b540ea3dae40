"""Makes the golden files of these tests with PyTorch (2.x).

    python make_golden.py

Files are safetensors written by hand, byte for byte from the format's description, so that they also test the
reader against something that is not its own writer.
"""

import copy
import json
import struct
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
NAMES = {"float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8", "int32": "I32"}


def save(name, arrays, metadata=None):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for key, array in arrays.items():
        raw = array.tobytes()
        header[key] = {
            "dtype": NAMES[str(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (HERE / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


STEPS, COUNT = 6, 11
OPTIMIZERS = {
    "adam": (torch.optim.Adam, {}),
    "adam_decay": (torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    "adamw": (torch.optim.AdamW, {}),
    "adamw_decay": (torch.optim.AdamW, dict(lr=0.05, weight_decay=0.2)),
    "adamax": (torch.optim.Adamax, {}),
    "adamax_decay": (torch.optim.Adamax, dict(lr=0.03, betas=(0.7, 0.9), weight_decay=0.1)),
    "rmsprop": (torch.optim.RMSprop, {}),
    "rmsprop_momentum": (
        torch.optim.RMSprop, dict(lr=0.02, alpha=0.9, momentum=0.8, weight_decay=0.1)),
    "sgd": (torch.optim.SGD, {}),
    "sgd_decay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.1)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, dampening=0.3)),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)),
}


def optimizers():
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(COUNT, generator=generator, dtype=torch.float64)
    gradients = torch.randn(STEPS, COUNT, generator=generator, dtype=torch.float64)
    arrays = {"start": start.numpy(), "gradients": gradients.numpy()}
    for dtype in (torch.float32, torch.float64):
        for name, (kind, settings) in OPTIMIZERS.items():
            parameter = torch.nn.Parameter(start.to(dtype).clone())
            optimizer = kind([parameter], foreach=False, **settings)
            path = []
            for gradient in gradients:
                parameter.grad = gradient.to(dtype).clone()
                optimizer.step()
                path.append(parameter.detach().clone().numpy())
            arrays[f"{name}.{str(dtype).split('.')[1]}"] = np.stack(path)
    # A moving average, and clipping by the norm of two tensors.
    model = torch.nn.Linear(COUNT, 1, bias=False, dtype=torch.float64)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    path = []
    for gradient in gradients:
        with torch.no_grad():
            model.weight.copy_(gradient[None])
        average.update_parameters(model)
        path.append(average.module.weight.detach().clone().numpy()[0])
    arrays["moving_average"] = np.stack(path)
    pair = [torch.nn.Parameter(torch.zeros(COUNT, dtype=torch.float64)) for _ in range(2)]
    for parameter, gradient in zip(pair, gradients):
        parameter.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_(pair, 1.5)
    arrays["clipped"] = np.stack([p.grad.numpy() for p in pair])
    arrays["clipped_norm"] = norm.numpy().reshape(1)
    save("optimizers.safetensors", arrays, {"made_with": f"PyTorch {torch.__version__}"})


def rates(make, count=40, losses=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = make(optimizer)
    path = []
    for i in range(count):
        path.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([losses[i]] if losses is not None else []))
    return np.array(path, dtype=np.float64)


def schedules():
    s = torch.optim.lr_scheduler
    random = np.random.default_rng(3)
    losses = 100 * np.exp(-np.arange(40) / 6) + 20 + random.normal(size=40) * 0.3
    warm = lambda o: s.LinearLR(o, start_factor=0.1, total_iters=8)
    save("schedules.safetensors", {
        "step": rates(lambda o: s.StepLR(o, 7, gamma=0.3)),
        "exponential": rates(lambda o: s.ExponentialLR(o, 0.9)),
        "cosine": rates(lambda o: s.CosineAnnealingLR(o, 39, eta_min=0.001)),
        "warm_up": rates(warm),
        "warm_up_exponential": rates(
            lambda o: s.ChainedScheduler([warm(o), s.ExponentialLR(o, 0.9)])),
        "losses": losses,
        "plateau": rates(
            lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1, threshold=0.01,
                                          min_lr=0.002), losses=losses),
        "plateau_default": rates(lambda o: s.ReduceLROnPlateau(o, patience=2), losses=losses),
    })


def formats():
    save("formats.safetensors", {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "wide": np.array([1 / 3, -1e300]),
        "steps": np.array([7, -8], dtype=np.int64),
        "tokens": np.array([[1], [2]], dtype=np.int32),
        "bytes": np.array([0, 255], dtype=np.uint8),
        "scalar": np.array(2.5, dtype=np.float32),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "größe": np.zeros(1, dtype=np.float32),
    }, {"format": "pt", "note": "tab\tquote\" 日本"})


if __name__ == "__main__":
    optimizers()
    schedules()
    formats()
