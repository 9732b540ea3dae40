"""The same models trained here and in pythae 0.1.2, one after the other, and a Markdown table of both.

    python zoo_side_by_side.py DATA [--vae PATH] [--epochs 5] [--seeds 1 2 3] [--models vae iwae ...] [--out table.json]

DATA is a folder of IDX files of 28x28 images. Needs torch, numpy and pythae 0.1.2, two cores and an otherwise idle
machine. Both sides: 784-512-16-512-784 with ReLU, PyTorch's first weights, Adam 1e-3, batch 128, values in [0, 1], the
weights after the last epoch. Where pythae does not compute what the paper says, a loop in PyTorch stands in for it,
unless --as-shipped; the table says where.

Each result goes into the JSON file at once; a run that was interrupted, or is given more seeds or models, goes on
there. The last weights of both sides are measured by the same code on the test images: `error` is the squared error
summed over pixels, decoded from the posterior's mean; the bound is in nats an example with one code, for iwae also
with five. Seconds are those of training alone, the median of the epochs after the first; figures are the mean and the
standard deviation over seeds.
"""
import argparse
import concurrent.futures
import gzip
import json
import logging
import math
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HIDDEN, CODES, BATCH, RATE = 512, 16, 128, 1e-3
DISCRIMINATOR_RATE = 1e-4
IMPORTANCE_SAMPLES = 5
THREADS = 2
SCALES = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]

# What `vae train` is told beside the networks.
POINT = {"posterior": "point", "likelihood": "{name: point, output: sigmoid}"}
MMD = f"mmd: {{kernel: inverse_multiquadratic, scales: {SCALES}, weight: 10}}"
OURS = {
    "vae": {},
    "beta-tc": {"objective": "{name: elbo, penalties: {total-correlation: {weight: 5, sampling: weighted}}}"},
    "factor": {"objective": "{name: elbo, penalties: {density-ratio: {weight: 6}}}"},
    "info": {"objective": f"{{name: elbo, kl_weight: 0.5, penalties: {{{MMD}}}}}"},
    "wae": POINT | {"objective": f"{{name: reconstruction, penalties: {{squared-error: {{weight: 2}}, {MMD}}}}}"},
    "iwae": {"objective": f"{{name: importance-weighted, samples: {IMPORTANCE_SAMPLES}}}"},
    "aae": POINT
    | {
        "objective": "{name: reconstruction, penalties: {squared-error: {weight: 1}, code-adversary: {weight: 1,"
        f" hidden: [256], learning_rate: {DISCRIMINATOR_RATE:f}, beta1: 0.9}}}}}}"
    },
    "vae-gan": {
        "likelihood": "{name: point, output: sigmoid}",
        "objective": "{name: vae-gan, feature_weight: 1, judge: {name: whole, encoder: {name: mlp, hidden: [256],"
        f" activation: relu}}}}, judge_training: {{learning_rate: {DISCRIMINATOR_RATE:f}, beta1: 0.9}}}}",
    },
    "rae-l2": POINT
    | {
        "objective": "{name: reconstruction, penalties: {squared-error: {weight: 2}, code-size: {weight: 0.01},"
        " decoder-weights: {weight: 0.001}}}"
    },
}

