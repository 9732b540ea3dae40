"""Training steps of the benchmark's workloads in PyTorch: torch_steps.py WORKLOAD eager|compile [--seconds S]

Each line read from standard input is answered by one round: a line of JSON with the seconds a step took.
"""

import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 400), nn.Linear(400, 40)
        self.c, self.d = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x):
        mean, log_variance = self.b(F.relu(self.a(x))).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.d(F.relu(self.c(z))), mean, log_variance


class Conv28(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 32, 3, 2, 1), nn.Conv2d(32, 64, 3, 2, 1)
        self.f1, self.f2 = nn.Linear(3136, 128), nn.Linear(128, 40)
        self.g1, self.g2 = nn.Linear(20, 128), nn.Linear(128, 3136)
        self.d1 = nn.ConvTranspose2d(64, 64, 3, 2, 1, 1)
        self.d2 = nn.ConvTranspose2d(64, 32, 3, 2, 1, 1)
        self.d3 = nn.Conv2d(32, 1, 3, 1, 1)

    def forward(self, x):
        h = F.relu(self.c2(F.relu(self.c1(x))))
        mean, log_variance = self.f2(F.relu(self.f1(h.flatten(1)))).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        g = F.relu(self.g2(F.relu(self.g1(z)))).view(-1, 64, 7, 7)
        return self.d3(F.relu(self.d2(F.relu(self.d1(g))))), mean, log_variance


class Conv64(nn.Module):
    def __init__(self):
        super().__init__()
        channels = [3, 32, 64, 128, 256, 512]
        down = []
        for a, b in zip(channels, channels[1:]):
            down += [nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU()]
        up = []
        for a, b in zip([512, 256, 128, 64, 32], [256, 128, 64, 32, 32]):
            up += [nn.ConvTranspose2d(a, b, 3, 2, 1, 1), nn.BatchNorm2d(b), nn.LeakyReLU()]
        self.down, self.code = nn.Sequential(*down), nn.Linear(2048, 256)
        self.open, self.up = nn.Linear(128, 2048), nn.Sequential(*up, nn.Conv2d(32, 3, 3, 1, 1))

    def forward(self, x):
        mean, log_variance = self.code(self.down(x).flatten(1)).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.up(self.open(z).view(-1, 512, 2, 2)), mean, log_variance


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10000, 300)
        self.encoder = nn.GRU(300, 256, batch_first=True)
        self.decoder = nn.GRU(300, 256, batch_first=True)
        self.code, self.open = nn.Linear(256, 32), nn.Linear(16, 256)
        self.output = nn.Linear(256, 10000)

    def forward(self, tokens):
        x = self.embedding(tokens[:, :-1])
        mean, log_variance = self.code(self.encoder(x)[1][0]).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.output(self.decoder(x, self.open(z)[None])[0]), mean, log_variance


def bernoulli(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum")


def categorical(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")


WORKLOADS = {
    "mlp-128": (MLP, bernoulli, (128, 784)),
    "mlp-512": (MLP, bernoulli, (512, 784)),
    "conv28-128": (Conv28, bernoulli, (128, 1, 28, 28)),
    "conv64-64": (Conv64, bernoulli, (64, 3, 64, 64)),
    "text-gru-32": (Text, categorical, (32, 31)),
}


def main():
    name, mode = sys.argv[1:3]
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 1.0
    torch.manual_seed(0)
    make, distance, shape = WORKLOADS[name]
    model, x = make(), torch.rand(*shape)
    if distance is categorical:
        x = (x * 10000).long()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def loss(x):
        logits, mean, log_variance = model(x)
        reconstruction = distance(logits, x)
        kl = -0.5 * torch.sum(1 + log_variance - mean * mean - log_variance.exp())
        return (reconstruction + kl) / x.shape[0]

    run = torch.compile(loss) if mode == "compile" else loss

    def steps(count):
        begin = time.perf_counter()
        for _ in range(count):
            optimizer.zero_grad()
            run(x).backward()
            optimizer.step()
        return (time.perf_counter() - begin) / count

    steps(4)
    count = max(1, int(seconds / steps(3)))
    for _ in sys.stdin:
        answer = {"seconds": steps(count)}
        answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


main()
