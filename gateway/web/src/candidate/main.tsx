/** The entry of the candidate room: words first, then the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { askForKeys } from "../api/safeExamBrowser";
import { startText } from "../i18n/text";
import { App, prefetchInside, whereabouts } from "./App";
import "./candidate.css";
import { applyPreferences } from "./preferences";
import { CATALOGUE } from "./texts";

applyPreferences();
askForKeys();
await startText(CATALOGUE);
const begin = await whereabouts();
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App begin={begin} />
    </StrictMode>,
  );
}
// In the time it takes to type a code.
void prefetchInside();