# pythae's model, its trainer, and what its configuration is told beside the sizes.
BCE = {"reconstruction_loss": "bce"}
IMQ = {"kernel_choice": "imq", "kernel_bandwidth": 1.0, "scales": SCALES}
PYTHAE = {
    "vae": ("VAE", "VAEConfig", "Base", BCE),
    # Its stratified sampling gives 1/N to the first column where the diagonal is meant; the weighted one is right.
    "beta-tc": (
        "BetaTCVAE", "BetaTCVAEConfig", "Base", BCE | {"alpha": 1.0, "beta": 6.0, "gamma": 1.0, "use_mss": False}
    ),
    "factor": ("FactorVAE", "FactorVAEConfig", "Adversarial", BCE | {"gamma": 6.0}),
    # The KL counts 1 - alpha, the discrepancy alpha + lbd - 1.
    "info": ("INFOVAE_MMD", "INFOVAE_MMD_Config", "Base", BCE | IMQ | {"alpha": 0.5, "lbd": 10.5}),
    "wae": ("WAE_MMD", "WAE_MMD_Config", "Base", IMQ | {"reg_weight": 10.0}),
    "iwae": ("IWAE", "IWAEConfig", "Base", BCE | {"number_samples": IMPORTANCE_SAMPLES}),
    "aae": (
        "Adversarial_AE", "Adversarial_AE_Config", "Adversarial",
        {"reconstruction_loss": "mse", "adversarial_loss_scale": 1.0, "deterministic_posterior": True},
    ),
    # Layer 1 holds the discriminator's hidden features; the last one, which is the default, its verdict alone.
    "vae-gan": (
        "VAEGAN", "VAEGANConfig", "CoupledOptimizerAdversarial",
        {"adversarial_loss_scale": 0.5, "reconstruction_layer": 1, "equilibrium": 0.68, "margin": 0.4},
    ),
    "rae-l2": ("RAE_L2", "RAE_L2_Config", "CoupledOptimizer", {"embedding_weight": 0.01, "reg_weight": 0.001}),
}
TITLES = {
    "vae": "VAE", "beta-tc": "beta-TC-VAE", "factor": "FactorVAE", "info": "InfoVAE (MMD)", "wae": "WAE (MMD)",
    "iwae": "IWAE", "aae": "AAE", "vae-gan": "VAE-GAN", "rae-l2": "RAE-L2",
}
BOUNDED = ["vae", "beta-tc", "factor", "info", "iwae"]


def images(folder, name):
    path = Path(folder) / name
    raw = gzip.open(f"{path}.gz").read() if not path.exists() else path.read_bytes()
    count, height, width = np.frombuffer(raw, ">i4", 3, 4)
    pixels = np.frombuffer(raw, np.uint8, offset=16).reshape(count, height * width)
    return torch.from_numpy(pixels.copy()).float() / 255


def train_images(folder):
    return images(folder, "train-images-idx3-ubyte")


# Measuring


def measure(weights, test, model):
    """What the weights, by name, reach on the test images; the same noise for both sides."""
    noise = torch.Generator().manual_seed(1)
    error, bounds = 0.0, {1: 0.0, IMPORTANCE_SAMPLES: 0.0}

    def decode(z):
        return F.linear(F.relu(F.linear(z, *weights["decoder 0"])), *weights["decoder 1"])

    for x in test.split(500):
        features = F.relu(F.linear(x, *weights["encoder"]))
        mean = F.linear(features, *weights["mean"])
        error += float((x - decode(mean).sigmoid()).square().sum())
        if model not in BOUNDED:
            continue
        log_variance = F.linear(features, *weights["log variance"])
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)
        log_weights = []
        for _ in range(IMPORTANCE_SAMPLES if model == "iwae" else 1):
            epsilon = torch.randn(mean.shape, generator=noise)
            z = mean + torch.exp(0.5 * log_variance) * epsilon
            likelihood = -F.binary_cross_entropy_with_logits(decode(z), x, reduction="none").sum(-1)
            if model != "iwae":
                bounds[1] += float((likelihood - kl).sum())
            # log p(x|z) + log p(z) - log q(z|x); what both Gaussians are divided by cancels.
            log_weights.append(likelihood + 0.5 * (epsilon**2 + log_variance - z**2).sum(-1))
        if model == "iwae":
            log_weights = torch.stack(log_weights)
            bounds[1] += float(log_weights[0].sum())
            bounds[IMPORTANCE_SAMPLES] += float((log_weights.logsumexp(0) - math.log(IMPORTANCE_SAMPLES)).sum())
    result = {"error": error / len(test)}
    if model in BOUNDED:
        result["bound_1"] = bounds[1] / len(test)
    if model == "iwae":
        result[f"bound_{IMPORTANCE_SAMPLES}"] = bounds[IMPORTANCE_SAMPLES] / len(test)
    return result


def pair(linear):
    return linear.weight.detach(), linear.bias.detach()


def measure_file(path, prefix, data, model):
    """As `measure`, of a safetensors file that was written here."""
    raw = Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])

    def layer(suffix):
        both = []
        for kind in ("weight", "bias"):
            names = [n for n in header if n.startswith(prefix) and f".{n}".endswith(f".{suffix}.{kind}")]
            if len(names) != 1:
                raise ValueError(f"{path}: {suffix}.{kind} comes {len(names)} times")
            first, last = header[names[0]]["data_offsets"]
            values = np.frombuffer(raw[8 + length + first : 8 + length + last], "<f4").copy()
            both.append(torch.from_numpy(values).reshape(header[names[0]]["shape"]))
        return both

    weight, bias = layer("posterior.projection")
    weights = {"mean": (weight[:CODES], bias[:CODES]), "log variance": (weight[CODES:], bias[CODES:])}
    weights["encoder"] = layer("encoder.layers.0")
    weights |= {f"decoder {i}": layer(f"decoder.layers.{i}") for i in (0, 1)}
    torch.set_num_threads(THREADS)
    return measure(weights, images(data, "t10k-images-idx3-ubyte"), model)


