/** The room from within: the bar, the page that fits, help. Fetched after the door, so that the door opens at once. */
import { Suspense, useEffect, useState } from "react";
import { savingOf } from "./attempt";
import { Guard, isWatched } from "./conduct/needed";
import { leaveFullScreen } from "./fullScreen";
import { IdentityPage } from "./identity/lazily";
import { Dialog, useTitle, Working } from "./parts";
import { ClosedPage, ReceiptPage, ReplacedPage } from "./pages/AfterPages";
import { InstructionsPage, WaitingPage } from "./pages/BeforePages";
import { CheckPage } from "./pages/CheckPage";
import { Help, HelpButton } from "./player/Help";
import { Player } from "./player/Player";
import { SaveState } from "./player/SaveState";
import { Timer } from "./player/Timer";
import { useAttempt, useInside } from "./roomContext";
import { useWords } from "./texts";
import { TopBar } from "./TopBar";

export { enterRoom } from "./room";

type Asking = "help" | "sign-out" | null;

export function Inside() {
  const t = useWords();
  const { seat, signOut } = useInside();
  const attempt = useAttempt();
  const [asking, setAsking] = useState<Asking>(null);
  useTitle(seat.sessionName);
  const phase = attempt.row?.phase;
  const working = phase === "active" || phase === "paused";
  const over = phase === "complete";
  useEffect(() => {
    if (over) void leaveFullScreen();
  }, [over]);
  const gone = attempt.line === "replaced" || attempt.line === "closed";
  const unsaved = savingOf(attempt) !== "saved" && working;
  return (
    <>
      <TopBar title={seat.sessionName} signOut={gone ? undefined : () => (unsaved ? setAsking("sign-out") : signOut())}>
        {working && !gone && (
          <>
            <SaveState />
            <Timer />
          </>
        )}
        {!gone && phase !== "complete" && <HelpButton open={() => setAsking("help")} />}
      </TopBar>
      <main>
        <Where openHelp={() => setAsking("help")} />
      </main>
      {asking === "help" && <Help close={() => setAsking(null)} />}
      {asking === "sign-out" && (
        <Dialog title={t("sign-out")} close={() => setAsking(null)}>
          <p>{t("sign-out.unsaved")}</p>
          <div className="actions">
            <button type="button" className="button button-main" onClick={() => setAsking(null)}>
              {t("sign-out.stay")}
            </button>
            <button type="button" className="button" onClick={signOut}>
              {t("sign-out")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The page that fits: the server's word first, then how far the candidate came by themselves. */
function Where({ openHelp }: { openHelp: () => void }) {
  const { seat } = useInside();
  const { line, lineProblem, row, session } = useAttempt();
  if (row?.phase === "complete" && row.completion_reason !== "removed") return <ReceiptPage row={row} />;
  if (line === "replaced") return <ReplacedPage />;
  if (line === "closed") return <ClosedPage problem={lineProblem ?? "other"} />;
  if (seat.stage === "instructions") return <InstructionsPage />;
  if (seat.stage === "check") return <CheckPage />;
  if (row?.phase === "invited" && session?.identity_verification === "required") {
    return (
      <Suspense fallback={<WaitingPage />}>
        <IdentityPage />
      </Suspense>
    );
  }
  const working = row?.phase === "active" || row?.phase === "paused";
  // Nobody sees a question before it is known how the session wants it shown.
  if (working && session === null) return <Working text="connecting" />;
  const page = working ? <Player row={row} openHelp={openHelp} /> : <WaitingPage />;
  if (!isWatched(session)) return page;
  return (
    <Suspense fallback={<Working text="connecting" />}>
      <Guard>{page}</Guard>
    </Suspense>
  );
}
