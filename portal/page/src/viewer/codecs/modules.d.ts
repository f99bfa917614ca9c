// The codec packages bring no types.

declare module "@cornerstonejs/*wasmjs" {
  const factory: import("./codec").Factory;
  export default factory;
}
