/** Answers that are typed: a few words, a number, an essay. */
import { useId } from "react";
import { useWords } from "../texts";
import { wordCount } from "../words";
import type { InputProps } from "./respond";

/** As many as the contract takes; an essay's limit is in bytes, so this leaves room for any script. */
const SHORT_MAX = 1_000;
const NUMBER_MAX = 100;
const ESSAY_MAX = 16_000;

export function ShortText({ response, respond, disabled, promptId }: InputProps<"short_text">) {
  const t = useWords();
  return (
    <input
      type="text"
      className="input"
      value={response?.text ?? ""}
      maxLength={SHORT_MAX}
      disabled={disabled}
      autoComplete="off"
      spellCheck={false}
      placeholder={t("item.answer-here")}
      aria-labelledby={promptId}
      onChange={({ target }) => respond(target.value === "" ? null : { type: "short_text", text: target.value }, true)}
    />
  );
}

/** Digits with a sign, a decimal point or comma, an exponent. */
const NUMBER = /^\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?\s*$/i;

export function Numeric({ item, response, respond, disabled, promptId }: InputProps<"numeric">) {
  const t = useWords();
  const id = useId();
  const text = response?.text ?? "";
  const odd = text.trim() !== "" && !NUMBER.test(text);
  return (
    <div>
      <div className="with-unit">
        <input
          type="text"
          inputMode="decimal"
          className="input input-number"
          value={text}
          maxLength={NUMBER_MAX}
          disabled={disabled}
          autoComplete="off"
          aria-labelledby={item.unit === "" ? promptId : `${promptId} ${id}-unit`}
          aria-describedby={odd ? `${id}-odd` : undefined}
          onChange={({ target }) => respond(target.value === "" ? null : { type: "numeric", text: target.value }, true)}
        />
        {item.unit !== "" && <span id={`${id}-unit`}>{item.unit}</span>}
      </div>
      {odd && (
        <p className="hint-warn" id={`${id}-odd`}>
          {t("item.not-a-number")}
        </p>
      )}
    </div>
  );
}

export function Essay({ item, response, respond, disabled, promptId }: InputProps<"essay">) {
  const t = useWords();
  const id = useId();
  const text = response?.text ?? "";
  const words = wordCount(text);
  const most = item.words_max ?? null;
  const over = most !== null && words > most;
  return (
    <div>
      <textarea
        className="input essay"
        rows={14}
        value={text}
        maxLength={ESSAY_MAX}
        disabled={disabled}
        aria-labelledby={promptId}
        aria-describedby={`${id}-words`}
        onChange={({ target }) => respond(target.value === "" ? null : { type: "essay", text: target.value }, true)}
      />
      <p className={over ? "hint-warn" : "quiet"} id={`${id}-words`}>
        {most === null ? t("item.words", { count: words }) : t("item.words-of", { count: words, most })}
        {over && ` ${t("item.words-over")}`}
      </p>
    </div>
  );
}
