import { defineConfig } from "vite";

// The viewer alone, built as the page is.
export default defineConfig({
  root: new URL("page", import.meta.url).pathname,
  logLevel: "warn",
  worker: { format: "es" },
  build: { outDir: "../dist", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
