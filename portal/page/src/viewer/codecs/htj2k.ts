// High-Throughput JPEG 2000 (OpenJPH).

import factory from "@cornerstonejs/codec-openjph/wasmjs";
import wasm from "@cornerstonejs/codec-openjph/wasm?url";
import { decodeOnce, start, type Codec } from "./codec";

const module = start(factory, wasm);

export const decode: Codec = async (data) => ({ ...decodeOnce(await module, "HTJ2KDecoder", data), rgb: false });
