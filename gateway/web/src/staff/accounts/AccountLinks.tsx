/** The way to the account pages, in the menu of whoever is signed in. */
import { Menu } from "@mantine/core";
import { Link } from "react-router";
import { useMay } from "../app/access";
import { useWords } from "./texts";

export function AccountLinks() {
  const word = useWords();
  const manages = useMay();
  const audits = useMay("auditor");
  return (
    <>
      <Menu.Item component={Link} to="/staff/account">
        {word("me.title")}
      </Menu.Item>
      {manages && (
        <Menu.Item component={Link} to="/staff/colleagues">
          {word("accounts.title")}
        </Menu.Item>
      )}
      {manages && (
        <Menu.Item component={Link} to="/staff/api-tokens">
          {word("tokens.title")}
        </Menu.Item>
      )}
      {manages && (
        <Menu.Item component={Link} to="/staff/provider">
          {word("provider.title")}
        </Menu.Item>
      )}
      {audits && (
        <Menu.Item component={Link} to="/staff/audit">
          {word("audit.title")}
        </Menu.Item>
      )}
      <Menu.Divider />
    </>
  );
}
