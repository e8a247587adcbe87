/** The entry of the staff pages: words first, then the page. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/staff.css";
import { startText } from "../i18n/text";
import { nonce } from "./app/nonce";
import { StaffApp } from "./app/StaffApp";
import { CATALOGUE } from "./app/texts";

// Mantine's scroll lock writes a style element of its own and looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce() });
await startText(CATALOGUE);
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <StaffApp />
    </StrictMode>,
  );
}
