/** The camera, and pictures from it or from a file: small enough to send over a slow line, large enough to compare. */
import { IDENTITY_IMAGE_SIDE_MAX } from "../../api/generated/limits";

export type CameraProblem = "refused" | "none" | "busy" | "unsupported";
export type Image = "face" | "document";

/** A camera that takes longer hangs, in another program's hands or its driver's; a person needs this long to allow it. */
const ALLOWED_WITHIN_MS = 60_000;
const PROBLEMS: Readonly<Record<string, CameraProblem>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
  TimeoutError: "busy",
};
const QUALITY = 0.9;

/** By name: not everything that browsers reject with here is an Error. */
export function problemOf(error: unknown): CameraProblem {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return PROBLEMS[name] ?? "unsupported";
}

/** The front camera for the face; for the document, on telephones, the better one at the back. */
export async function openCamera(image: Image): Promise<MediaStream> {
  // Where the page is not served securely there is none, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new Error("no camera in this browser");
  const asked = devices.getUserMedia({
    video: { facingMode: image === "face" ? "user" : "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
  });
  let late = false;
  const lateness = new Promise<never>((_resolve, reject) => {
    setTimeout(() => {
      late = true;
      reject(new DOMException("the camera did not answer", "TimeoutError"));
    }, ALLOWED_WITHIN_MS);
  });
  asked.then(
    (stream) => {
      if (late) close(stream); // its light must not stay on
    },
    () => undefined,
  );
  return Promise.race([asked, lateness]);
}

export function close(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop());
}

/** What the camera sees now. */
export function pictureOf(video: HTMLVideoElement): Promise<Blob> {
  return drawn(video, video.videoWidth, video.videoHeight);
}

/** Rejects for what this browser cannot read as a picture. */
export async function pictureIn(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  try {
    return await drawn(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** The sides of a picture that is sent: the same shape, within the bound. */
export function sizeOf(width: number, height: number, most = IDENTITY_IMAGE_SIDE_MAX): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function drawn(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, sizeOf(width, height));
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.fillStyle = "#fff"; // where the picture is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("not drawn")) : resolve(blob)), "image/jpeg", QUALITY);
  });
}
