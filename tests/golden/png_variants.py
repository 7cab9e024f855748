"""Writes golden/png_variants/: one small PNG of each color type, with the RGB pixels that PIL makes of it.

    python tests/golden/png_variants.py    (Pillow 13)
"""
import io, os, struct, zlib
import numpy as np
from PIL import Image, ImageOps

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "png_variants")
os.makedirs(here, exist_ok=True)
rng = np.random.default_rng(7)
H, W = 5, 7


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(color_type, depth, rows, extra=b"", interlace=0):
    raw = b"".join(b"\0" + r for r in rows)
    ihdr = struct.pack(">IIBBBBB", W, H, depth, color_type, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def packed(bits):
    return [rng.integers(0, 256, (W * bits + 7) // 8, dtype=np.uint8).tobytes() for _ in range(H)]


palette = chunk(b"PLTE", rng.integers(0, 256, 3 * 256, dtype=np.uint8).tobytes())
alpha = chunk(b"tRNS", bytes(range(0, 250, 10)))
small = {b: chunk(b"PLTE", rng.integers(0, 256, 3 * 2**b, dtype=np.uint8).tobytes()) for b in (1, 2, 4)}
exif = lambda o: chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">H", o) + b"\0\0\0\0\0\0")
files = {
    "grey1": png(0, 1, packed(1)), "grey2": png(0, 2, packed(2)), "grey4": png(0, 4, packed(4)),
    "grey8": png(0, 8, packed(8)),
    "grey16": png(0, 16, [np.array([0, 1, 200, 255, 256, 4660, 65535], ">u2").tobytes() for _ in range(H)]),
    "grey_alpha8": png(4, 8, packed(16)), "grey_alpha16": png(4, 16, packed(32)),
    "rgb8": png(2, 8, packed(24)), "rgb16": png(2, 16, packed(48)),
    "rgb8_key": png(2, 8, packed(24), chunk(b"tRNS", b"\0\x10\0\x20\0\x30")),
    "rgba8": png(6, 8, packed(32)), "rgba16": png(6, 16, packed(64)),
    "palette1": png(3, 1, packed(1), small[1]), "palette2": png(3, 2, packed(2), small[2]),
    "palette4": png(3, 4, packed(4), small[4]), "palette8": png(3, 8, packed(8), palette),
    "palette8_alpha": png(3, 8, packed(8), palette + alpha),
}
for o in range(1, 9):
    files[f"orientation{o}"] = png(2, 8, packed(24), exif(o))
for name, data in files.items():
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    with open(os.path.join(here, name + ".png"), "wb") as f:
        f.write(data)
    with open(os.path.join(here, name + ".rgb"), "wb") as f:
        f.write(struct.pack("<II", image.width, image.height) + image.tobytes())
print(len(files), "files")