# Here


def ours_options(model):
    options = {"latent": CODES, "encoder.hidden": f"[{HIDDEN}]", "decoder.hidden": f"[{HIDDEN}]"} | OURS[model]
    return [f"{key}={value}" for key, value in options.items()]


def command(arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-2000:] or f"exit status {done.returncode}")
    return done.stdout


def train_ours(vae, model, data, epochs, seed):
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        arguments = [vae, "train", "--data", data, "--preset", "pytorch-mnist"]
        for option in ours_options(model):
            arguments += ["--set", option]
        # No pictures before the end, and nothing measured between epochs.
        arguments += ["--set", "pictures_every=1000000", "--set", "measure.examples=0", "--threads", THREADS]
        command(arguments + ["--epochs", epochs, "--seed", seed, "--out", run, "--quiet", "--json"])
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        seconds = [line["seconds"] for line in lines if line["split"] == "train"]
        result = in_child(measure_file, run / "checkpoint.safetensors", "weights.", data, model)
        check(vae, run, data, model)
    return result | {"epoch_seconds": seconds}


def check(vae, run, data, model):
    """Whether the command says the same of the weights it kept as the code above."""
    try:
        said = json.loads(command([vae, "evaluate", run, "--json", "--threads", THREADS]))["squared_error"] * 784
    except (RuntimeError, KeyError) as error:
        print(f"  not checked by the command: {error}", flush=True)
        return
    found = in_child(measure_file, run / "model.safetensors", "", data, model)["error"]
    if abs(said - found) > 1e-3 * found:
        print(f"  the command measures an error of {said:.4f} where this script has {found:.4f}", flush=True)


# pythae


def train_pythae(model, data, epochs, seed):
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(THREADS)
    from pythae import models, trainers
    from pythae.data.preprocessors import DataProcessor
    from pythae.trainers.training_callbacks import CallbackHandler, TrainingCallback

    name, config_name, trainer_name, options = PYTHAE[model]
    torch.manual_seed(seed)
    config = getattr(models, config_name)(input_dim=(1, 28, 28), latent_dim=CODES, **options)
    network = getattr(models, name)(config)
    dataset = DataProcessor.to_dataset(train_images(data).reshape(-1, 1, 28, 28))
    rates = {
        "Base": {"learning_rate": RATE},
        "Adversarial": {"autoencoder_learning_rate": RATE, "discriminator_learning_rate": DISCRIMINATOR_RATE},
        "CoupledOptimizer": {"encoder_learning_rate": RATE, "decoder_learning_rate": RATE},
        "CoupledOptimizerAdversarial": {
            "encoder_learning_rate": RATE,
            "decoder_learning_rate": RATE,
            "discriminator_learning_rate": DISCRIMINATOR_RATE,
        },
    }[trainer_name]
    if model == "rae-l2":  # as its pipeline does
        rates["decoder_optimizer_params"] = {"weight_decay": config.reg_weight}
    with tempfile.TemporaryDirectory() as folder:
        training = getattr(trainers, f"{trainer_name}TrainerConfig")(
            output_dir=folder, num_epochs=epochs, per_device_train_batch_size=BATCH, seed=seed, no_cuda=True, **rates
        )
        trainer = getattr(trainers, f"{trainer_name}Trainer")(network, dataset, training_config=training)
        # Without its progress bar and its messages.
        trainer._setup_callbacks = lambda: setattr(
            trainer, "callback_handler", CallbackHandler([TrainingCallback()], trainer.model)
        )
        seconds, step = [], trainer.train_step

        def timed(epoch):
            start = time.perf_counter()
            losses = step(epoch)
            seconds.append(time.perf_counter() - start)
            return losses

        trainer.train_step = timed
        trainer.train()
    encoder, decoder = trainer.model.encoder, trainer.model.decoder
    weights = {"encoder": pair(encoder.layers[0][0]), "mean": pair(encoder.embedding)}
    if hasattr(encoder, "log_var"):
        weights["log variance"] = pair(encoder.log_var)
    weights |= {f"decoder {i}": pair(decoder.layers[i][0]) for i in (0, 1)}
    return measure(weights, images(data, "t10k-images-idx3-ubyte"), model) | {"epoch_seconds": seconds}


