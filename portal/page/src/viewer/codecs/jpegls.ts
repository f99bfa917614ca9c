// JPEG-LS (CharLS).

import factory from "@cornerstonejs/codec-charls/decodewasmjs";
import wasm from "@cornerstonejs/codec-charls/decodewasm?url";
import { decodeOnce, start, type Codec } from "./codec";

const module = start(factory, wasm);

export const decode: Codec = async (data) => ({ ...decodeOnce(await module, "JpegLSDecoder", data), rgb: false });
