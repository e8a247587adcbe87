/** One of several, any of several, true or false. */
import type { ReactNode } from "react";
import type { Choice } from "../../api/types";
import { Markdown } from "../Markdown";
import { useWords } from "../texts";
import type { InputProps } from "./respond";

export function SingleChoice({ item, response, respond, disabled, promptId }: InputProps<"single_choice">) {
  return (
    <Options promptId={promptId} role="radiogroup">
      {item.choices.map((choice) => (
        <Option
          key={choice.choice_id}
          type="radio"
          name={item.item_id}
          checked={response?.choice_id === choice.choice_id}
          disabled={disabled}
          choose={() => respond({ type: "single_choice", choice_id: choice.choice_id })}
        >
          <ChoiceText choice={choice} />
        </Option>
      ))}
    </Options>
  );
}

export function MultipleChoice({ item, response, respond, disabled, promptId }: InputProps<"multiple_choice">) {
  const t = useWords();
  const chosen = new Set(response?.choice_ids);
  function toggle(choiceId: string) {
    const next = item.choices.map((each) => each.choice_id).filter((each) => chosen.has(each) !== (each === choiceId));
    respond(next.length === 0 ? null : { type: "multiple_choice", choice_ids: next });
  }
  return (
    <Options promptId={promptId} role="group" hint={t("item.several")}>
      {item.choices.map((choice) => (
        <Option
          key={choice.choice_id}
          type="checkbox"
          name={item.item_id}
          checked={chosen.has(choice.choice_id)}
          disabled={disabled}
          choose={() => toggle(choice.choice_id)}
        >
          <ChoiceText choice={choice} />
        </Option>
      ))}
    </Options>
  );
}

export function TrueFalse({ item, response, respond, disabled, promptId }: InputProps<"true_false">) {
  const t = useWords();
  return (
    <Options promptId={promptId} role="radiogroup">
      {[true, false].map((value) => (
        <Option
          key={String(value)}
          type="radio"
          name={item.item_id}
          checked={response?.value === value}
          disabled={disabled}
          choose={() => respond({ type: "true_false", value })}
        >
          {t(value ? "item.true" : "item.false")}
        </Option>
      ))}
    </Options>
  );
}

export function ChoiceText({ choice }: { choice: Choice }) {
  return <Markdown text={choice.text} inline />;
}

function Options({ promptId, role, hint, children }: { promptId: string; role: "radiogroup" | "group"; hint?: string; children: ReactNode }) {
  return (
    <div role={role} aria-labelledby={promptId}>
      {hint !== undefined && <p className="quiet">{hint}</p>}
      <div className="options">{children}</div>
    </div>
  );
}

interface OptionProps {
  type: "radio" | "checkbox";
  name: string;
  checked: boolean;
  disabled: boolean;
  choose: () => void;
  children: ReactNode;
}

function Option({ type, name, checked, disabled, choose, children }: OptionProps) {
  return (
    <label className="option">
      <input type={type} name={name} checked={checked} disabled={disabled} onChange={choose} />
      <span>{children}</span>
    </label>
  );
}
