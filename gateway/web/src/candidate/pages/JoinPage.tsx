/** The door: a code, and a name when the code is a whole session's. */
import { useEffect, useRef, useState } from "react";
import { newKey } from "../../api/key";
import { asProblem, type Problem } from "../../api/problem";
import { openingAddress } from "../../api/safeExamBrowser";
import { Card, Field, Notice } from "../parts";
import { secondsToWait } from "../patience";
import { takeSeat, type Application, type Seat } from "../seat";
import { problemText, useWords } from "../texts";

const SEB_NEEDED = "safe-exam-browser-needed";

interface JoinPageProps {
  code: string;
  /** Something to say first, such as that the sign-in expired. */
  notice?: string | undefined;
  joined: (seat: Seat) => void;
}

export function JoinPage({ code: given, notice, joined }: JoinPageProps) {
  const t = useWords();
  const [code, setCode] = useState(given);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [sessionName, setSessionName] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  /** Seconds until we knock again by ourselves; null: nobody asked us to wait. */
  const [wait, setWait] = useState<number | null>(null);
  const attempt = useRef({ said: "", key: "" });
  const joinAgain = useRef<() => void>(() => {});

  useEffect(() => {
    joinAgain.current = () => void join(true);
  });
  useEffect(() => {
    if (wait === null || busy) return;
    const next = setTimeout(() => {
      if (wait > 1) setWait(wait - 1);
      else joinAgain.current();
    }, 1000);
    return () => clearTimeout(next);
  }, [wait, busy]);

  /** What was typed is another attempt; nobody knocks for the old one any more. */
  function retype(take: () => void): void {
    setWait(null);
    take();
  }

  async function join(waiting = false): Promise<void> {
    const application: Application = sessionName === null ? { code } : { code, name: name.trim(), ...(email.trim() === "" ? {} : { email: email.trim() }) };
    const said = JSON.stringify(application);
    if (attempt.current.said !== said) attempt.current = { said, key: newKey() };
    setBusy(true);
    setProblem(null);
    try {
      joined(await takeSeat(application, attempt.current.key));
    } catch (error) {
      const refused = asProblem(error);
      const seconds = secondsToWait(refused, waiting);
      setWait(seconds);
      const asked = sessionName === null && refused.errorOf("name") !== undefined;
      if (asked) setSessionName(typeof refused.document.session_name === "string" ? refused.document.session_name : "");
      else if (seconds === null) setProblem(refused);
      setBusy(false);
    }
  }

  const named = sessionName !== null;
  const fieldErrors = problem?.problem === "validation-failed";
  return (
    <Card title={named && sessionName !== "" ? t("join.to", { session: sessionName }) : t("join.title")}>
      {notice !== undefined && <Notice tone="warn">{notice}</Notice>}
      <p>{named ? t("join.who") : t("join.lead")}</p>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && wait === null) void join();
        }}
      >
        {named ? (
          <>
            <Field label={t("join.name")} error={fieldErrors && problem.errorOf("name") !== undefined ? t("join.name-needed") : undefined}>
              {(wiring) => (
                <input {...wiring} key="name" ref={focused} className="input" autoComplete="name" value={name} maxLength={200} required onChange={({ target }) => retype(() => setName(target.value))} />
              )}
            </Field>
            <Field
              label={t("join.email")}
              hint={t("join.email-hint")}
              error={fieldErrors && problem.errorOf("email") !== undefined ? t("join.email-odd") : undefined}
            >
              {(wiring) => (
                <input {...wiring} className="input" type="email" autoComplete="email" dir="ltr" value={email} maxLength={254} onChange={({ target }) => retype(() => setEmail(target.value))} />
              )}
            </Field>
          </>
        ) : (
          <Field label={t("join.code")} hint={t("join.code-hint")} error={problem === null ? undefined : code.trim() === "" ? t("join.code-needed") : problemText(problem.problem)}>
            {(wiring) => (
              <input
                {...wiring}
                className="input input-code"
                dir="ltr"
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                value={code}
                maxLength={40}
                required
                onChange={({ target }) => retype(() => setCode(target.value))}
              />
            )}
          </Field>
        )}
        {problem?.problem === SEB_NEEDED && (
          <Notice tone="calm" action={<a className="button" href={openingAddress()}>{t("join.open-seb")}</a>}>
            {t("join.seb")}
          </Notice>
        )}
        {named && problem !== null && !fieldErrors && (
          <Notice tone="bad">
            <span role="alert">{problemText(problem.problem)}</span>
          </Notice>
        )}
        {wait !== null && (
          <Notice tone="warn">
            {/* Said once; the seconds are for the eye, or a screen reader would count them all aloud. */}
            <span role="status">{t("join.crowded")}</span> <span aria-hidden="true">{t("join.crowded-seconds", { seconds: wait })}</span>
          </Notice>
        )}
        <div className="actions">
          <button type="submit" className="button button-main" aria-disabled={busy || wait !== null}>
            {busy || wait !== null ? t("join.busy") : t("join.go")}
          </button>
          {named && (
            <button type="button" className="button" onClick={() => retype(() => setSessionName(null))}>
              {t("join.other-code")}
            </button>
          )}
        </div>
      </form>
    </Card>
  );
}

/** The name is asked for where the code was: the cursor goes there. */
function focused(input: HTMLInputElement | null): void {
  input?.focus();
}
