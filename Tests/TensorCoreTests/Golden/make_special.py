"""Writes special.json: special functions as SciPy computes them, at arguments that float32 holds exactly.

    pip install scipy
    python make_special.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import special

numbers = np.random.default_rng(2026)
small_to_large = np.concatenate([10.0 ** np.arange(-8, 8), numbers.uniform(0.01, 20, 24)])
negative = -numbers.uniform(0.01, 30, 16)
unit = np.concatenate([numbers.uniform(-1, 1, 24), 1 - 2.0 ** -np.arange(2, 24), 10.0 ** -np.arange(1, 9)])
spread = numbers.normal(size=24) * 4
tails = [-1e6, -1e3, -40, -20.5, -20, -19.5, 8]


def entries():
    yield "log gamma", 0, [*small_to_large, *negative], special.gammaln
    yield "digamma", 0, [*small_to_large, *negative], special.digamma
    for n in (1, 2, 5):
        yield "polygamma", n, [*small_to_large[2:], *negative], lambda x: special.polygamma(n, x)
    yield "erf", 0, spread, special.erf
    yield "erfc", 0, [*spread, 10, -10], special.erfc
    yield "inverse erf", 0, unit, special.erfinv
    yield "log normal cdf", 0, [*spread, *tails], special.log_ndtr
    for v in (0, 0.5, 1, 2.5, 9, 31, 63, 127.5, 255):
        there = [x for x in np.float32(small_to_large).astype(float) if special.ive(v + 1, x) > 1e-290]
        yield "scaled log bessel", v, there, lambda x: np.log(special.ive(v, x))
        yield "bessel ratio", v, there, lambda x: special.ive(v + 1, x) / special.ive(v, x)


def log_gamma_slopes():
    """How log z moves with the shape a at a fixed probability, by differences of the quantile."""
    for a in (0.1, 0.5, 1.0, 2.0, 10.0, 100.0, 1e4, 1e6):
        for p in (1e-4, 0.01, 0.3, 0.5, 0.9, 0.999):
            def quantile(a):
                return np.log(special.gammaincinv(a, p))

            h = a * 1e-4
            slope = (8 * (quantile(a + h) - quantile(a - h))
                     - (quantile(a + 2 * h) - quantile(a - 2 * h))) / (12 * h)
            yield [a, float(quantile(a)), float(f"{slope:.9g}")]


def listed():
    for name, constant, arguments, function in entries():
        x = np.float32(arguments).astype(float)
        yield {"function": name, "constant": constant, "x": x.tolist(), "y": function(x).tolist()}


lines = [json.dumps(entry, separators=(",", ":")) for entry in listed()]
slopes = json.dumps(list(log_gamma_slopes()), separators=(",", ":"))
path = Path(__file__).with_name("special.json")
path.write_text('{"functions":[\n' + ",\n".join(lines) + '\n],\n"logGammaSlopes":' + slopes + "}\n")
print(path.stat().st_size, "bytes")
