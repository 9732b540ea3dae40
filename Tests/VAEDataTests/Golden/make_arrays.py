"""Writes the arrays beside it with NumPy (2.x): python3 make_arrays.py

Every array of images holds value[n, h, w, c] = ((n * 7 + h * 5 + w * 3 + c) % 11) over [3, 4, 5, 2],
divided by 11 where it is of floats.
"""

import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
n, h, w, c = np.indices((3, 4, 5, 2))
whole = (n * 7 + h * 5 + w * 3 + c) % 11
part = whole / 11

np.save("float32.npy", part.astype("<f4"))
np.save("float64-fortran.npy", np.asfortranarray(part.astype("<f8")))
np.save("float32-big.npy", part.astype(">f4"))
np.save("float16.npy", part.astype("<f2"))
np.save("uint8.npy", whole.astype("u1"))
np.save("uint8-fortran.npy", np.asfortranarray(whole.astype("u1")))
np.save("int64.npy", whole.astype("<i8"))
np.save("int16-big.npy", whole.astype(">i2"))
with open("version2.npy", "wb") as file:
    np.lib.format.write_array(file, whole.astype("u1"), version=(2, 0))
with open("version3.npy", "wb") as file:
    np.lib.format.write_array(file, whole.astype("u1"), version=(3, 0))
np.savez(
    "stored.npz", x_train=whole.astype("u1"), y_train=np.array([2, 0, 1]),
    x_test=whole[:1].astype("u1"), y_test=np.array([1], dtype="u1"))
np.savez_compressed(
    "deflated.npz", images=part.astype("<f4"), labels=np.array([[2], [0], [1]], dtype="<i4"))
np.savez_compressed(
    "sprites.npz", imgs=(whole[..., 0] > 5).astype("u1"),
    latents_classes=np.array([[0, 2, 1], [0, 1, 0], [0, 0, 5]]),
    metadata=np.array({"author": "nobody"}, dtype=object))
np.save("series.npy", part[:, :, :, 0].astype("<f4"))
