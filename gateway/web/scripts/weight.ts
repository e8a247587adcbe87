// The bound on what a candidate's browser fetches before the first page is there, kept by every build.
import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

// Usable on a slow phone: two seconds at 400 kbit/s.
const FIRST_LOAD_MAX_BYTES = 110_000;
const ENTRY = "candidate";
// English is the fallback everywhere, so another language comes on top of it.
const WORDS = ["/src/i18n/en.json", "/src/i18n/ar.json"];

/** Bytes of JavaScript, gzipped: the entry, all that it imports, and the words. */
function firstLoad(bundle: Rollup.OutputBundle): number {
  const chunks = Object.values(bundle).filter((each) => each.type === "chunk");
  const isWanted = ({ isEntry, name, facadeModuleId }: Rollup.OutputChunk) =>
    (isEntry && name === ENTRY) || WORDS.some((each) => facadeModuleId?.endsWith(each));
  const wanted = chunks.filter(isWanted);
  if (wanted.length !== 1 + WORDS.length) throw new Error(`the entry ${ENTRY} and ${WORDS.join()} are not all built apart`);
  const loaded = new Set<Rollup.OutputChunk>();
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    wanted.push(...chunks.filter(({ fileName }) => next?.imports.includes(fileName)));
  }
  return [...loaded].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

/** Fails the build above the bound. */
export const boundedFirstLoad = (): Plugin => ({
  name: "bounded-first-load",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      const bytes = firstLoad(bundle);
      if (bytes > FIRST_LOAD_MAX_BYTES)
        this.error(`the candidate's first load is ${bytes} bytes of JavaScript gzipped, more than ${FIRST_LOAD_MAX_BYTES}`);
      this.info(`the candidate's first load is ${bytes} bytes of JavaScript gzipped`);
    },
  },
});