# Loops that stand in for pythae


class Networks(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, HIDDEN)
        self.mean, self.log_variance = nn.Linear(HIDDEN, CODES), nn.Linear(HIDDEN, CODES)
        self.decoder = nn.Sequential(nn.Linear(CODES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 784))

    def encoder_parameters(self):
        return [*self.hidden.parameters(), *self.mean.parameters(), *self.log_variance.parameters()]

    def encode(self, x):
        """A code of each example, and the KL."""
        features = F.relu(self.hidden(x))
        mean, log_variance = self.mean(features), self.log_variance(features)
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean), kl

    def weights(self):
        return {
            "encoder": pair(self.hidden),
            "mean": pair(self.mean),
            "log variance": pair(self.log_variance),
            "decoder 0": pair(self.decoder[0]),
            "decoder 1": pair(self.decoder[2]),
        }


def set_gradients(loss, parameters):
    """Those of the loss, to these parameters alone."""
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters, retain_graph=True)):
        parameter.grad = gradient


class FactorSteps:
    """arXiv:1802.05983, the permuted codes being those of the batch itself.

    pythae's encoder also descends on the discriminator's loss, and only half of each batch reaches the bound.
    """

    weight = 6

    def __init__(self):
        self.networks, layers, width = Networks(), [], CODES
        for _ in range(5):
            layers += [nn.Linear(width, 1000), nn.LeakyReLU(0.2)]
            width = 1000
        self.discriminator = nn.Sequential(*layers, nn.Linear(width, 2))
        self.optimizer = torch.optim.Adam(self.networks.parameters(), RATE, fused=True)
        self.adversary = torch.optim.Adam(self.discriminator.parameters(), DISCRIMINATOR_RATE, fused=True)

    def step(self, x):
        z, kl = self.networks.encode(x)
        error = F.binary_cross_entropy_with_logits(self.networks.decoder(z), x, reduction="none").sum(-1)
        scores = self.discriminator(z)
        loss = (error + kl + self.weight * (scores[:, 0] - scores[:, 1])).mean()
        codes = z.detach()
        permuted = torch.stack([column[torch.randperm(len(column))] for column in codes.T], 1)
        labels = torch.zeros(len(x), dtype=torch.long)
        verdict = 0.5 * (F.cross_entropy(scores, labels) + F.cross_entropy(self.discriminator(permuted), labels + 1))
        set_gradients(loss, list(self.networks.parameters()))
        set_gradients(verdict, list(self.discriminator.parameters()))
        self.optimizer.step()
        self.adversary.step()


class GANSteps:
    """arXiv:1512.09300: each network descends on its own loss alone, the decoder's in the form that does not saturate.

    pythae adds up gradients of several losses: its encoder counts the feature error one and a half times, and its
    decoder helps the discriminator.
    """

    def __init__(self):
        self.networks = Networks()
        self.features = nn.Sequential(nn.Linear(784, 256), nn.ReLU())
        self.verdict = nn.Linear(256, 1)
        self.parts = [
            self.networks.encoder_parameters(),
            list(self.networks.decoder.parameters()),
            [*self.features.parameters(), *self.verdict.parameters()],
        ]
        rates = [RATE, RATE, DISCRIMINATOR_RATE]
        self.optimizers = [torch.optim.Adam(p, rate, fused=True) for p, rate in zip(self.parts, rates)]

    def step(self, x):
        z, kl = self.networks.encode(x)
        rebuilt = self.networks.decoder(z).sigmoid()
        drawn = self.networks.decoder(torch.randn_like(z)).sigmoid()
        true, false = self.features(x), self.features(rebuilt)
        error = 0.5 * (true - false).square().sum(-1).mean()
        true, false, drawn = self.verdict(true), self.verdict(false), self.verdict(self.features(drawn))
        fooled = F.softplus(-false).mean() + F.softplus(-drawn).mean()
        verdict = F.softplus(-true).mean() + 0.5 * (F.softplus(false).mean() + F.softplus(drawn).mean())
        for part, loss in zip(self.parts, [kl.mean() + error, error + fooled, verdict]):
            set_gradients(loss, part)
        for optimizer in self.optimizers:
            optimizer.step()


