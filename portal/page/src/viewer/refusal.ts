// Why an image is not shown. The reasons are names of sentences (words.ts): what was found in a file is never shown.

export type Reason = "damaged" | "unsupported" | "tooLarge" | "noPixels" | "failed";

export class Refusal extends Error {
  constructor(readonly reason: Reason) {
    super(reason);
    this.name = "Refusal";
  }
}

export function refuse(reason: Reason): never {
  throw new Refusal(reason);
}

export function isAbort(error: unknown): boolean {
  return (error instanceof Error || error instanceof DOMException) && error.name === "AbortError";
}
