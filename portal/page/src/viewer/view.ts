// Where the canvas lies on its surface, and how large. The canvas has the image's own pixels; the browser scales it.

const MOST = 32;
const LEAST = 0.25;

export class View {
  private zoom = 1; // 1: the whole image just fits
  private x = 0; // of the image's centre from the surface's, in CSS pixels
  private y = 0;
  private aspect = 1;

  constructor(
    private readonly surface: HTMLElement,
    private readonly canvas: HTMLCanvasElement,
  ) {}

  /** Takes the pixels' aspect of the image now in the canvas. */
  shape(aspect: number): void {
    this.aspect = aspect;
    this.apply();
  }

  fit(): void {
    [this.zoom, this.x, this.y] = [1, 0, 0];
    this.apply();
  }

  /** A pixel of the image is one of the screen. */
  actualSize(): void {
    const wanted = 1 / devicePixelRatio / this.fitting();
    this.zoomTo(wanted, 0, 0);
  }

  /** Towards a point, given from the surface's centre; it stays where it is. */
  zoomBy(factor: number, atX = 0, atY = 0): void {
    this.zoomTo(this.zoom * factor, atX, atY);
  }

  moveBy(dx: number, dy: number): void {
    const { width, height } = this.surface.getBoundingClientRect();
    const scale = this.fitting() * this.zoom;
    const [edgeX, edgeY] = [(width + this.canvas.width * scale) / 2 - 24, (height + this.canvas.height * this.aspect * scale) / 2 - 24];
    this.x = clamp(this.x + dx, Math.max(0, edgeX));
    this.y = clamp(this.y + dy, Math.max(0, edgeY));
    this.apply();
  }

  apply(): void {
    const { width, height } = this.surface.getBoundingClientRect();
    const across = this.fitting() * this.zoom;
    const down = across * this.aspect;
    const left = onGrid((width - this.canvas.width * across) / 2 + this.x);
    const top = onGrid((height - this.canvas.height * down) / 2 + this.y);
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${across}, ${down})`;
  }

  private zoomTo(zoom: number, atX: number, atY: number): void {
    const actual = 1 / this.fitting();
    const next = Math.min(Math.max(zoom, Math.min(LEAST, actual)), Math.max(MOST, actual));
    const grown = next / this.zoom;
    this.zoom = next;
    this.moveBy((this.x - atX) * (grown - 1), (this.y - atY) * (grown - 1));
  }

  private fitting(): number {
    const { width, height } = this.surface.getBoundingClientRect();
    const fits = Math.min(width / this.canvas.width, height / (this.canvas.height * this.aspect));
    return fits > 0 ? fits : 1;
  }
}

/** On a pixel of the screen, so that one to one is sharp. */
function onGrid(place: number): number {
  return Math.round(place * devicePixelRatio) / devicePixelRatio;
}

function clamp(value: number, edge: number): number {
  return Math.min(Math.max(value, -edge), edge);
}
