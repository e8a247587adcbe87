/** One item: where it stands, what it asks, and the answer. */
import { useEffect, useRef, type ReactNode } from "react";
import type { ItemForm, Response, SectionForm } from "../../api/types";
import type { Place } from "../attempt";
import { Markdown } from "../Markdown";
import { problemText, useWords } from "../texts";
import { MultipleChoice, SingleChoice, TrueFalse } from "./Choices";
import { FillIn, Matching } from "./Matching";
import { Ordering } from "./Ordering";
import type { ResponseOf } from "./respond";
import { Essay, Numeric, ShortText } from "./Texts";

interface ItemCardProps {
  item: ItemForm;
  section: SectionForm;
  place: Place;
  total: number;
  response: Response | undefined;
  refused: string | undefined;
  respond: (response: Response | null, typed?: boolean) => void;
  disabled: boolean;
}

export function ItemCard({ item, section, place, total, response, refused, respond, disabled }: ItemCardProps) {
  const t = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    window.scrollTo({ top: 0 });
    heading.current?.focus({ preventScroll: true });
  }, [item.item_id]);
  const promptId = `prompt-${item.item_id}`;
  const first = section.items[0]?.item_id === item.item_id;
  return (
    <article className="item">
      <p className="item-section">{section.title}</p>
      <div className="item-head">
        <h1 ref={heading} tabIndex={-1}>
          {t("item.number", { number: place.number, total })}
        </h1>
        <span className="quiet">{t("item.points", { count: Number(item.points) })}</span>
      </div>
      {first && section.instructions !== "" && (
        <div className="item-instructions">
          <Markdown text={section.instructions} />
        </div>
      )}
      <div id={promptId} className="prompt">
        {item.type === "fill_in" ? (
          <FillIn item={item} response={responseOf("fill_in", response)} respond={respond} disabled={disabled} />
        ) : (
          <Markdown text={item.prompt} />
        )}
      </div>
      {inputOf(item, response, respond, disabled, promptId)}
      {refused !== undefined && <p className="error">{t("item.refused", { why: problemText(refused) })}</p>}
      {response !== undefined && !disabled && (
        <button type="button" className="button button-quiet clear" onClick={() => respond(null)}>
          {t("item.clear")}
        </button>
      )}
    </article>
  );
}

function inputOf(
  item: ItemForm,
  response: Response | undefined,
  respond: ItemCardProps["respond"],
  disabled: boolean,
  promptId: string,
): ReactNode {
  const given = { respond, disabled, promptId };
  switch (item.type) {
    case "single_choice":
      return <SingleChoice item={item} response={responseOf(item.type, response)} {...given} />;
    case "multiple_choice":
      return <MultipleChoice item={item} response={responseOf(item.type, response)} {...given} />;
    case "true_false":
      return <TrueFalse item={item} response={responseOf(item.type, response)} {...given} />;
    case "short_text":
      return <ShortText item={item} response={responseOf(item.type, response)} {...given} />;
    case "numeric":
      return <Numeric item={item} response={responseOf(item.type, response)} {...given} />;
    case "ordering":
      return <Ordering item={item} response={responseOf(item.type, response)} {...given} />;
    case "matching":
      return <Matching item={item} response={responseOf(item.type, response)} {...given} />;
    case "essay":
      return <Essay item={item} response={responseOf(item.type, response)} {...given} />;
    case "fill_in":
      return null;
  }
}

/** The answer, if it is of the item's type, as it always should be. */
function responseOf<Type extends Response["type"]>(type: Type, response: Response | undefined): ResponseOf<Type> | undefined {
  return response?.type === type ? (response as ResponseOf<Type>) : undefined;
}
