import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const named = {
  entryFileNames: "page/[name]-[hash].js",
  chunkFileNames: "page/[name]-[hash].js",
  assetFileNames: "page/[name]-[hash][extname]",
};

// save.js is the service worker: a file of its own at the root, so that it may serve /save/.
export default defineConfig({
  base: "/",
  publicDir: false,
  worker: { format: "es", rollupOptions: { output: named } },
  test: { include: ["test/**/*.test.ts"], setupFiles: ["test/setup.ts"], fileParallelism: false },
  build: {
    outDir: process.env.PAGE_OUT ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: true,
    rollupOptions: {
      input: { page: resolve(__dirname, "index.html"), save: resolve(__dirname, "src/save_worker.ts") },
      output: { ...named, entryFileNames: (chunk) => (chunk.name === "save" ? "save.js" : named.entryFileNames) },
    },
  },
});
