"""The recipe of pytorch/examples' vae on a folder of IDX files, as the figure to compare with.

    python pytorch_mnist_recipe.py DATA [EPOCHS] [SEEDS]

Prints the test loss (reconstruction + KL, nats an example) after the last epoch for each seed: 784-400-20, Adam 1e-3,
batch 128, grey values in [0, 1] as they are. The whole test split counts, with one sample of the code an example.
"""
import gzip
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def images(folder, name):
    path = Path(folder) / name
    raw = gzip.open(f"{path}.gz").read() if not path.exists() else path.read_bytes()
    count, height, width = np.frombuffer(raw, ">i4", 3, 4)
    pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(count, height * width)
    return torch.from_numpy(pixels.copy()).float() / 255


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def loss(self, x):
        h = F.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        logits = self.fc4(F.relu(self.fc3(z)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp())
        return reconstruction, kl


def run(train, test, epochs, seed):
    torch.manual_seed(seed)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    for _ in range(epochs):
        order = torch.randperm(len(train))
        for i in range(0, len(train), 128):
            optimizer.zero_grad()
            batch = train[order[i : i + 128]]
            reconstruction, kl = model.loss(batch)
            # The recipe sums over the batch; Adam does not see the scale.
            (reconstruction + kl).backward()
            optimizer.step()
    with torch.no_grad():
        parts = [model.loss(test[i : i + 128]) for i in range(0, len(test), 128)]
    reconstruction = sum(float(r) for r, _ in parts) / len(test)
    kl = sum(float(k) for _, k in parts) / len(test)
    return reconstruction, kl


if __name__ == "__main__":
    data = sys.argv[1]
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    torch.set_num_threads(2)
    train, test = images(data, "train-images-idx3-ubyte"), images(data, "t10k-images-idx3-ubyte")
    totals = []
    for seed in range(1, seeds + 1):
        reconstruction, kl = run(train, test, epochs, seed)
        totals.append(reconstruction + kl)
        print(f"seed {seed}: test loss {totals[-1]:.3f} reconstruction {reconstruction:.3f} kl {kl:.3f}", flush=True)
    print(f"mean {np.mean(totals):.3f} standard deviation {np.std(totals, ddof=1) if seeds > 1 else 0:.3f}")
