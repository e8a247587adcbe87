/** A dialog as it is on every staff page: named close button, and the focus goes back to where it was. */
import { Drawer, Modal, type DrawerProps, type ModalProps } from "@mantine/core";
import { useEffect } from "react";
import { useWords } from "./texts";

/** A dialog's head is not the page's. */
const HEAD = { header: { role: "presentation" } };

/** What is shown only while it is open cannot give the focus back by closing; it does when it goes. */
function useFocusBack(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
}

export function Dialog(props: Omit<ModalProps, "opened">) {
  const word = useWords();
  useFocusBack();
  return <Modal opened attributes={HEAD} closeButtonProps={{ "aria-label": word("close") }} {...props} />;
}

export function SideDialog(props: Omit<DrawerProps, "opened">) {
  const word = useWords();
  useFocusBack();
  return <Drawer opened position="right" attributes={HEAD} closeButtonProps={{ "aria-label": word("close") }} {...props} />;
}
