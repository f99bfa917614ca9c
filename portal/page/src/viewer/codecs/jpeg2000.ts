// JPEG 2000 (OpenJPEG), which undoes its multiple component transform.

import factory from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import wasm from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import { decodeOnce, start, type Codec } from "./codec";

const module = start(factory, wasm);

export const decode: Codec = async (data) => ({ ...decodeOnce(await module, "J2KDecoder", data), rgb: false });
