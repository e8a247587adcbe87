/** The three ways to the session form: new, from another session, and changing one. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import { Answer } from "../app/Failure";
import { Page } from "../app/Page";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import { useSession } from "./queries";
import { SessionWizard } from "./SessionWizard";
import { copyOf, fieldsOf, newFields, settingsOf, type Fields } from "./settings";

export function NewSessionPage() {
  const word = useWords();
  const [initial] = useState(() => newFields(new Date()));
  return (
    <Page title={word("wizard.new-title")}>
      <Creating initial={initial} />
    </Page>
  );
}

export function DuplicateSessionPage() {
  const word = useWords();
  const { sessionId = "" } = useParams();
  const query = useSession(sessionId);
  return (
    <Page title={word("wizard.duplicate-title")} about={query.data?.settings.name}>
      <Answer query={query}>
        {(session) => <Creating initial={copyOf(session, word("wizard.copy-of", { name: session.settings.name }), new Date())} />}
      </Answer>
    </Page>
  );
}

function Creating({ initial }: { initial: Fields }) {
  const word = useWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tried = useRef({ request: "", key: "" });
  const create = async (fields: Fields, draft: boolean) => {
    const code = fields.enrollment_mode === "manual" || fields.code === "" ? null : fields.code;
    const body = { settings: settingsOf(fields), code, draft };
    // The same request has the same key when it is tried again: a lost answer does not lead to a second session.
    const request = JSON.stringify(body);
    if (request !== tried.current.request) tried.current = { request, key: randomKey() };
    const headers = { "Idempotency-Key": tried.current.key };
    const session = await answerOf(api.POST("/api/v1/sessions", { params: { header: headers }, body }));
    await queries.invalidateQueries({ queryKey: ["sessions"] });
    tellDone(word("wizard.created"));
    await navigate(`/staff/sessions/${session.session_id}`);
  };
  return <SessionWizard initial={initial} codeIsChosen={false} mayDraft save={create} />;
}

export function EditSessionPage() {
  const word = useWords();
  const { sessionId = "" } = useParams();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const query = useSession(sessionId);
  const [opened, setOpened] = useState<typeof query.data>();
  if (opened === undefined && query.data !== undefined) setOpened(query.data);
  const save = async (fields: Fields) => {
    if (opened === undefined) return;
    const body = { settings: settingsOf(fields, opened.settings), version: opened.version };
    await answerOf(api.PUT("/api/v1/sessions/{session_id}", { params: { path: { session_id: sessionId } }, body }));
    await Promise.all([queries.invalidateQueries({ queryKey: ["sessions"] }), queries.invalidateQueries({ queryKey: ["session", sessionId] })]);
    tellDone(word("wizard.saved"));
    await navigate(`/staff/sessions/${sessionId}`);
  };
  return (
    <Page title={word("wizard.edit-title")} about={query.data?.settings.name}>
      <Answer query={query}>
        {(session) => <SessionWizard initial={fieldsOf(opened ?? session)} codeIsChosen={session.code !== null} mayDraft={false} save={save} />}
      </Answer>
    </Page>
  );
}

const randomKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");
