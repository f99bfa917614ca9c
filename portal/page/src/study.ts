// A study as its index names it, and how the bytes of its instances are got. What the viewer knows
// of the rest of the page.

/** An instance of the package: a Part 10 file (PS3.10) of `size` bytes. */
export interface Instance {
  uid: string; // SOP Instance UID
  sopClass: string; // SOP Class UID
  transferSyntax: string; // Transfer Syntax UID of the file
  file: string; // its name in the package
  size: number; // bytes of the file
  frames: number; // 0: nothing to look at (a report); 1 and more: frames of pixel data
}

export interface Series {
  uid: string;
  modality: string;
  description?: string;
  number?: number;
  instances: Instance[]; // in the order of the study
}

export interface Bytes {
  /**
   * Bytes [from, to) of the instance's file, 0 <= from <= to <= size, verified before they are given out. Fetches only
   * what they lie in: of large files the segments of 1 MiB that are touched, of small ones (up to 16 MiB, deflated) the
   * whole, kept for a while. Rejects with an Error whose message may be shown; with AbortError once `signal` aborts.
   */
  read(instance: Instance, from: number, to: number, signal?: AbortSignal): Promise<Uint8Array>;
}
