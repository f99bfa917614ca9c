// Inflating something whole.
import type { Bytes8 } from "./bytes";
import { NotGenuine } from "./stream";

/** Never more than `size` bytes, whatever the deflated ones say. */
export async function inflated(stored: Bytes8, size: number): Promise<Bytes8> {
  const reader = new Response(stored).body!.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const whole = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new NotGenuine("deflated bytes that do not inflate");
    });
    if (done) break;
    if (filled + value.length > size) throw new NotGenuine("deflated bytes that are too long");
    whole.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new NotGenuine("deflated bytes that are too short");
  return whole;
}
