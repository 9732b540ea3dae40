"""What PyTorch computes for the training objectives and their gradients, for ComponentTests.

    python make_objectives.py    # writes objectives.json beside itself; needs torch

An independent implementation: every formula is written out here, in float64, and the gradients are
autograd's. Where pythae 0.1.2 or pytorch-msssim computes the same quantity and can be imported, the script
asserts that they agree; it runs without both.

The file has three keys. "setup" holds what the cases share: observations [batch, height, width, channels],
draws, and the parameters with weights as PyTorch stores them ([output, input]). "cases" holds, for each
objective, its total (to be made small), its gradients and some terms; where several players train against
each other, "players" has a total and gradients for each. Only the parameters that a player trains have
gradients. "ms_ssim" has its own pairs of images, one character for a value (its ASCII code, less 48, in 64ths),
and every 13th value of the gradient of the summed similarities with respect to the second images.
"""

import itertools
import json
import math
import pathlib
import warnings

import torch
import torch.nn.functional as F
from torch import logsumexp, relu, sigmoid
from torch.nn.functional import softplus

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pythae.models as pythae
        from pythae.models.base.base_utils import ModelOutput
except ImportError:
    pythae = None
try:
    import pytorch_msssim
except ImportError:
    pytorch_msssim = None

torch.manual_seed(286)
torch.set_default_dtype(torch.float64)

BATCH, CODE, EXAMPLES, SAMPLES = 5, 3, 1000, 6


def number(value):
    return float(f"{value.item() if torch.is_tensor(value) else value:.10g}")


def pack(tensor):
    values = tensor.detach().flatten().tolist()
    return {"shape": list(tensor.shape), "values": [v if isinstance(v, int) else number(v) for v in values]}


def randn(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).round(decimals=4)


# Setup. Numbers have four decimals, so that what is stored is what is computed with.

LAYERS = {  # name: (inputs, outputs, scale of the weights, scale of the biases)
    "encoder.layers.0": (12, 7, 2.5, 0.5),
    "posterior.projection": (7, 6, 1.8, 0.4),
    "point.projection": (7, 3, 1.2, 0.4),
    "decoder.layers.0": (3, 6, 1.2, 0.4),
    "decoder.layers.1": (6, 12, 1.5, 0.5),
    "judge.layers.0": (3, 8, 1.2, 0.5),
    "judge.layers.1": (8, 1, 1.5, 0.5),
    "image_judge.features.0": (12, 8, 2.0, 0.5),
    "image_judge.head": (8, 1, 2.0, 0.5),
}
p = {}
for layer, (inputs, outputs, scale, shift) in LAYERS.items():
    p[f"{layer}.weight"] = randn(outputs, inputs, scale=scale / math.sqrt(inputs)).requires_grad_()
    p[f"{layer}.bias"] = randn(outputs, scale=shift).requires_grad_()

images = torch.rand(BATCH, 4, 3, 1).round(decimals=4)
eps = randn(BATCH, CODE)
prior = randn(BATCH, CODE)
order = torch.stack([torch.randperm(BATCH) for _ in range(CODE)], dim=1)
directions = F.normalize(torch.randn(4, CODE), dim=1).round(decimals=10)
v = randn(BATCH, 12)
dreams = randn(BATCH, CODE)
shares = torch.rand(BATCH, 1).round(decimals=4)
eps6 = randn(BATCH * SAMPLES, CODE)

setup = {
    "x": pack(images),
    "eps": pack(eps),
    "prior": pack(prior),
    "order": pack(order),
    "directions": pack(directions),
    "v": pack(v),
    "dreams": pack(dreams),
    "shares": pack(shares),
    "eps6": pack(eps6),
    "examples": EXAMPLES,
    "parameters": {name: pack(value) for name, value in p.items()},
}

# Networks and densities.


def linear(layer, h):
    return h @ p[f"{layer}.weight"].T + p[f"{layer}.bias"]


def leaky(h):
    return torch.where(h > 0, h, 0.2 * h)


def decoder(z):
    return linear("decoder.layers.1", torch.tanh(linear("decoder.layers.0", z)))


def judge(z):
    return linear("judge.layers.1", leaky(linear("judge.layers.0", z)))[:, 0]


def features(image):
    return leaky(linear("image_judge.features.0", image))


