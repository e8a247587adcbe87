/** The ways to the session form: new, from a template or another session, and changing one. */
import { Select } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { answerOf } from "../../api/client";
import { api } from "../app/access";
import { Answer } from "../app/Failure";
import { Page } from "../app/Page";
import { useWords } from "../app/texts";
import { tellDone } from "../app/told";
import type { SessionView } from "../app/resources";
import { useSession } from "./queries";
import { SessionWizard } from "./SessionWizard";
import { copyOf, fieldsOf, newFields, settingsOf, type Fields } from "./settings";
import { useTemplate, useTemplates } from "./templates";

export function NewSessionPage() {
  const word = useWords();
  const [parameters, setParameters] = useSearchParams();
  const [initial] = useState(() => newFields(new Date()));
  const templates = useTemplates();
  const chosen = parameters.get("template");
  const template = useTemplate(chosen);
  return (
    <Page title={word("wizard.new-title")}>
      {templates.data !== undefined && templates.data.length > 0 && (
        <Select
          label={word("template.begin")}
          description={word("template.begin-hint")}
          placeholder={word("template.without")}
          data={templates.data.map(({ template_id, name }) => ({ value: template_id, label: name }))}
          value={chosen}
          onChange={(value) => setParameters(value === null ? {} : { template: value }, { replace: true })}
          searchable
          clearable
          clearButtonProps={{ "aria-label": word("clear") }}
          nothingFoundMessage={word("nothing-found")}
          maw={480}
        />
      )}
      {chosen === null ? (
        <Creating initial={initial} />
      ) : (
        <Answer query={template}>
          {({ settings, template_id }) => <FromTemplate key={template_id} settings={settings} />}
        </Answer>
      )}
    </Page>
  );
}

/** Filled in once: what is fetched again while somebody types changes nothing under their hands. */
function FromTemplate({ settings }: { settings: SessionView["settings"] }) {
  const [initial] = useState(() => copyOf(settings, settings.name, new Date()));
  return <Creating initial={initial} />;
}

export function DuplicateSessionPage() {
  const word = useWords();
  const { sessionId = "" } = useParams();
  const query = useSession(sessionId);
  return (
    <Page title={word("wizard.duplicate-title")} about={query.data?.settings.name}>
      <Answer query={query}>
        {(session) => <Creating initial={copyOf(session.settings, word("wizard.copy-of", { name: session.settings.name }), new Date())} />}
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
