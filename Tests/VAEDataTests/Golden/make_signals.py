"""Writes signals.json beside it, with NumPy 2 and SciPy 1.17: python3 make_signals.py

Sound is int16, so that a test can write it to a WAV file and lose nothing.
"""

import json
import os

import numpy as np
from scipy.signal import get_window, resample_poly

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def tones(rate, count, seed):
    """Three sines that fade in, with a little noise."""
    time = np.arange(count) / rate
    wave = sum(np.sin(2 * np.pi * f * time + p) / k for k, (f, p) in enumerate([(220, 0), (700, 1), (1900, 2)], 1))
    wave = wave * np.linspace(0.2, 1, count) / 2 + np.random.default_rng(seed).normal(0, 0.01, count)
    return np.round(np.clip(wave, -1, 1) * 32000).astype(int)


def framed(x, length, hop):
    count = 1 + max(0, -(-(len(x) - length) // hop))
    x = np.pad(x, (0, (count - 1) * hop + length - len(x)))
    return np.stack([x[i * hop:i * hop + length] for i in range(count)])


def mel_weights(bands, bins, rate):
    """torchaudio.functional.melscale_fbanks with mel_scale="htk" and norm=None, written anew."""
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(0, mel(rate / 2), bands + 2) / 2595) - 1)
    frequencies = np.linspace(0, rate / 2, bins)
    rising = (frequencies[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequencies[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


def short(values):
    return [float(f"{v:.8g}") for v in np.ravel(values)]


rate, frame, hop, bands = 8000, 200, 80, 20
sound = tones(rate, 500, 1)
spectrum = np.fft.rfft(framed(sound / 32768, frame, hop) * get_window("hann", frame), 256)
power = np.abs(spectrum) ** 2
golden = {
    "rate": rate, "sound": sound.tolist(), "frameLength": 25.0, "hop": 10.0, "bands": bands,
    "frameCount": len(power),
    "spectrum": short(np.log(np.maximum(np.abs(spectrum), 1e-5))),
    "logMel": short(np.log(np.maximum(power @ mel_weights(bands, 129, rate).T, 1e-10))),
    "resampled": [],
}
for seed, (old, new) in enumerate([(8000, 16000), (16000, 8000), (44100, 8000), (8000, 11025)]):
    sound = tones(old, 300, seed)
    divisor = np.gcd(old, new)
    golden["resampled"].append({
        "from": old, "to": new, "sound": sound.tolist(),
        "result": short(resample_poly(sound / 32768, new // divisor, old // divisor))})
with open("signals.json", "w") as file:
    json.dump(golden, file)
