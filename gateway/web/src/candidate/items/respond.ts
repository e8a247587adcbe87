/** What an item's input needs: the item, the answer so far, and where a new one goes. */
import type { ItemForm, Response } from "../../api/types";

export type FormOf<Type extends ItemForm["type"]> = Extract<ItemForm, { type: Type }>;
export type ResponseOf<Type extends Response["type"]> = Extract<Response, { type: Type }>;

export interface InputProps<Type extends ItemForm["type"]> {
  item: FormOf<Type>;
  response: ResponseOf<Type> | undefined;
  /** Null clears the answer; `typed` when more will follow at once. */
  respond: (response: Response | null, typed?: boolean) => void;
  disabled: boolean;
  /** The id of the element that asks the question. */
  promptId: string;
}
