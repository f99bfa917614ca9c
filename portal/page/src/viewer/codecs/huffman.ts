// Entropy coded data of JPEG (ISO/IEC 10918-1 Annex F.2.2): bits, and Huffman codes.

import { refuse } from "../refusal";

/** The codes of one table, by length: values, and the first and last code of each length (Annex C, F.15). */
export class Codes {
  private readonly first = new Int32Array(17);
  private readonly last = new Int32Array(17).fill(-1);
  private readonly index = new Int32Array(17);

  constructor(
    counts: Uint8Array,
    private readonly values: Uint8Array,
  ) {
    let [code, index] = [0, 0];
    for (let length = 1; length <= 16; length++, code <<= 1) {
      const count = counts[length - 1];
      [this.first[length], this.index[length]] = [code, index];
      if (count > 0) this.last[length] = code + count - 1;
      code += count;
      index += count;
    }
  }

  read(bits: Bits): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | bits.one();
      if (code <= this.last[length]) return this.values[this.index[length] + code - this.first[length]];
    }
    return refuse("damaged");
  }
}

export class Bits {
  private byte = 0;
  private left = 0;

  constructor(
    private readonly data: Uint8Array,
    private at: number,
  ) {}

  one(): number {
    if (this.left === 0) this.next();
    this.left -= 1;
    return (this.byte >> this.left) & 1;
  }

  /** A value of this many bits, with its sign (F.2.2.1, EXTEND). */
  signed(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.one();
    return count > 0 && value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** Goes on behind the restart marker, which has to be here. */
  restart(): void {
    this.left = 0;
    while (this.at + 1 < this.data.length && this.data[this.at] === 0xff && this.data[this.at + 1] === 0xff) this.at += 1;
    if (this.data[this.at] !== 0xff || (this.data[this.at + 1] & 0xf8) !== 0xd0) refuse("damaged");
    this.at += 2;
  }

  private next(): void {
    if (this.at >= this.data.length) refuse("damaged");
    this.byte = this.data[this.at++];
    this.left = 8;
    if (this.byte !== 0xff) return;
    // A zero is stuffed behind 0xff; anything else is a marker, where no more bits are.
    if (this.data[this.at++] !== 0) refuse("damaged");
  }
}