LOOPS = {"factor": FactorSteps, "vae-gan": GANSteps}


def train_loop(model, data, epochs, seed):
    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)
    train, steps, seconds = train_images(data), LOOPS[model](), []
    for _ in range(epochs):
        start = time.perf_counter()
        for batch in torch.randperm(len(train)).split(BATCH):
            steps.step(train[batch])
        seconds.append(time.perf_counter() - start)
    test = images(data, "t10k-images-idx3-ubyte")
    return measure(steps.networks.weights(), test, model) | {"epoch_seconds": seconds}


# Taking turns


def in_child(function, *arguments):
    """In a process of its own, so that no thread of PyTorch waits beside what is timed next."""
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def text(values, digits):
    if not values:
        return "-"
    mean = f"{statistics.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.{digits}f}"


def table(records, models):
    rows = [
        ["model", "error here", "error pythae", "bound here", "bound pythae", "s/epoch here", "s/epoch pythae",
         "times as fast"],
        ["---"] * 8,
    ]
    stands_in = False
    for model in models:
        sides = [
            {r["seed"]: r for r in records if r["model"] == model and (r["by"] == "here") == is_here}
            for is_here in (True, False)
        ]
        row = [TITLES[model]]
        if any(r["by"] == "loop" for r in sides[1].values()):
            row, stands_in = [f"{TITLES[model]} *"], True
        row += [text([r["error"] for r in side.values()], 2) for side in sides]
        for side in sides:
            cell = text([r["bound_1"] for r in side.values() if "bound_1" in r], 2)
            many = f"bound_{IMPORTANCE_SAMPLES}"
            several = [r[many] for r in side.values() if many in r]
            row.append(f"{text(several, 2)} (one code {cell})" if several else cell)
        row += [text([r["seconds"] for r in side.values()], 2) for side in sides]
        both = [seed for seed in sides[0] if seed in sides[1]]
        row.append(text([sides[1][seed]["seconds"] / sides[0][seed]["seconds"] for seed in both], 2))
        rows.append(row)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if stands_in:
        lines += ["", "\\* a loop in PyTorch stands in for pythae."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--vae", default=Path(__file__).resolve().parents[1] / ".build/release/vae")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--models", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--out", type=Path, default=Path("table.json"))
    parser.add_argument("--as-shipped", action="store_true", help="pythae's own where a loop would stand in")
    parser.add_argument("--only", choices=["here", "pythae"], help="trains one side alone")
    options = parser.parse_args()

    records = json.loads(options.out.read_text()) if options.out.exists() else []
    wanted = []
    for model in options.models:
        by = "loop" if model in LOOPS and not options.as_shipped else "pythae"
        for seed in options.seeds:
            for side in ("here", by):
                if options.only in (None, "here" if side == "here" else "pythae"):
                    wanted.append({"model": model, "seed": seed, "by": side, "epochs": options.epochs})
    for wish in wanted:
        # A changed setting makes another model.
        by = wish["by"]
        known = {"here": ours_options, "pythae": lambda model: list(PYTHAE[model]), "loop": lambda model: []}
        wish["settings"] = known[by](wish["model"])

    def fits(record, wish):
        return all(record[key] == value for key, value in wish.items())

    for number, wish in enumerate(wanted, 1):
        where = f"[{number}/{len(wanted)}] {wish['model']} {wish['by']} seed {wish['seed']}"
        if any(fits(record, wish) for record in records):
            print(f"{where}: is there", flush=True)
            continue
        print(f"{where} ...", flush=True)
        task = (wish["model"], options.data, wish["epochs"], wish["seed"])
        try:
            if wish["by"] == "here":
                result = train_ours(options.vae, *task)
            else:
                result = in_child(train_pythae if wish["by"] == "pythae" else train_loop, *task)
        except Exception as error:
            print(f"  failed: {error}", flush=True)
            continue
        result["seconds"] = statistics.median(result["epoch_seconds"][1:] or result["epoch_seconds"])
        records.append(json.loads(json.dumps(wish | result)))
        fresh = options.out.with_name(options.out.name + ".new")
        fresh.write_text(json.dumps(records, indent=1))
        os.replace(fresh, options.out)
        figures = {k: v for k, v in result.items() if isinstance(v, float)}
        print("  " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)

    chosen = [record for record in records if any(fits(record, wish) for wish in wanted)]
    print("\n" + table(chosen, options.models))


if __name__ == "__main__":
    main()
