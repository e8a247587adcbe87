/** The bar above every page: where one is, the state of saving, the time, help, and how the page looks. */
import { useState } from "react";
import { changeLanguage, LANGUAGES, useLanguage, type Language } from "../i18n/text";
import { Dialog } from "./parts";
import { prefer, usePreferences, type Preferences } from "./preferences";
import { useWords } from "./texts";
import type { ReactNode } from "react";

export function TopBar({ title, children, signOut }: { title: string; children?: ReactNode; signOut?: (() => void) | undefined }) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  return (
    <header className="topbar">
      <span className="topbar-title">{title}</span>
      <div className="topbar-parts">{children}</div>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {t("display")}
      </button>
      {open && <Display close={() => setOpen(false)} signOut={signOut} />}
    </header>
  );
}

function Display({ close, signOut }: { close: () => void; signOut?: (() => void) | undefined }) {
  const t = useWords();
  const preferences = usePreferences();
  const language = useLanguage();
  const [later, setLater] = useState(false);
  return (
    <Dialog title={t("display")} close={close}>
      <Choice legend={t("display.theme")} name="theme" values={THEMES} chosen={preferences.theme} choose={(theme) => prefer({ theme })} label={(each) => t(`display.theme-${each}`)} />
      <Choice
        legend={t("display.contrast")}
        name="contrast"
        values={CONTRASTS}
        chosen={preferences.contrast}
        choose={(contrast) => prefer({ contrast })}
        label={(each) => t(`display.contrast-${each}`)}
      />
      <Choice legend={t("display.size")} name="size" values={SIZES} chosen={preferences.textSize} choose={(textSize) => prefer({ textSize })} label={(each) => `${each} %`} />
      <Choice
        legend={t("display.language")}
        name="language"
        values={Object.keys(LANGUAGES) as Language[]}
        chosen={language}
        choose={(each) => void changeLanguage(each).then((spoken) => setLater(!spoken))}
        label={(each) => LANGUAGES[each]}
      />
      {later && (
        <p className="quiet" role="status">
          {t("display.language-later")}
        </p>
      )}
      {signOut !== undefined && (
        <div className="actions">
          <button type="button" className="button" onClick={signOut}>
            {t("sign-out")}
          </button>
          <span className="quiet">{t("sign-out.lead")}</span>
        </div>
      )}
    </Dialog>
  );
}

const THEMES: readonly Preferences["theme"][] = ["auto", "light", "dark"];
const CONTRASTS: readonly Preferences["contrast"][] = ["auto", "more"];
const SIZES: readonly Preferences["textSize"][] = ["100", "125", "150"];

interface ChoiceProps<Value extends string> {
  legend: string;
  name: string;
  values: readonly Value[];
  chosen: Value;
  choose: (value: Value) => void;
  label: (value: Value) => string;
}

function Choice<Value extends string>({ legend, name, values, chosen, choose, label }: ChoiceProps<Value>) {
  return (
    <fieldset className="segments">
      <legend>{legend}</legend>
      {values.map((each) => (
        <label key={each}>
          <input type="radio" name={name} checked={each === chosen} onChange={() => choose(each)} />
          <span lang={name === "language" ? each : undefined}>{label(each)}</span>
        </label>
      ))}
    </fieldset>
  );
}
