"""How many sampled molecules are balanced, distinct and new.

    vae sample runs/molecules --count 1000 --temperature 1 --out samples.txt
    python check_smiles.py samples.txt qm9.csv

Balanced: parentheses and brackets close in order, every ring number opened is closed, and the string
is not empty and neither begins nor ends with a bond or an open branch. New: not a line of the data.
"""
import re, sys

RING = re.compile(r"%\d\d|\d")


def balanced(smiles):
    if not smiles or smiles[-1] in "=#-+(/\\" or smiles[0] in "=#()/\\":
        return False
    outside, depth, inside = "", 0, False
    for character in smiles:
        if character == "[":
            if inside:
                return False
            inside = True
        elif character == "]":
            if not inside:
                return False
            inside = False
            outside += "*"
        elif not inside:
            outside += character
            depth += (character == "(") - (character == ")")
            if depth < 0:
                return False
    rings = RING.findall(outside)
    return not inside and depth == 0 and "()" not in outside and all(
        rings.count(ring) % 2 == 0 for ring in set(rings))


samples = [line.rstrip("\n") for line in open(sys.argv[1])]
known = {line.strip().split(",")[0] for line in open(sys.argv[2])}
good = [s for s in samples if balanced(s)]
print(f"{len(samples)} samples: {len(good) / len(samples):.1%} balanced, "
      f"{len(set(samples)) / len(samples):.1%} distinct, "
      f"{sum(s not in known for s in samples) / len(samples):.1%} new, "
      f"{sum(s not in known for s in good) / len(samples):.1%} balanced and new")