def image_judge(image):
    return linear("image_judge.head", features(image))[:, 0]


def bernoulli(x, logits):
    """-log p(x|z), summed over the elements; x may be grey."""
    return -(x * logits - softplus(logits)).sum(-1)


def log_normal(z, mean, logvar):
    return -0.5 * (math.log(2 * math.pi) + logvar + (z - mean) ** 2 / logvar.exp())


x = images.flatten(1)
hidden = torch.tanh(linear("encoder.layers.0", x))
mean, logvar = linear("posterior.projection", hidden).split(CODE, dim=1)
z = mean + torch.exp(logvar / 2) * eps
logits = decoder(z)
rec = bernoulli(x, logits)
# Kingma and Welling, arXiv:1312.6114, appendix B.
kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum(1)

ENCODER, DECODER = ("encoder.", "posterior."), ("decoder.",)
MODEL, POINT, JUDGE, DISCRIMINATOR = (*ENCODER, *DECODER), ("encoder.", "point.", "decoder."), ("judge.",), ("image_judge.",)
cases, totals, gradients = {}, {}, {}


def grads(total, trained):
    names = [name for name in p if name.startswith(trained)]
    return dict(zip(names, torch.autograd.grad(total, [p[name] for name in names], retain_graph=True)))


def player(key, total, trained, surrogate=None):
    """A total and its gradients; those of the surrogate, which may be per group of parameters, if there is one."""
    parts = surrogate if isinstance(surrogate, list) else [(total if surrogate is None else surrogate, trained)]
    totals[key], gradients[key] = total.detach(), {}
    for part, names in parts:
        gradients[key].update(grads(part, names))
    return {"total": number(total), "gradients": {name: pack(gradients[key][name]) for name in p if name in gradients[key]}}


def case(name, total, trained=MODEL, surrogate=None, **terms):
    cases[name] = player(name, total, trained, surrogate)
    told(name, terms)


def match(name, players, **terms):
    """A case with several players: {player: (total, parameters)}."""
    cases[name] = {"players": {who: player(f"{name}/{who}", *what) for who, what in players.items()}}
    told(name, terms)


def told(name, terms):
    if terms:
        cases[name]["terms"] = {key: pack(value) if value.dim() else number(value) for key, value in terms.items()}


def close(a, b, tolerance=1e-10):
    assert torch.allclose(a, b, rtol=tolerance, atol=tolerance), (a, b)


def agree(key, theirs, trained=None, value=True, factor=1.0):
    """That another implementation's loss, times a factor, has our case's gradients, and its value."""
    ours = gradients[key]
    for name, gradient in grads(factor * theirs, trained or tuple(ours)).items():
        close(gradient, ours[name])
    if value:
        close((factor * theirs).detach(), totals[key])


# 1. Higgins et al. 2017, beta-VAE, eq. 4.

case("beta", (rec + 4 * kl).mean(), rec=rec, kl=kl)

# 2. Burgess et al., arXiv:1804.03599, eq. 8: the distance of the mean KL from a capacity.
# pythae takes the distance of every example's KL and averages afterwards, which differs unless all lie on one side.

case("capacity", rec.mean() + 100 * (kl.mean() - 1.5).abs())
case("capacity_above", rec.mean() + 100 * (kl.mean() - 25.0).abs())

# 3. Chen et al., arXiv:1802.04942, eq. 2 and appendix C.


def decomposition(log_weights):
    """mi, tc and dw of eq. 2 with log q(z) estimated under the given weights of [code, component]."""
    l = log_normal(z[:, None], mean[None], logvar[None])
    log_joint = logsumexp(log_weights + l.sum(2), 1)
    log_product = logsumexp(log_weights[..., None] + l, 1).sum(1)
    log_own = log_normal(z, mean, logvar).sum(1)
    log_prior = log_normal(z, torch.zeros(()), torch.zeros(())).sum(1)
    mi, tc, dw = log_own - log_joint, log_joint - log_product, log_product - log_prior
    close(mi + tc + dw, log_own - log_prior)
    return mi, tc, dw


def weigh(mi, tc, dw):
    return (rec + kl + 5 * tc + 0.3 * mi + 0.2 * dw).mean()


