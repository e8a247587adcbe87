/** What the session looks out for, told before anything is looked at. */
import type { CandidateSession } from "../../api/types";
import { useWords, type Key } from "../texts";

const TOLD: Partial<Record<CandidateSession["security"]["observed"][number], Key>> = {
  focus_lost: "observed.focus",
  clipboard_used: "observed.clipboard",
  full_screen_left: "observed.full-screen",
  screen_share_stopped: "observed.sharing",
  connection_replaced: "observed.connection",
  address_changed: "observed.address",
  answer_speed: "observed.speed",
  idle: "observed.idle",
};
/** Alone it needs no words of its own: whoever continues elsewhere is told there and then. */
const USUAL: Key = "observed.connection";

export function Observed({ security }: { security: CandidateSession["security"] }) {
  const t = useWords();
  const { observed, lockdown } = security;
  const told = [
    ...(lockdown === "in_page" ? (["observed.locked"] as const) : []),
    ...(lockdown === "safe_exam_browser" ? (["observed.seb"] as const) : []),
    ...observed.flatMap((kind) => TOLD[kind] ?? []),
  ];
  if (told.every((key) => key === USUAL)) return null;
  return (
    <>
      <h2>{t("observed.title")}</h2>
      <p>{t("observed.lead")}</p>
      <ul className="list">
        {told.map((key) => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
    </>
  );
}
