"""Pixels: round things with noise on them, compressible as real slices are; and text drawn into them."""

import numpy

FONT = {
    "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644", "G": "34553",
    "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447", "M": "57755", "N": "65555",
    "O": "25552", "P": "65644", "Q": "25573", "R": "65655", "S": "34216", "T": "72222", "U": "55557",
    "V": "55552", "W": "55775", "X": "55255", "Y": "55222", "Z": "71247", "0": "75557", "1": "26227",
    "2": "71747", "3": "71717", "4": "55711", "5": "74717", "6": "74757", "7": "71222", "8": "75757",
    "9": "75717", ".": "00002", ":": "02020", "-": "00700", "^": "25000", "/": "11244", ",": "00024",
}


class Body:
    """Slices of one body, each a little different; the same seed gives the same slices."""

    def __init__(self, rows, columns, seed, noise=7.0):
        self.shape = (rows, columns)
        y, x = numpy.mgrid[-1:1:rows * 1j, -1:1:columns * 1j]
        self.outline = ((x / 0.82) ** 2 + (y / 0.62) ** 2 < 1).astype(numpy.int16)
        self.organs = [((x - cx) / w) ** 2 + ((y - cy) / h) ** 2
                       for cx, cy, w, h in ((-0.35, 0, 0.25, 0.4), (0.35, 0, 0.25, 0.4), (0, 0.4, 0.12, 0.12))]
        random = numpy.random.default_rng(seed)
        self.noise = numpy.rint(random.normal(0, noise, (2, rows, columns))).astype(numpy.int16)

    def slice(self, number):
        """Values from 0 to 4095, unsigned 12 bits of 16."""
        image = self.outline * numpy.int16(1060)
        for organ, value in zip(self.organs, (-760, -760, 640)):
            image += (organ < 0.8 + 0.2 * numpy.sin(number / 9)) * numpy.int16(value)
        rolled = numpy.roll(self.noise[number % 2], (number * 37, number * 101), axis=(0, 1))
        # Air has no noise in it: scanners clip there.
        image += rolled * self.outline
        return numpy.clip(image, 0, 4095).astype("<u2")


def draw(image, text, row, column, scale=4, value=255):
    """Letters of 3 x 5 dots, each dot `scale` pixels wide."""
    for letter in text.upper():
        for line, bits in enumerate(FONT.get(letter, "00000")):
            for dot in range(3):
                if int(bits) >> (2 - dot) & 1:
                    top, left = row + line * scale, column + dot * scale
                    image[top:top + scale, left:left + scale] = value
        column += 4 * scale