# The components of a batch weigh 1/B. The paper's 1/(NB) (C.1) adds constants, which move no parameter.
weighted = decomposition(torch.full((BATCH, BATCH), -math.log(BATCH)))
case("tc_weighted", weigh(*weighted), mi=weighted[0], tc=weighted[1], dw=weighted[2], sum=sum(weighted))
shifted = weigh(*decomposition(torch.full((BATCH, BATCH), -math.log(BATCH * EXAMPLES))))
agree("tc_weighted", shifted, value=False)
assert abs(shifted - totals["tc_weighted"]) > 1

# Stratified (C.2): the own example weighs 1/N, one other (N-M)/(NM), the rest 1/M, with M = B-1; rows sum to 1.
# rtqichen/beta-tcvae, disentangling-vae and pythae step through the flat B x B matrix by M+1 = B, which sets
# columns 0 and 1 instead of the diagonal and its neighbour, so own examples weigh 1/M.
M = BATCH - 1
W = torch.full((BATCH, BATCH), 1 / M)
for i in range(BATCH):
    W[i, i], W[i, (i + 1) % BATCH] = 1 / EXAMPLES, (EXAMPLES - M) / (EXAMPLES * M)
close(W.sum(1), torch.ones(BATCH))
stratified = decomposition(W.log())
case("tc_stratified", weigh(*stratified), mi=stratified[0], tc=stratified[1], dw=stratified[2], sum=sum(stratified))

# 4. Kim and Mnih, arXiv:1802.05983, eq. 3 and algorithm 2; the judge's logit is log D - log(1 - D). Codes of one
# batch serve both samples here; the paper shuffles those of a second.

shuffled = torch.gather(z, 0, order).detach()
match(
    "density_ratio",
    {
        "model": ((rec + kl).mean() + 6 * judge(z).mean(), MODEL),
        "rival": ((0.5 * softplus(-judge(z.detach())) + 0.5 * softplus(judge(shuffled))).mean(), JUDGE),
    },
    ratio=judge(z),
)

# 5. Kumar et al., arXiv:1711.00848, eq. 6 (DIP-VAE I: the means' covariance) and eq. 7 (II: the codes'),
# with the batch's covariance divided by B as in disentanglement_lib.

centred = mean - mean.mean(0)
of_means = centred.T @ centred / BATCH
of_codes = of_means + torch.diag(logvar.exp().mean(0))


def decorrelate(covariance):
    diagonal = covariance.diagonal()
    off = covariance - torch.diag(diagonal)
    return 10 * (off**2).sum() + 5 * ((diagonal - 1) ** 2).sum()


case("covariance_means", (rec + kl).mean() + decorrelate(of_means), penalty=decorrelate(of_means), covariance=of_means)
case("covariance_codes", (rec + kl).mean() + decorrelate(of_codes), penalty=decorrelate(of_codes), covariance=of_codes)

# 6. Tolstikhin et al., arXiv:1711.01558, algorithm 2 (unbiased MMD), and Zhao et al., arXiv:1706.02262.

K = 2.0 * CODE


def rbf(squared):
    return torch.exp(-squared / K)


def imq(squared):
    return K / (K + squared)


def multi(squared):
    return sum(s * K / (s * K + squared) for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0))


def mmd(kernel, a, b):
    n = len(a)

    def pairs(s, t):
        return kernel(((s[:, None] - t[None]) ** 2).sum(2))

    def others(matrix):
        return (matrix.sum() - matrix.trace()) / (n * (n - 1))

    return others(pairs(a, a)) + others(pairs(b, b)) - 2 * pairs(a, b).sum() / n**2


for kernel in (rbf, imq, multi):
    distance = mmd(kernel, z, prior)
    case(f"mmd_{kernel.__name__}", rec.mean() + 10 * distance, mmd=distance)
case("info_vae", (rec + 0.5 * kl).mean() + 9.5 * mmd(rbf, z, prior))

# 7. Kolouri et al., arXiv:1804.01947, algorithm 1 (pythae 0.1.2 has no sliced Wasserstein autoencoder).

of_codes_1d, of_prior_1d = z @ directions.T, prior @ directions.T
sliced = ((of_codes_1d.sort(0).values - of_prior_1d.sort(0).values) ** 2).mean()
for a, b in zip(of_codes_1d.T, of_prior_1d.T):  # sorted pairs are the cheapest of all pairings
    cheapest = min(((a - b[list(order_)]) ** 2).mean() for order_ in itertools.permutations(range(BATCH)))
    close(cheapest, ((a.sort().values - b.sort().values) ** 2).mean())
