import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Two pages, built into the gateway's package, which serves them with hashed names.
export default defineConfig({
  plugins: [react()],
  base: "/app/",
  build: {
    outDir: "../gateway/static",
    emptyOutDir: true,
    target: "es2022",
    rollupOptions: { input: { candidate: "candidate.html", staff: "staff.html" } },
  },
});
