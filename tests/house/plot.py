"""Line plots as SVG, side by side: a logarithmic axis for how much, a linear one for what it costs."""

import html
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 300, 58, 128, 34, 46
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555", "#7f3c8d")


def text(x, y, words, anchor="middle", size=11, **more):
    rest = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{rest}>{html.escape(words)}</text>'


def line(points, colour, width=2.0):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def step_of(most):
    """About five round steps up to `most`."""
    rough = most / 5 or 1
    power = 10 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough)


def short(value):
    return f"{value:,.10g}"


class Panel:
    """`lines`: {name: [y, ...]}, one y for each of `xs`."""

    def __init__(self, title, x_title, y_title, xs, lines):
        self.title, self.x_title, self.y_title, self.xs, self.lines = title, x_title, y_title, xs, lines
        self.step = step_of(max(max(ys) for ys in lines.values()))
        self.top = self.step * math.ceil(max(max(ys) for ys in lines.values()) / self.step)

    def at(self, x, y):
        first, last = math.log10(self.xs[0]), math.log10(self.xs[-1])
        part = (math.log10(x) - first) / ((last - first) or 1)
        return LEFT + part * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / self.top * (HEIGHT - TOP - BOTTOM)

    def frame(self):
        yield text(LEFT, 18, self.title, "start", 13, **{"font-weight": "bold"})
        for n in range(round(self.top / self.step) + 1):
            x, y = self.at(self.xs[0], n * self.step)
            yield line([(x, y), self.at(self.xs[-1], n * self.step)], "#dddddd", 1)
            yield text(x - 6, y + 4, short(n * self.step), "end")
        for x in self.xs:
            yield text(self.at(x, 0)[0], HEIGHT - BOTTOM + 16, short(x))
        yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, self.x_title)
        middle = (TOP + HEIGHT - BOTTOM) / 2
        yield text(14, middle, self.y_title, transform=f"rotate(-90 14 {middle:.0f})")

    def names(self):
        """Each beside the end of its line, moved apart where they would meet."""
        wanted = sorted((self.at(self.xs[-1], ys[-1])[1], name) for name, ys in self.lines.items())
        lowest = HEIGHT - BOTTOM + 4 - 13 * (len(wanted) - 1)
        above = -math.inf
        for n, (y, name) in enumerate(wanted):
            above = max(above + 13, min(y + 4, lowest + 13 * n))
            yield name, above

    def drawn(self):
        colours = dict(zip(self.lines, COLOURS))
        yield from self.frame()
        for name, ys in self.lines.items():
            points = [self.at(x, y) for x, y in zip(self.xs, ys)]
            yield line(points, colours[name])
            yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>' for x, y in points)
        yield from (text(WIDTH - RIGHT + 8, y, name, "start", fill=colours[name]) for name, y in self.names())


def svg(panels, across=2):
    """The panels in rows, with the white ground that a dark page needs."""
    rows = math.ceil(len(panels) / across)
    width, height = WIDTH * min(across, len(panels)), HEIGHT * rows
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'font-family="sans-serif" fill="#222222">', f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for n, panel in enumerate(panels):
        parts += [f'<g transform="translate({n % across * WIDTH} {n // across * HEIGHT})">', *panel.drawn(), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"