case("sliced", rec.mean() + 3 * sliced, distance=sliced)

# 8. Makhzani et al., arXiv:1511.05644, section 2, with the non-saturating loss of Goodfellow et al., arXiv:1406.2661.

match(
    "code_adversary",
    {
        "model": (rec.mean() + 2 * softplus(-judge(z)).mean(), MODEL),
        "rival": ((0.5 * softplus(-judge(prior)) + 0.5 * softplus(judge(z.detach()))).mean(), JUDGE),
    },
)

# 9. Ghosh et al., arXiv:1903.12436, section 3: the code is a point.
# pythae's RAE_L2 and RAE_GP sum squares without the half; RAE_L2 never uses its reg_weight (the decoder's decay is
# left to the optimizer); RAE_GP differentiates by x, through the encoder too, and always along a vector of ones.

point = linear("point.projection", hidden)
restored = sigmoid(decoder(point))
half_square = 0.5 * ((x - restored) ** 2).sum(1)
half_norm = 0.5 * (point**2).sum(1)
decay = 0.5 * sum((value**2).sum() for name, value in p.items() if name.startswith("decoder."))
slope = torch.autograd.grad((restored * v).sum(), point, create_graph=True)[0]
half_slope = 0.5 * (slope**2).sum(1)
case("rae_l2", half_square.mean() + 0.1 * half_norm.mean() + 0.01 * decay, POINT, decay=decay)
case("rae_gp", half_square.mean() + 0.1 * half_norm.mean() + 0.05 * half_slope.mean(), POINT, slope=half_slope)

# 10. Errors summed over the elements; the squares are halved. The last is Chen et al. 2019, "Log hyperbolic cosine
# loss improves variational auto-encoder".

ALPHA = 10.0
case("squared_error", half_square.mean(), POINT, error=half_square)
case("absolute_error", (x - restored).abs().sum(1).mean(), POINT, error=(x - restored).abs().sum(1))
log_cosh = (torch.log(torch.cosh(ALPHA * (x - restored))) / ALPHA).sum(1)
case("log_cosh", log_cosh.mean(), POINT, error=log_cosh)

# 11. Burda et al., arXiv:1509.00519, eq. 8; Rainforth et al., arXiv:1802.04537 (MIWAE, CIWAE, PIWAE: sums over K
# samples inside the logarithm, M groups outside); Roeder et al., arXiv:1703.09194 (STL); Tucker et al.,
# arXiv:1810.04152, eq. 8 (DReG: the squared weights are the encoder's alone).


def spread(tensor):
    return tensor[:, None].expand(BATCH, SAMPLES, CODE)


codes = spread(mean) + torch.exp(spread(logvar) / 2) * eps6.view(BATCH, SAMPLES, CODE)
recs = bernoulli(x[:, None], decoder(codes))


def log_weights(mean, logvar):
    log_prior = log_normal(codes, torch.zeros(()), torch.zeros(())).sum(2)
    return -recs + log_prior - log_normal(codes, spread(mean), spread(logvar)).sum(2)


log_w = log_weights(mean, logvar)
iwae = -(logsumexp(log_w, 1) - math.log(SAMPLES)).mean()
miwae = -(logsumexp(log_w.view(BATCH, 2, 3), 2) - math.log(3)).mean()
case("iwae", iwae, log_weights=log_w)
case("miwae", miwae)
case("ciwae", 0.3 * -log_w.mean() + 0.7 * iwae)
match("piwae", {"model": (iwae, DECODER), "encoder": (miwae, ENCODER)})

# log q without the path through its own parameters: codes still move with the encoder.
path = log_weights(mean.detach(), logvar.detach())
own = torch.softmax(log_w.detach(), 1)
case("stl", iwae, surrogate=-(logsumexp(path, 1) - math.log(SAMPLES)).mean())
case("dreg", iwae, surrogate=[(-(own**2 * path).sum(1).mean(), ENCODER), (iwae, DECODER)])

# The same two by hand: the weights times d log w / dz, carried back through the codes.
by_code = torch.autograd.grad(path.sum(), codes, retain_graph=True)[0]
for name, share in (("stl", own), ("dreg", own**2)):
    agree(name, -(share[..., None] * by_code.detach() * codes).sum() / BATCH, ENCODER, value=False)

