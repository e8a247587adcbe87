/**
 * The clipboard: what is copied within one's own answers may be pasted into them, for that is how people write; copying
 * the questions, pasting what comes from elsewhere and printing are told of, and held back under lock-down.
 */
const FIELD = "textarea, input";
/** Put in order by dragging. */
const MOVED = "[draggable=true]";

const fieldOf = (target: EventTarget | null): HTMLInputElement | HTMLTextAreaElement | null =>
  target instanceof Element ? target.closest<HTMLInputElement | HTMLTextAreaElement>(FIELD) : null;
const plain = (text: string): string => text.replaceAll("\r\n", "\n");

/** Watches the document until the answer is called. `used`: something was done that is to be told. */
export function watchClipboard(locked: boolean, used: () => void): () => void {
  let own: string | null = null;

  function tell(event: Event): void {
    if (locked) event.preventDefault();
    used();
  }
  function onCopy(event: ClipboardEvent): void {
    const field = fieldOf(event.target);
    if (field !== null) own = plain(field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0));
    // Without a selection nothing is copied.
    else if (document.getSelection()?.isCollapsed === false) tell(event);
  }
  function onPaste(event: ClipboardEvent): void {
    const text = plain(event.clipboardData?.getData("text/plain") ?? "");
    if (fieldOf(event.target) !== null && text !== "" && text !== own) tell(event);
  }
  function onDrag(event: DragEvent): void {
    if (locked && fieldOf(event.target) === null && !(event.target instanceof Element && event.target.closest(MOVED) !== null)) event.preventDefault();
  }
  function onDrop(event: DragEvent): void {
    const text = plain(event.dataTransfer?.getData("text/plain") ?? "");
    const field = fieldOf(event.target);
    // Moved within one's own answer.
    if (field === null || text === "" || plain(field.value).includes(text)) return;
    tell(event);
  }
  function onMenu(event: Event): void {
    if (locked) event.preventDefault();
  }

  const listeners: [string, (event: never) => void][] = [
    ["copy", onCopy],
    ["cut", onCopy],
    ["paste", onPaste],
    ["dragstart", onDrag],
    ["drop", onDrop],
    ["contextmenu", onMenu],
  ];
  listeners.forEach(([name, listener]) => document.addEventListener(name, listener as EventListener, true));
  addEventListener("beforeprint", used);
  return () => {
    listeners.forEach(([name, listener]) => document.removeEventListener(name, listener as EventListener, true));
    removeEventListener("beforeprint", used);
  };
}
