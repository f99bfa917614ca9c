#!/usr/bin/python3
"""Puts a merged corpus in the place of the committed one: fold.py TARGET MERGED COMMITTED SEEDS

What a person named (seeds, and findings put into the committed corpus) stays under its name; whatever
else is kept is named by its digest. No more than 150 files and 300 kB of a target.
"""
import hashlib
import pathlib
import re
import sys

FILES, BYTES = 150, 300_000
merged, committed, seeds = map(pathlib.Path, sys.argv[2:5])


def named():
    """content -> name"""
    files = [path for folder in (seeds, committed) for path in sorted(folder.glob("*"))]
    return {path.read_bytes(): path.name for path in files if not re.fullmatch("[0-9a-f]{16}", path.name)}


def kept():
    """(name, content): what was named, then the others in the order of their digests, as far as there is room."""
    names = named()
    others = {path.read_bytes() for path in merged.glob("*")} - set(names)
    digests = {hashlib.sha256(content).hexdigest()[:16]: content for content in others}
    left = BYTES
    for name, content in ([(name, content) for content, name in names.items()] + sorted(digests.items()))[:FILES]:
        left -= len(content)
        if left >= 0:
            yield name, content


files = dict(kept())
for old in committed.glob("*"):
    old.unlink()
for name, content in files.items():
    (committed / name).write_bytes(content)
print(f"  corpus of {sys.argv[1]}: {len(files)} files, {sum(map(len, files.values())) / 1000:.0f} kB")
