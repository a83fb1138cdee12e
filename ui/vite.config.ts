import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

// The page is served with a content security policy that allows files of its own origin and nothing else: so nothing
// is inlined, neither as a script nor as a data: address.
export default defineConfig(({ mode }) => {
  // `LIGAND_WEB=http://127.0.0.1:PORT npm run dev` shows a running host's data; open the dev server's address with
  // the `#token=…` that the host printed.
  const { LIGAND_WEB: web } = loadEnv(mode, ".", "LIGAND_");
  return {
    plugins: [react()],
    build: {
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // The oldest webviews that the desktop shell meets.
      target: ["chrome111", "safari16.4"],
    },
    server: {
      host: "127.0.0.1",
      fs: { allow: [".", "../icons"] },
      proxy: web ? { "/v1": { target: web, changeOrigin: true, headers: { origin: web } } } : {},
    },
    test: { environment: "happy-dom", restoreMocks: true },
  };
});
