/** Pairs, and gaps in a text. Pairs: each source has a list of targets to choose from. */
import { useId } from "react";
import { Markdown } from "../Markdown";
import { useWords } from "../texts";
import { ChoiceText } from "./Choices";
import type { InputProps } from "./respond";

export function Matching({ item, response, respond, disabled, promptId }: InputProps<"matching">) {
  const t = useWords();
  const id = useId();
  const pairs = response?.pairs ?? {};
  function pair(sourceId: string, targetId: string) {
    const rest = Object.entries(pairs).filter(([each]) => each !== sourceId);
    const next = targetId === "" ? rest : [...rest, [sourceId, targetId] as const];
    respond(next.length === 0 ? null : { type: "matching", pairs: Object.fromEntries(next) });
  }
  return (
    <div className="matching" role="group" aria-labelledby={promptId}>
      {item.sources.map((source) => {
        const field = `${id}-${source.choice_id}`;
        return (
          <div key={source.choice_id} className="matching-row">
            <label htmlFor={field}>
              <ChoiceText choice={source} />
            </label>
            <select
              id={field}
              className="input"
              value={pairs[source.choice_id] ?? ""}
              disabled={disabled}
              onChange={({ target }) => pair(source.choice_id, target.value)}
            >
              <option value="">{t("item.choose")}</option>
              {item.targets.map((target) => (
                <option key={target.choice_id} value={target.choice_id}>
                  {target.text}
                </option>
              ))}
            </select>
          </div>
        );
      })}
    </div>
  );
}

type FillInProps = Omit<InputProps<"fill_in">, "promptId">;

/** The prompt itself holds the inputs, so it stands in the place of both. */
export function FillIn({ item, response, respond, disabled }: FillInProps) {
  const t = useWords();
  const labels = new Map(item.blanks.map((each) => [each.blank_id, each.label]));
  const texts = response?.texts ?? {};
  function fill(blankId: string, text: string) {
    const filled = Object.entries({ ...texts, [blankId]: text }).filter(([, each]) => each !== "");
    respond(filled.length === 0 ? null : { type: "fill_in", texts: Object.fromEntries(filled) }, true);
  }
  return (
    <Markdown
      text={item.prompt}
      blankIds={blankIdsOf(item)}
      gap={(blankId) => (
        <input
          type="text"
          className="input gap"
          value={texts[blankId] ?? ""}
          maxLength={1_000}
          size={Math.max(10, Math.min(30, (texts[blankId] ?? "").length + 2))}
          disabled={disabled}
          autoComplete="off"
          spellCheck={false}
          aria-label={t("item.gap", { label: labels.get(blankId) ?? "" })}
          onChange={({ target }) => fill(blankId, target.value)}
        />
      )}
    />
  );
}

// One list per item, so that the prompt is not parsed anew with every letter.
const known = new WeakMap<object, string[]>();
function blankIdsOf(item: FillInProps["item"]): string[] {
  const kept = known.get(item) ?? item.blanks.map((each) => each.blank_id);
  known.set(item, kept);
  return kept;
}
