// What was used most recently, up to a weight.

export class Recent<T> {
  private readonly values = new Map<string, T>(); // in the order of their last use
  private weight = 0;

  constructor(
    private readonly limit: number,
    private readonly weigh: (value: T) => number,
  ) {}

  get(key: string): T | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  /** Makes room by dropping what was not used the longest; what is heavier than all that may be kept is not kept. */
  put(key: string, value: T): void {
    this.drop(key);
    const weight = this.weigh(value);
    if (weight > this.limit) return;
    for (const oldest of this.values.keys()) {
      if (this.weight + weight <= this.limit) break;
      this.drop(oldest);
    }
    this.values.set(key, value);
    this.weight += weight;
  }

  clear(): void {
    this.values.clear();
    this.weight = 0;
  }

  private drop(key: string): void {
    const value = this.values.get(key);
    if (value === undefined) return;
    this.values.delete(key);
    this.weight -= this.weigh(value);
  }
}