# 12. Larsen et al., arXiv:1512.09300, algorithm 1. The decoder's feature distance weighs 0.1 and it takes the
# non-saturating loss; the two kinds of fakes share one half of the discriminator's.
# pythae leaves the restored images out of the discriminator's loss and gives the decoder the negated whole of it;
# its trainer then adds the decoder's gradients to the encoder's, and the discriminator's to the decoder's.

image, dream = sigmoid(logits), sigmoid(decoder(dreams))
feature_distance = 0.5 * ((features(image) - features(x)) ** 2).sum(1)
real, fake, dreamt = image_judge(x), image_judge(image.detach()), image_judge(dream.detach())
match(
    "vae_gan",
    {
        "encoder": ((kl + feature_distance).mean(), ENCODER),
        "decoder": ((0.1 * feature_distance + softplus(-image_judge(image)) + softplus(-image_judge(dream))).mean(), DECODER),
        "discriminator": ((softplus(-real) + 0.5 * (softplus(fake) + softplus(dreamt))).mean(), DISCRIMINATOR),
    },
    distance=feature_distance,
)

# 13. Goodfellow et al., arXiv:1406.2661, section 3 (non-saturating), and Gulrajani et al., arXiv:1704.00028, eq. 3.

match(
    "gan",
    {
        "generator": (softplus(-image_judge(dream)).mean(), DECODER),
        "discriminator": ((0.5 * softplus(-real) + 0.5 * softplus(dreamt)).mean(), DISCRIMINATOR),
    },
)
mixed = (shares * x + (1 - shares) * dream.detach()).requires_grad_()
steepness = torch.autograd.grad(image_judge(mixed).sum(), mixed, create_graph=True)[0].norm(dim=1)
match(
    "wgan_gp",
    {
        "generator": (-image_judge(dream).mean(), DECODER),
        "critic": ((dreamt - real).mean() + 10 * ((steepness - 1) ** 2).mean(), DISCRIMINATOR),
    },
    steepness=steepness,
)

# 14. Rombach et al., arXiv:2112.10752, appendix G, with the weight of Esser et al., arXiv:2012.09841, eq. 7, as
# taming-transformers has it (hinge losses; the weight is held still).

nll = (x - image).abs().sum(1).mean()
generator = -image_judge(image).mean()
last = p["decoder.layers.1.weight"]
of_nll, of_generator = (torch.autograd.grad(t, last, retain_graph=True)[0].norm() for t in (nll, generator))
weight = 0.5 * (of_nll / (of_generator + 1e-4)).clamp(0, 1e4)
assert 0 < (1 - real > 0).sum() + (1 + fake > 0).sum() < 2 * BATCH, "the hinges should not all be on one side"
match(
    "adaptive",
    {
        "model": (nll + 1e-3 * kl.mean() + weight * generator, MODEL),
        "discriminator": (0.5 * (relu(1 - real).mean() + relu(1 + fake).mean()), DISCRIMINATOR),
    },
    weight=weight,
    nll=nll,
    generator=generator,
)

# 15. Wang, Simoncelli and Bovik 2003, eq. 7, with a Gaussian window and no padding of the borders; between the
# scales, means of 2 x 2 pixels (odd sides padded with zeros, as pytorch-msssim does). Channels are averaged last.


def window(size, sigma):
    offsets = torch.arange(size) - size // 2
    taps = torch.exp(-(offsets**2) / (2 * sigma**2))
    return taps / taps.sum()


def ms_ssim(a, b, taps, weights):
    channels = a.shape[1]

    def blur(image):
        kernel = torch.outer(taps, taps).expand(channels, 1, -1, -1)
        return F.conv2d(image, kernel, groups=channels)

    def averages(a, b):
        ma, mb = blur(a), blur(b)
        va, vb, covariance = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
        contrast = (2 * covariance + 0.03**2) / (va + vb + 0.03**2)
        luminance = (2 * ma * mb + 0.01**2) / (ma**2 + mb**2 + 0.01**2)
        return (luminance * contrast).mean((2, 3)), contrast.mean((2, 3))

    result = 1
    for scale, exponent in enumerate(weights):
        whole, contrast = averages(a, b)
        if scale < len(weights) - 1:
            result = result * relu(contrast) ** exponent
            odd = [side % 2 for side in a.shape[2:]]
            a, b = (F.avg_pool2d(image, 2, padding=odd) for image in (a, b))
        else:
            result = result * relu(whole) ** exponent
    return result.mean(1)


