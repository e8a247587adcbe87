/** Short news at the edge of the page: read out, gone by itself. */
import { notifications } from "@mantine/notifications";
import { failureText } from "./Failure";
import { word } from "./texts";

export function tellDone(message: string): void {
  notifications.show({ message, color: "teal", closeButtonProps: { "aria-label": word("close") } });
}

/** Stays until it is closed: a failure must not pass unseen. */
export function tellFailure(error: unknown): void {
  notifications.show({
    message: failureText(error),
    color: "red",
    autoClose: false,
    closeButtonProps: { "aria-label": word("close") },
  });
}

export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tellDone(done);
  } catch {
    tellFailure(new Error(word("copy.refused")));
  }
}
