/** The ways to the mail pages, for the bars of other pages. */
import { NavLink } from "react-router";
import { useMay } from "../app/access";
import { useMailWords } from "./texts";

export function MailLink({ session }: { session: string }) {
  const word = useMailWords();
  const reads = useMay("scheduler", "proctor", "auditor");
  if (!reads) return null;
  return (
    <NavLink className="nav-link" to={`${session}/mail`}>
      {word("mail.link")}
    </NavLink>
  );
}

export function MailSettingsLink() {
  const word = useMailWords();
  return (
    <NavLink className="nav-link" to="/staff/settings/mail">
      {word("mail.settings-link")}
    </NavLink>
  );
}