def scenes(count, channels, height, width):
    """Pairs of images in 64ths: waves with noise, and the same with less contrast and other noise."""
    rows, columns = torch.arange(height).view(-1, 1) / height, torch.arange(width).view(1, -1) / width
    a, b, phase = (torch.rand(count, channels, 1, 1) * s for s in (9, 9, 6))
    waves = 0.5 + 0.35 * torch.sin(a * rows + b * columns + phase) + 0.08 * torch.randn(count, channels, height, width)
    first = waves.clamp(0, 1)
    second = (0.15 + 0.7 * waves + 0.06 * torch.randn_like(waves)).clamp(0, 1)
    return (64 * first).round() / 64, (64 * second).round() / 64


def characters(image):
    moved = (64 * image.detach()).round().int().permute(0, 2, 3, 1)
    return {"shape": list(moved.shape), "characters": "".join(chr(48 + value) for value in moved.flatten().tolist())}


similarities = []
for channels, height, width, size, weights in ((1, 48, 40, 5, [0.3, 0.4, 0.3]), (3, 24, 24, 7, [0.5, 0.5])):
    first, second = scenes(2, channels, height, width)
    second.requires_grad_()
    value = ms_ssim(first, second, window(size, 1.5), weights)
    gradient = torch.autograd.grad(value.sum(), second)[0].permute(0, 2, 3, 1)
    similarities.append(
        {
            "window": size,
            "sigma": 1.5,
            "weights": weights,
            "first": characters(first),
            "second": characters(second),
            "value": pack(value),
            "gradient": {"stride": 13, "norm": number(gradient.norm()), "values": pack(gradient.flatten()[::13])["values"]},
        }
    )

# What others compute.

if pytorch_msssim:
    # Its ms_ssim refuses images no larger than 16 (window - 1), whatever the number of scales: compared on larger ones.
    for channels, height, width, size, weights in ((1, 71, 66, 5, [0.3, 0.4, 0.3]), (3, 99, 98, 7, [0.5, 0.5])):
        first, second = scenes(2, channels, height, width)
        second.requires_grad_()
        taps = window(size, 1.5)
        ours = ms_ssim(first, second, taps, weights)
        repeated = taps.expand(channels, 1, 1, -1)
        theirs = pytorch_msssim.ms_ssim(first, second, data_range=1, size_average=False, win=repeated, weights=weights)
        close(ours, theirs)
        close(*(torch.autograd.grad(t.sum(), second)[0] for t in (ours, theirs)))
        single = pytorch_msssim.ms_ssim(first, second, 1, False, size, 1.5, weights=weights)  # its own window is float32
        close(ours, single, 1e-6)


def theirs(model, **attributes):
    """One of pythae's models, without its networks: what its loss function reads of itself."""
    made = object.__new__(getattr(pythae, model))
    config = type("Config", (), {"reconstruction_loss": "bce", "latent_dim": CODE, "kernel_bandwidth": 1.0, **attributes})()
    made.__dict__.update(model_config=config, **attributes)
    return made


def logistic(score):
    return lambda z: ModelOutput(embedding=sigmoid(score(z)))


