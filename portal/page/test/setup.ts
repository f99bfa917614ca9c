// Node 18 has WebCrypto, but not yet under its global name.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto as Crypto;
