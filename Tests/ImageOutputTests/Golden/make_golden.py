"""Makes png.json and resize.json, the golden values of the ImageOutput tests.

png.json: files of every kind the PNG format knows, encoded here with nothing but zlib and struct,
and their pixels as pypng, a decoder that shares no code with libpng, reads them. Samples are
scaled to 8 bits by round(value * 255 / largest).

resize.json: images as Pillow resizes them.

Repeat with:  pip install pypng==0.20220715.0 pillow==13.0.0  and  python make_golden.py
"""

import base64
import io
import json
import pathlib
import random
import struct
import zlib

import png
from PIL import Image

HERE = pathlib.Path(__file__).parent
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def text(data):
    return base64.b64encode(bytes(data)).decode()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """One row of samples as the bytes that the format stores."""
    if depth == 16:
        return struct.pack(">%dH" % len(samples), *samples)
    if depth == 8:
        return bytes(samples)
    bits = "".join(format(sample, "0%db" % depth) for sample in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(rows, step):
    """The rows of one pass, each with the next of the five filters."""
    result, before = b"", None
    for index, row in enumerate(rows):
        above = before or bytes(len(row))
        kind = index % 5
        line = bytearray()
        for i, byte in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            estimate = left + above[i] - corner
            nearest = min((abs(estimate - left), 0, left), (abs(estimate - above[i]), 1, above[i]),
                          (abs(estimate - corner), 2, corner))[2]
            guess = [0, left, above[i], (left + above[i]) // 2, nearest][kind]
            line.append((byte - guess) & 255)
        result += bytes([kind]) + bytes(line)
        before = row
    return result


def encode(width, height, kind, depth, interlaced, pixels, palette, transparency):
    """pixels[row][column] is a tuple of samples."""
    step = max(1, SAMPLES[kind] * depth // 8)
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    data = b""
    for x, y, dx, dy in passes:
        rows = [[s for p in pixels[row][x::dx] for s in p] for row in range(y, height, dy)]
        rows = [packed(row, depth) for row in rows if row]
        data += filtered(rows, step)
    out = b"\x89PNG\r\n\x1a\n"
    out += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))
    out += chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"tEXt", b"Comment\0skipped")
    if palette:
        out += chunk(b"PLTE", bytes(v for color in palette for v in color))
    if transparency is not None:
        out += chunk(b"tRNS", transparency)
    middle = len(data) // 2
    stored = zlib.compress(data, 9)
    out += chunk(b"IDAT", stored[:middle]) + chunk(b"IDAT", stored[middle:])
    return out + chunk(b"IEND", b"")


def decoded(stored):
    """Width, height, channels and 8-bit samples, as pypng reads them."""
    width, height, rows, info = png.Reader(bytes=stored).asDirect()
    largest = 2 ** info["bitdepth"] - 1
    samples = [int(v * 255 / largest + 0.5) for row in rows for v in row]
    return info["planes"], samples


def pngs():
    rng = random.Random(7)
    cases = []
    for kind, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16],
                         6: [8, 16]}.items():
        for depth in depths:
            for interlaced in (0, 1):
                for transparent in (False, True) if kind in (0, 2, 3) else (False,):
                    width, height = rng.choice([(9, 11), (17, 6), (1, 5), (8, 8)])
                    largest = 2 ** depth - 1
                    pixels = [[tuple(rng.randint(0, largest) for _ in range(SAMPLES[kind]))
                               for _ in range(width)] for _ in range(height)]
                    palette, table = None, None
                    if kind == 3:
                        palette = [tuple(rng.randrange(256) for _ in range(3))
                                   for _ in range(largest + 1)]
                    if transparent and kind == 3:
                        table = bytes(rng.randrange(256) for _ in range((largest + 2) // 2))
                    elif transparent:
                        table = struct.pack(">%dH" % SAMPLES[kind], *pixels[0][0])
                    stored = encode(width, height, kind, depth, interlaced, pixels, palette, table)
                    Image.open(io.BytesIO(stored)).load()  # a third decoder takes it too
                    planes, samples = decoded(stored)
                    cases.append({
                        "name": "type %d, %d bits%s%s" % (
                            kind, depth, ", interlaced" if interlaced else "",
                            ", tRNS" if transparent else ""),
                        "file": text(stored), "width": width, "height": height, "bitDepth": depth,
                        "colorType": kind, "isInterlaced": bool(interlaced),
                        "hasTransparency": transparent or kind in (4, 6), "planes": planes,
                        "samples": text(samples)})
    return cases


def resizes():
    rng = random.Random(8)
    sizes = [(13, 17, 5, 4), (13, 17, 29, 40), (28, 28, 32, 32), (32, 32, 28, 28), (7, 30, 30, 7),
             (1, 1, 3, 2), (9, 5, 1, 1), (6, 6, 6, 3), (40, 3, 7, 3), (45, 50, 32, 32)]
    cases = []
    for height, width, new_height, new_width in sizes:
        for mode, channels in (("L", 1), ("RGB", 3)):
            data = bytes(rng.randrange(256) for _ in range(height * width * channels))
            image = Image.frombytes(mode, (width, height), data)
            results = {
                name: text(image.resize((new_width, new_height), kind).tobytes())
                for name, kind in (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR),
                                   ("area", Image.BOX))}
            cases.append({
                "height": height, "width": width, "channels": channels, "pixels": text(data),
                "newHeight": new_height, "newWidth": new_width, "results": results})
    color = bytes(rng.randrange(256) for _ in range(5 * 7 * 3))
    gray = Image.frombytes("RGB", (7, 5), color).convert("L").tobytes()
    return {"resizes": cases, "color": text(color), "gray": text(gray)}


(HERE / "png.json").write_text(json.dumps(pngs(), indent=0) + "\n")
(HERE / "resize.json").write_text(json.dumps(resizes(), indent=0) + "\n")
