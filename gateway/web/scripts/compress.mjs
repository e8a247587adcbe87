// A compressed copy beside each built file, so that the gateway only has to choose.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const directory = "../gateway/static/assets";
const WORTHWHILE_BYTES = 1024;
const text = /\.(js|css|json|svg)$/;

for (const name of readdirSync(directory)) {
  const file = join(directory, name);
  if (!text.test(name) || statSync(file).size < WORTHWHILE_BYTES) continue;
  const content = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}
