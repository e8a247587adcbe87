/** Between the system check and the waiting room, where a session wants to see who comes: pictures, then patience. */
import { useEffect, useState } from "react";
import { announce } from "../announce";
import { WaitingPage } from "../pages/BeforePages";
import { Busy, Card, Notice } from "../parts";
import { Capture } from "./Capture";
import type { Image } from "./camera";
import { useSending, useVerification, type OwnIdentity, type Sending } from "./own";
import { refusalText, useWords } from "./texts";

const IMAGES: readonly Image[] = ["face", "document"];
type Pictures = Partial<Record<Image, Blob>>;

export function IdentityPage() {
  const t = useWords();
  const { own, accept } = useVerification();
  if (own === null) {
    return (
      <Card key="asking" title={t("identity.title")}>
        <Busy>{t("identity.title")}</Busy>
      </Card>
    );
  }
  if (own.state === "confirmed") return <WaitingPage />;
  if (own.state === "submitted") {
    return (
      <Card key="submitted" title={t("identity.submitted-title")}>
        <p>{t("identity.submitted-lead")}</p>
        <Busy>{t("identity.submitted-status")}</Busy>
      </Card>
    );
  }
  return <Presenting key={own.submission} own={own} accept={accept} />;
}

/** One try: both pictures, looked at once more, sent. Another try begins anew. */
function Presenting({ own, accept }: { own: OwnIdentity; accept: (own: OwnIdentity) => void }) {
  const t = useWords();
  const [begun, setBegun] = useState(false);
  const [pictures, setPictures] = useState<Pictures>({});
  const sending = useSending(accept);
  if (!begun) return <Introduction own={own} begin={() => setBegun(true)} />;
  const { face, document } = pictures;
  const missing = IMAGES.find((image) => pictures[image] === undefined);
  if (missing !== undefined || face === undefined || document === undefined) {
    const image = missing ?? "face";
    return (
      <Capture
        key={image}
        image={image}
        step={IMAGES.indexOf(image) + 1}
        taken={(picture) => {
          announce(t("identity.taken"));
          setPictures({ ...pictures, [image]: picture });
        }}
      />
    );
  }
  return <LookAgain pictures={{ face, document }} sending={sending} again={(image) => setPictures({ ...pictures, [image]: undefined })} />;
}

function Introduction({ own, begin }: { own: OwnIdentity; begin: () => void }) {
  const t = useWords();
  const spent = own.tries_left === 0;
  return (
    <Card title={t("identity.title")}>
      {own.reason !== null && (
        <Notice tone="warn">
          <p>{t("identity.rejected", { reason: own.reason })}</p>
          <p>{spent ? t("identity.spent") : t("identity.tries", { count: own.tries_left })}</p>
        </Notice>
      )}
      <p>{t("identity.lead")}</p>
      <h2>{t("identity.good-to-know")}</h2>
      <ul className="list">
        <li>{t("identity.who")}</li>
        <li>{t("identity.kept", { count: own.images_days })}</li>
        <li>{t("identity.nothing-else")}</li>
      </ul>
      {!spent && (
        <div className="actions">
          <button type="button" className="button button-main" onClick={begin}>
            {t("identity.begin")}
          </button>
        </div>
      )}
    </Card>
  );
}

interface LookProps {
  pictures: Readonly<Record<Image, Blob>>;
  sending: Sending;
  again: (image: Image) => void;
}

function LookAgain({ pictures, sending, again }: LookProps) {
  const t = useWords();
  return (
    <Card key="look" title={t("identity.look-title")} wide>
      <p className="quiet">{t("identity.step", { number: 3 })}</p>
      <p>{t("identity.look-lead")}</p>
      <div className="taken-pictures">
        {IMAGES.map((image) => (
          <figure key={image}>
            <Picture of={pictures[image]} name={t(`identity.${image}`)} />
            <figcaption>
              <button type="button" className="button" onClick={() => again(image)}>
                {t(`identity.again-${image}`)}
              </button>
            </figcaption>
          </figure>
        ))}
      </div>
      {sending.problem !== null && (
        <Notice tone="bad">
          <span role="alert">{refusalText(sending.problem.problem)}</span>
        </Notice>
      )}
      <div className="actions">
        <button
          type="button"
          className="button button-main"
          aria-disabled={sending.busy}
          onClick={() => {
            if (!sending.busy) void sending.send(pictures);
          }}
        >
          {t(sending.busy ? "identity.sending" : "identity.send")}
        </button>
      </div>
    </Card>
  );
}

function Picture({ of, name }: { of: Blob; name: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(of);
    // Made and revoked with what it stands for, so it cannot be made while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [of]);
  return address === "" ? null : <img src={address} alt={name} />;
}
