/** One accent, the system's letters, room to breathe. */
import { createTheme, type CSSVariablesResolver } from "@mantine/core";

const SYSTEM_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', sans-serif";

export const theme = createTheme({
  fontFamily: SYSTEM_FONT,
  headings: { fontFamily: SYSTEM_FONT, fontWeight: "650" },
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
});

/** Quiet words and errors dark enough to read (WCAG 1.4.3), and cards that stand out from the page. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f7f8fa",
    "--mantine-color-dimmed": "#565e67",
    "--mantine-color-placeholder": "#626a72",
    "--mantine-color-error": "#c01c3c",
    "--examhall-surface": "#ffffff",
  },
  dark: {
    "--mantine-color-dimmed": "#b0b4ba",
    "--mantine-color-placeholder": "#a0a4aa",
    "--mantine-color-error": "#ff9b9b",
    "--examhall-surface": "#2e2e2e",
  },
});