if pythae:
    agree("beta", theirs("BetaVAE", beta=4).loss_function(image, x, mean, logvar, z)[0])

    of_capacity = theirs("DisentangledBetaVAE", beta=100, C=25.0, warmup_epoch=0)
    agree("capacity_above", of_capacity.loss_function(image, x, mean, logvar, z, 1)[0])

    # mi, tc and dw of the weighted case are pythae's but for constants; its total has no KL beside them.
    tc = theirs("BetaTCVAE", alpha=0.3, beta=5, gamma=0.2, use_mss=False)
    agree("tc_weighted", tc.loss_function(image, x, mean, logvar, z, EXAMPLES)[0] + kl.mean(), value=False)
    assert not torch.allclose(tc._log_importance_weight_matrix(BATCH, EXAMPLES), W.log())
    tc.__dict__.update(use_mss=True, _log_importance_weight_matrix=lambda *_: W.log())
    agree("tc_stratified", tc.loss_function(image, x, mean, logvar, z, EXAMPLES)[0] + kl.mean())

    # pythae's FactorVAE does not detach the codes that it shows the judge, so its trainer adds the judge's
    # gradients to the encoder's.
    ratio = theirs("FactorVAE", gamma=6, discriminator=lambda z: torch.stack([judge(z), 0 * judge(z)], 1))
    _, of_model, of_rival = ratio.loss_function(image, x, mean, logvar, z, shuffled)
    agree("density_ratio/model", of_model)
    agree("density_ratio/rival", of_rival)

    several = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
    for name, kernel, scales in (("rbf", "rbf", None), ("imq", "imq", [1.0]), ("multi", "imq", several)):
        wae = theirs("WAE_MMD", kernel_choice=kernel, scales=scales, reg_weight=10, reconstruction_loss_scale=1)
        # Its reconstruction loss is a sum of squares, so the distance alone is compared.
        agree(f"mmd_{name}", rec.mean() + 10 * wae.loss_function(image, x, z, prior)[2])
    info = theirs("INFOVAE_MMD", kernel_choice="rbf", alpha=0.5, lbd=10)
    agree("info_vae", info.loss_function(image, x, z, prior, mean, logvar)[0])

    # pythae's rival is told the sum of both losses, not their mean.
    options = {"adversarial_loss_scale": 1, "reconstruction_loss_scale": 0.5}
    adversarial = theirs("Adversarial_AE", discriminator=logistic(judge), **options)
    _, of_model, of_rival = adversarial.loss_function(image, x, z, prior)
    agree("code_adversary/model", of_model, factor=2)
    agree("code_adversary/rival", of_rival, factor=0.5)

    drawn_images, posterior = sigmoid(decoder(codes)), (spread(mean), spread(logvar), codes)
    # pythae's values are -sum(w~ log w), not the bounds; the gradients are the bounds'.
    agree("iwae", theirs("IWAE", n_samples=6).loss_function(drawn_images, x, *posterior)[0], value=False)
    agree("ciwae", theirs("CIWAE", n_samples=6, beta=0.3).loss_function(drawn_images, x, *posterior)[0], value=False)

    # pythae's MIWAE and PIWAE normalise along the estimates, not the samples: the two numbers are swapped. PIWAE's
    # trainer moreover adds the decoder's loss to the encoder's gradients.
    def swapped(tensor):
        return tensor.reshape(BATCH, 2, 3, -1).transpose(1, 2)

    drawn_images, posterior = swapped(drawn_images), [swapped(t) for t in posterior]
    options = {"gradient_n_estimates": 3, "n_samples": 2}
    agree("miwae", theirs("MIWAE", **options).loss_function(drawn_images, x, *posterior)[0], value=False)
    of_encoder, of_decoder = theirs("PIWAE", **options).loss_function(drawn_images, x, *posterior)[:2]
    agree("piwae/encoder", of_encoder, value=False)
    agree("piwae/model", of_decoder, value=False)

    def layered(x, output_layer_levels=None):
        return ModelOutput(embedding=sigmoid(image_judge(x)), embedding_layer_0=features(x))

    def drawn(z):
        return ModelOutput(reconstruction=sigmoid(decoder(z)))

    options = {"adversarial_loss_scale": 0.5, "reconstruction_layer": 0, "equilibrium": 0.68, "margin": 0.4}
    gan = theirs("VAEGAN", discriminator=layered, decoder=drawn, **options)
    of_encoder, of_discriminator = (gan.loss_function(image, x, z, dreams, mean, logvar)[i] for i in (1, 3))
    agree("vae_gan/encoder", of_encoder)
    agree("gan/discriminator", of_discriminator, factor=0.5)  # restored images being left out

path = pathlib.Path(__file__).with_name("objectives.json")
path.write_text(json.dumps({"setup": setup, "cases": cases, "ms_ssim": similarities}, separators=(",", ":")) + "\n")
compared = [name for name, module in (("pythae", pythae), ("pytorch-msssim", pytorch_msssim)) if module]
print(f"{len(cases)} cases, {path.stat().st_size} bytes; compared with: {', '.join(compared) or 'nothing'}")
