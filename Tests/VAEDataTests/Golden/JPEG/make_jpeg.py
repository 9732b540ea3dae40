"""Writes the JPEG files beside it with Pillow, and what Pillow reads of each as PNG: python3 make_jpeg.py

Some kinds that Pillow does not write are left to libjpeg-turbo: its cjpeg, and libturbojpeg.so.0 for YCCK.
"""

import ctypes
import glob
import os
import subprocess

import numpy as np
from PIL import Image, ImageOps

os.chdir(os.path.dirname(os.path.abspath(__file__)))
row, column = np.indices((14, 21))
colors = np.stack([row * 18, column * 12, 255 - row * 9 - column * 6], -1).astype("u1")
colors[2:6, 3:9] = [250, 10, 20]
colors[9:12, 12:20] = [5, 30, 240]
color = Image.fromarray(colors)
gray = color.convert("L")

gray.save("gray.jpg", quality=90)
gray.save("gray-progressive.jpg", quality=90, progressive=True)
color.save("color-444.jpg", quality=90, subsampling=0)
color.save("color-422.jpg", quality=90, subsampling=1)
color.save("color-420.jpg", quality=75, subsampling=2)
color.save("color-progressive.jpg", quality=85, subsampling=2, progressive=True)
color.save("color-rgb.jpg", quality=90, keep_rgb=True)
inks = np.array(color.convert("CMYK"))
inks[:, :, 3] = 6 * row
Image.fromarray(inks, "CMYK").save("cmyk.jpg", quality=90)
Image.fromarray(colors[:1, :1]).save("one-pixel.jpg", quality=90, optimize=True)

color.save("color.ppm")
for name, options in [
    ("color-unusual", ["-sample", "2x2,2x1,1x2"]), ("color-restarts", ["-restart", "1"]),
    ("color-arithmetic", ["-arithmetic"]),
]:
    subprocess.run(["cjpeg", *options, "-outfile", f"{name}.jpg", "color.ppm"], check=True)
os.remove("color.ppm")

turbo = ctypes.CDLL("libturbojpeg.so.0")
turbo.tjInitCompress.restype = ctypes.c_void_p
inks = np.ascontiguousarray(255 - inks)  # As Adobe's programs write them.
out, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
assert 0 == turbo.tjCompress2(
    ctypes.c_void_p(turbo.tjInitCompress()), inks.ctypes.data_as(ctypes.c_void_p), 21, 0, 14, 11,
    ctypes.byref(out), ctypes.byref(size), 0, 90, 0)
with open("ycck.jpg", "wb") as file:
    file.write(bytes(out[: size.value]))

# The same picture in every orientation, in both orders of bytes.
for orientation in range(1, 9):
    order = "little" if orientation % 2 else "big"

    def number(value, count):
        return value.to_bytes(count, order)

    tiff = (b"II" if order == "little" else b"MM") + number(42, 2) + number(8, 4) + number(2, 2)
    tiff += number(0x0100, 2) + number(4, 2) + number(1, 4) + number(21, 4)
    tiff += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + bytes(6)
    gray.crop((0, 0, 13, 9)).save(
        f"orientation-{orientation}.jpg", quality=80, optimize=True, exif=b"Exif\0\0" + tiff)

for path in glob.glob("*.jpg"):
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        image = image if image.mode == "L" else image.convert("RGB")
        image.save(path[:-4] + ".png", optimize=True, icc_profile=None)
