/** One picture: from the camera, or from a file where there is no camera or somebody prefers it. */
import { useEffect, useId, useRef, useState } from "react";
import { Busy, Card, Notice } from "../parts";
import { close, openCamera, pictureIn, pictureOf, problemOf, type CameraProblem, type Image } from "./camera";
import { useWords } from "./texts";

interface Props {
  image: Image;
  step: number;
  taken: (picture: Blob) => void;
}

export function Capture({ image, step, taken }: Props) {
  const t = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<CameraProblem | null>(null);
  const [live, setLive] = useState(false);
  const [round, setRound] = useState(0);
  const [unreadable, setUnreadable] = useState(false);
  const fileId = useId();

  useEffect(() => {
    let current = true;
    let opened: MediaStream | null = null;
    openCamera(image).then(
      (stream) => {
        if (!current || video.current === null) {
          close(stream);
          return;
        }
        opened = stream;
        video.current.srcObject = stream;
        // Unplugged, or taken away in the browser's bar.
        stream.getVideoTracks().forEach((track) => track.addEventListener("ended", () => setProblem("busy")));
      },
      (error: unknown) => {
        if (current) setProblem(problemOf(error));
      },
    );
    return () => {
      current = false;
      if (opened !== null) close(opened);
    };
  }, [image, round]);

  async function take(picture: Promise<Blob>): Promise<void> {
    setUnreadable(false);
    try {
      taken(await picture);
    } catch {
      setUnreadable(true);
    }
  }

  return (
    <Card title={t(`identity.${image}-title`)} wide>
      <p className="quiet">{t("identity.step", { number: step })}</p>
      <p>{t(`identity.${image}-lead`)}</p>
      {problem === null ? (
        <>
          {/* Never hidden: browsers start no video that cannot be seen. */}
          <div className={`viewfinder viewfinder-${image}`}>
            <video ref={video} muted playsInline autoPlay aria-label={t("identity.live")} onPlaying={() => setLive(true)} />
          </div>
          {!live && <Busy>{t("identity.starting")}</Busy>}
        </>
      ) : (
        <Notice tone="warn">
          <span role="alert">{t(`identity.camera-problem.${problem}`)}</span>
        </Notice>
      )}
      {unreadable && (
        <p role="alert" className="error">
          {t("identity.file-problem")}
        </p>
      )}
      <div className="actions">
        {problem === null ? (
          <button
            type="button"
            className="button button-main"
            aria-disabled={!live}
            onClick={() => {
              if (live && video.current !== null) void take(pictureOf(video.current));
            }}
          >
            {t("identity.take")}
          </button>
        ) : (
          <button
            type="button"
            className="button"
            onClick={() => {
              setProblem(null);
              setLive(false);
              setRound(round + 1);
            }}
          >
            {t("identity.camera-again")}
          </button>
        )}
      </div>
      <details className="field from-file" open={problem !== null}>
        <summary>{t("identity.from-file")}</summary>
        <label htmlFor={fileId}>{t("identity.file")}</label>
        <input
          id={fileId}
          type="file"
          accept="image/jpeg,image/png,image/webp"
          capture={image === "face" ? "user" : "environment"}
          onChange={({ target }) => {
            const file = target.files?.[0];
            target.value = "";
            if (file !== undefined) void take(pictureIn(file));
          }}
        />
      </details>
    </Card>
  );
}
