"""The benchmark's workloads in PyTorch: torch_steps.py WORKLOAD eager|compile [--precision float32|bfloat16]

Says "ready" when it has warmed up. Each line read from standard input is then answered by one round: a line of JSON with
the seconds a step took and the largest resident memory so far.
"""

import argparse
import json
import math
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

    def decode(self, z):
        return self.d(F.relu(self.c(z)))

    def forward(self, x):
        mean, log_variance = self.b(F.relu(self.a(x))).chunk(2, -1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decode(z), mean, log_variance


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


class IWAE(nn.Module):
    """50 codes an example; the encoder sees an example once, the decoder each of its codes."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(784, 200), nn.Linear(200, 200), nn.Linear(200, 100)
        self.d, self.e, self.f = nn.Linear(50, 200), nn.Linear(200, 200), nn.Linear(200, 784)

    def forward(self, x):
        features = self.c(torch.tanh(self.b(torch.tanh(self.a(x)))))
        mean, log_variance = features[:, None].chunk(2, -1)
        noise = torch.randn(x.shape[0], 50, 50)
        z = mean + torch.exp(0.5 * log_variance) * noise
        logits = self.f(torch.tanh(self.e(torch.tanh(self.d(z)))))
        return logits, z, noise, log_variance


def evidence_bound(distance):
    """The negative evidence lower bound, averaged over the batch."""

    def loss(x, logits, mean, log_variance):
        kl = -0.5 * torch.sum(1 + log_variance - mean * mean - log_variance.exp())
        return (distance(logits, x) + kl) / x.shape[0]

    return loss


def bernoulli(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum")


def categorical(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")


def importance_bound(x, logits, z, noise, log_variance):
    """-log mean p(x | z) p(z) / q(z | x), averaged over the batch."""
    images = x[:, None].expand_as(logits)
    likelihood = -F.binary_cross_entropy_with_logits(logits, images, reduction="none").sum(-1)
    prior_over_posterior = 0.5 * (noise * noise - z * z + log_variance).sum(-1)
    bound = torch.logsumexp(likelihood + prior_over_posterior, 1) - math.log(logits.shape[1])
    return -bound.mean()


WORKLOADS = {
    "mlp-128": (MLP, evidence_bound(bernoulli), (128, 784)),
    "mlp-512": (MLP, evidence_bound(bernoulli), (512, 784)),
    "conv28-128": (Conv28, evidence_bound(bernoulli), (128, 1, 28, 28)),
    "conv64-64": (Conv64, evidence_bound(bernoulli), (64, 3, 64, 64)),
    "text-gru-32": (Text, evidence_bound(categorical), (32, 31)),
    "iwae-20x50": (IWAE, importance_bound, (20, 784)),
}


def casts(options):
    """Products in bfloat16 where asked for; what stands outside is float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bfloat16")


def optimized(function, options):
    return torch.compile(function) if options.mode == "compile" else function


def training(options):
    """A step of training with Adam."""
    make, distance, shape = WORKLOADS[options.workload]
    model, x = make(), torch.rand(*shape)
    if make is Text:
        x = (x * 10000).long()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def loss(x):
        with casts(options):
            outputs = model(x)
        return distance(x, *(output.float() for output in outputs))

    run = optimized(loss, options)

    def step():
        optimizer.zero_grad()
        run(x).backward()
        optimizer.step()

    return step


def sampling(options):
    """Ten thousand images from codes of the prior, a thousand at a time."""
    model = MLP()

    def images(z):
        with casts(options):
            logits = model.decode(z)
        return torch.sigmoid(logits.float())

    run = optimized(images, options)

    @torch.inference_mode()
    def step():
        for _ in range(10):
            run(torch.randn(1000, 20))

    return step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=[*WORKLOADS, "sample-10000"])
    parser.add_argument("mode", choices=["eager", "compile"])
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--threads", type=int, help="PyTorch's own choice unless told")
    options = parser.parse_args()
    torch.manual_seed(0)
    if options.threads:
        torch.set_num_threads(options.threads)
    step = sampling(options) if options.workload == "sample-10000" else training(options)

    def time_of(steps):
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        return (time.perf_counter() - begin) / steps

    time_of(1)
    # A processor without units for bfloat16 may need many seconds a step.
    if (once := time_of(1)) < options.seconds:
        time_of(2)
        once = time_of(3)
    steps = max(1, int(options.seconds / once))
    print("ready", flush=True)
    for _ in sys.stdin:
        answer = {"seconds": time_of(steps)}
        answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


main()
