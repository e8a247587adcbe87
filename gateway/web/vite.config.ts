import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { boundedFirstLoad } from "./scripts/weight.ts";

// Two pages, built into the gateway's package, which serves them with hashed names.
export default defineConfig({
  plugins: [react(), boundedFirstLoad()],
  base: "/app/",
  build: {
    outDir: "../gateway/static",
    emptyOutDir: true,
    target: "es2022",
    // Phones three years old: colours said with light-dark() are rewritten for them.
    cssTarget: ["chrome111", "firefox114", "safari16.4"],
    rollupOptions: { input: { candidate: "candidate.html", staff: "staff.html" } },
  },
});
