// The package: instances read out of it by ranges, inflated where they are deflated, verified always.
import type { Blob } from "./blob";
import { equal, sha256, type Bytes8 } from "./bytes";
import { inflated } from "./inflate";
import { NotGenuine } from "./stream";
import type { Bytes, Instance } from "./study";
import type { Entry, PlacedInstance } from "./study_index";

const kKept = 64 << 20; // bytes of inflated files

export class Package implements Bytes {
  private readonly kept = new Map<string, Bytes8>();
  private size = 0;

  /** `looked`: called once, when something is read. `over`: when reading fails, with why. */
  constructor(private readonly blob: Blob, private looked: () => void, private readonly over: (fault: unknown) => void) {}

  async read(instance: Instance, from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    this.looked();
    this.looked = () => undefined;
    const { entry } = instance as PlacedInstance;
    if (from < 0 || to < from || to > entry.size) throw new RangeError("outside of the file");
    try {
      if (entry.method === 0) return await this.blob.read(entry.offset + from, entry.offset + to, signal);
      return (await this.whole(entry, signal)).subarray(from, to);
    } catch (fault) {
      this.over(fault);
      throw fault;
    }
  }

  forget(): void {
    this.kept.clear();
    this.size = 0;
  }

  private async whole(entry: Entry, signal?: AbortSignal): Promise<Bytes8> {
    const known = this.kept.get(entry.file);
    if (known !== undefined) return known;
    const file = await inflated(await this.blob.read(entry.offset, entry.offset + entry.stored, signal), entry.size);
    if (!equal(await sha256(file), entry.sha256)) throw new NotGenuine("a file that is not what the index says");
    this.keep(entry.file, file);
    return file;
  }

  private keep(name: string, file: Bytes8): void {
    if (this.kept.has(name)) return;
    this.kept.set(name, file);
    this.size += file.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.size <= kKept) break;
      this.kept.delete(oldest);
      this.size -= length;
    }
  }
}
