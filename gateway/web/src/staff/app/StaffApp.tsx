/** The frame around every staff page: looks, direction, queries, sign-in, routes. */
import { DirectionProvider, MantineProvider, useDirection } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { RouterProvider } from "react-router";
import { currentLanguage, direction, useLanguage } from "../../i18n/text";
import { nonce } from "./nonce";
import { queries } from "./queries";
import { router } from "./routes";
import { theme, variables } from "./theme";

export function StaffApp() {
  return (
    <DirectionProvider initialDirection={direction(currentLanguage())} detectDirection={false}>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={nonce}>
        <QueryClientProvider client={queries}>
          <FollowLanguage />
          <Notifications position="bottom-right" limit={4} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

function FollowLanguage() {
  const language = useLanguage();
  const { setDirection } = useDirection();
  useEffect(() => setDirection(direction(language)), [language, setDirection]);
  return null;
}
