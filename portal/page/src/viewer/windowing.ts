// Which window is in force: one of the choices of the list, or the reader's own.

import { fullRange, type Grey, type Shading, type Window } from "./voi";
import type { Shown } from "./frames";

export type Choice = "stored" | "full" | "soft" | "lung" | "bone" | "brain" | "own";

const CT: Partial<Record<Choice, { center: number; width: number }>> = {
  soft: { center: 40, width: 400 },
  lung: { center: -600, width: 1500 },
  bone: { center: 400, width: 1800 },
  brain: { center: 40, width: 80 },
};

/** The choices for a modality, in the order of the list. */
export function choicesFor(modality: string): Choice[] {
  return modality === "CT" ? ["stored", "soft", "lung", "bone", "brain", "full"] : ["stored", "full"];
}

export class Windowing {
  private own: Window | undefined;

  choice: Choice = "stored";

  /** The window for this frame. Without a stored one, every value is shown. */
  windowOf({ picture, shade }: Shown & { picture: Grey }): Window {
    const fixed = CT[this.choice];
    if (fixed) return { ...fixed, shape: "LINEAR" };
    if (this.choice === "own" && this.own) return this.own;
    return (this.choice === "stored" ? shade.window : undefined) ?? fullRange(picture, shade.rescale);
  }

  shadingOf(shown: Shown & { picture: Grey }): Shading {
    const { shade, layout, padding } = shown;
    return { window: this.windowOf(shown), rescale: shade.rescale, inverted: layout.photometric === "MONOCHROME1", padding };
  }

  /** From here on the reader's own: right widens, down darkens, by parts of what the frame spans. */
  drag(shown: Shown & { picture: Grey }, right: number, down: number): void {
    const { center, width, shape } = this.windowOf(shown);
    const pace = Math.max(width, fullRange(shown.picture, shown.shade.rescale).width / 16) / 256;
    const least = shape === "LINEAR" ? 1 : 1e-3;
    this.own = { center: center + down * pace, width: Math.max(least, width + right * pace), shape };
    this.choice = "own";
  }
}

export function isGrey(shown: Shown | undefined): shown is Shown & { picture: Grey } {
  return shown?.picture.kind === "grey";
}
