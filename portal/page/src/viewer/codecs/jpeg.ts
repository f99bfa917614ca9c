// JPEG Baseline and Extended of 8 bits (libjpeg-turbo), which gives RGB for YCbCr.

import factory from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs";
import wasm from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm?url";
import { decodeOnce, start, type Codec } from "./codec";

const module = start(factory, wasm);

export const decode: Codec = async (data) => ({ ...decodeOnce(await module, "JPEGDecoder", data), rgb: true });
