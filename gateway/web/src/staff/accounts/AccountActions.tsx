/** What an administrator does about one colleague: roles, a new password, signing out, deactivating. */
import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { usePerson } from "../app/access";
import { Failure } from "../app/Failure";
import { tellDone, tellFailure } from "../app/told";
import { LinkOnce } from "./LinkOnce";
import { useActivation, useAllowLink, useChangeRoles, useResetLink, useProvider, useSignColleagueOut, type Account, type Role } from "./queries";
import { RolesInput } from "./RolesInput";
import { useWords } from "./texts";

type Dialog = "roles" | "deactivate" | "reset" | null;

export function AccountActions({ account }: { account: Account }) {
  const word = useWords();
  const me = usePerson();
  const [dialog, setDialog] = useState<Dialog>(null);
  const activation = useActivation();
  const signingOut = useSignColleagueOut();
  const linking = useAllowLink();
  const provider = useProvider().data?.provider ?? null;
  const close = () => setDialog(null);
  const { account_id: id, name } = account;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" aria-label={word("accounts.actions-of", { name })}>
            {word("accounts.actions")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setDialog("roles")}>{word("accounts.change-roles")}</Menu.Item>
          {!account.disabled && !account.linked && <Menu.Item onClick={() => setDialog("reset")}>{word("accounts.reset")}</Menu.Item>}
          {!account.disabled && !account.linked && provider !== null && (
            <Menu.Item
              onClick={() =>
                linking.mutate(
                  { id, allowed: !account.link_allowed },
                  {
                    onSuccess: ({ link_allowed }) =>
                      tellDone(word(link_allowed ? "accounts.link-allowed" : "accounts.link-withdrawn", { name, provider: provider.name })),
                    onError: tellFailure,
                  },
                )
              }
            >
              {word(account.link_allowed ? "accounts.withdraw-link" : "accounts.allow-link", { provider: provider.name })}
            </Menu.Item>
          )}
          {!account.disabled && (
            <Menu.Item
              onClick={() =>
                signingOut.mutate(id, { onSuccess: () => tellDone(word("accounts.signed-out", { name })), onError: tellFailure })
              }
            >
              {word("accounts.sign-out")}
            </Menu.Item>
          )}
          {account.disabled && (
            <Menu.Item
              onClick={() =>
                activation.mutate({ id, active: true }, { onSuccess: () => tellDone(word("accounts.reactivated", { name })), onError: tellFailure })
              }
            >
              {word("accounts.reactivate")}
            </Menu.Item>
          )}
          {!account.disabled && me?.subject !== id && (
            <Menu.Item color="red" onClick={() => setDialog("deactivate")}>
              {word("accounts.deactivate")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog === "roles" && <RolesDialog account={account} onClose={close} />}
      {dialog === "deactivate" && <DeactivateDialog account={account} onClose={close} />}
      {dialog === "reset" && <ResetDialog account={account} onClose={close} />}
    </>
  );
}

interface DialogProps {
  account: Account;
  onClose: () => void;
}

function RolesDialog({ account, onClose }: DialogProps) {
  const word = useWords();
  const change = useChangeRoles();
  const [roles, setRoles] = useState<Role[]>(account.roles);
  return (
    <Modal opened onClose={onClose} title={word("accounts.roles-of", { name: account.name })} closeButtonProps={{ "aria-label": word("accounts.close") }}>
      <Stack>
        {change.isError && <Failure error={change.error} />}
        <RolesInput value={roles} error={roles.length === 0 ? word("accounts.roles-missing") : null} onChange={setRoles} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {word("accounts.back")}
          </Button>
          <Button
            disabled={roles.length === 0}
            loading={change.isPending}
            onClick={() =>
              change.mutate(
                { id: account.account_id, roles },
                {
                  onSuccess: () => {
                    tellDone(word("accounts.roles-changed", { name: account.name }));
                    onClose();
                  },
                },
              )
            }
          >
            {word("accounts.save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function DeactivateDialog({ account, onClose }: DialogProps) {
  const word = useWords();
  const activation = useActivation();
  return (
    <Modal opened onClose={onClose} title={word("accounts.deactivate-title", { name: account.name })} closeButtonProps={{ "aria-label": word("accounts.close") }}>
      <Stack>
        {activation.isError && <Failure error={activation.error} />}
        <Text>{word("accounts.deactivate-text")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {word("accounts.back")}
          </Button>
          <Button
            color="red"
            loading={activation.isPending}
            onClick={() =>
              activation.mutate(
                { id: account.account_id, active: false },
                {
                  onSuccess: () => {
                    tellDone(word("accounts.deactivated", { name: account.name }));
                    onClose();
                  },
                },
              )
            }
          >
            {word("accounts.deactivate")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function ResetDialog({ account, onClose }: DialogProps) {
  const word = useWords();
  const reset = useResetLink();
  return (
    <Modal opened onClose={onClose} title={word("accounts.reset-title", { name: account.name })} closeButtonProps={{ "aria-label": word("accounts.close") }}>
      <Stack>
        {reset.isError && <Failure error={reset.error} />}
        {reset.data === undefined ? (
          <>
            <Text>{word("accounts.reset-text")}</Text>
            <Button loading={reset.isPending} onClick={() => reset.mutate(account.account_id)}>
              {word("accounts.reset")}
            </Button>
          </>
        ) : (
          <LinkOnce
            title={word("accounts.reset-made")}
            text={word(reset.data.mailed ? "accounts.link-mailed" : "accounts.link-hand-over")}
            secret={location.origin + reset.data.link}
            copied={word("accounts.link-copied")}
          />
        )}
        <Button variant="default" onClick={onClose}>
          {word("accounts.close")}
        </Button>
      </Stack>
    </Modal>
  );
}
