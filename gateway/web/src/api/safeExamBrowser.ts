/**
 * Safe Exam Browser proves where we are. On Windows it adds headers to every request itself; where it cannot (macOS, iPad)
 * it tells the page the hash of the page's address, and the page sends that along.
 */
interface Surrounding {
  security: { configKey: string; updateKeys?: (done: () => void) => void };
}

const HASH = "X-SafeExamBrowser-ConfigKeyHash";
const PAGE = "X-Examhall-Page";
/** Where Safe Exam Browser gets its configuration; its own scheme opens it with that. */
const FILE = "/safe-exam-browser.seb";

const surrounding = (): Surrounding | undefined => (window as Window & { SafeExamBrowser?: Surrounding }).SafeExamBrowser;

/** Asked for once, when the page begins; elsewhere it does nothing. */
export function askForKeys(): void {
  surrounding()?.security.updateKeys?.(() => undefined);
}

export function prove(request: Request): Request {
  const hash = surrounding()?.security.configKey;
  if (hash === undefined || hash === "") return request;
  const proving = new Request(request, { headers: new Headers(request.headers) });
  proving.headers.set(HASH, hash);
  proving.headers.set(PAGE, location.href);
  return proving;
}

export function openingAddress(): string {
  return `${location.protocol === "https:" ? "sebs" : "seb"}://${location.host}${FILE}`;
}
