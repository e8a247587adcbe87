/** Things to put in order: with the two buttons of each, or by dragging. */
import { useState } from "react";
import { announce } from "../announce";
import { moved, orderOf } from "../ordering";
import { useWords } from "../texts";
import { ChoiceText } from "./Choices";
import type { InputProps } from "./respond";

export function Ordering({ item, response, respond, disabled, promptId }: InputProps<"ordering">) {
  const t = useWords();
  const [dragged, setDragged] = useState<string | null>(null);
  const byId = new Map(item.choices.map((each) => [each.choice_id, each]));
  const order = orderOf([...byId.keys()], response?.choice_ids);
  const answer = (choiceIds: string[]) => respond({ type: "ordering", choice_ids: choiceIds });

  function move(from: number, to: number) {
    answer(moved(order, from, to));
    announce(t("item.moved-to", { place: to + 1, of: order.length }));
  }
  function dropOn(place: number) {
    if (dragged !== null && order.indexOf(dragged) !== place) move(order.indexOf(dragged), place);
    setDragged(null);
  }

  return (
    <div>
      <p className="quiet">{t("item.order-how")}</p>
      <ol className="ordering" aria-labelledby={promptId}>
        {order.map((choiceId, place) => {
          const choice = byId.get(choiceId);
          if (choice === undefined) return null;
          return (
            // By keyboard, the buttons within do the same as dragging.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
            <li
              key={choiceId}
              className={dragged === choiceId ? "ordering-row dragged" : "ordering-row"}
              draggable={!disabled}
              onDragStart={({ dataTransfer }) => {
                dataTransfer.effectAllowed = "move";
                setDragged(choiceId);
              }}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => {
                if (dragged !== null) event.preventDefault();
              }}
              onDrop={(event) => {
                event.preventDefault();
                dropOn(place);
              }}
            >
              <span className="ordering-place" aria-hidden="true">
                {place + 1}
              </span>
              <span className="ordering-text" id={`${item.item_id}-${choiceId}`}>
                <ChoiceText choice={choice} />
              </span>
              <Mover up label={t("item.up")} of={`${item.item_id}-${choiceId}`} disabled={disabled || place === 0} move={() => move(place, place - 1)} />
              <Mover
                label={t("item.down")}
                of={`${item.item_id}-${choiceId}`}
                disabled={disabled || place === order.length - 1}
                move={() => move(place, place + 1)}
              />
            </li>
          );
        })}
      </ol>
      {response === undefined && (
        <button type="button" className="button" disabled={disabled} onClick={() => answer(order)}>
          {t("item.order-as-is")}
        </button>
      )}
    </div>
  );
}

interface MoverProps {
  up?: boolean;
  label: string;
  /** The id of the text that moves. */
  of: string;
  disabled: boolean;
  move: () => void;
}

function Mover({ up = false, label, of, disabled, move }: MoverProps) {
  const id = `${of}-${up ? "up" : "down"}`;
  // Not `disabled`: at the end of the list the button keeps the focus of whoever got it there by keyboard.
  return (
    <button type="button" className="button button-square" aria-disabled={disabled} aria-labelledby={`${id} ${of}`} onClick={() => !disabled && move()}>
      <span id={id} className="visually-hidden">
        {label}
      </span>
      <span aria-hidden="true">{up ? "↑" : "↓"}</span>
    </button>
  );
}
