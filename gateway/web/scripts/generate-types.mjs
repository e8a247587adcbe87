// Types of the REST API and of the WebSocket messages, and the limits, from the gateway's own models: a changed field
// fails the build, and a form refuses what the server would.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import openapiTypes, { astToString } from "openapi-typescript";

const python = process.env.PYTHON ?? "../../.venv/bin/python";
const directory = "src/api/generated";
const describe = (what) =>
  JSON.parse(execFileSync(python, ["-m", "gateway", what], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }));

/** The messages' JSON schemas as one OpenAPI document, so that one tool serves both and shared types are declared once. */
function asOpenapi(protocol) {
  const names = { "from-candidate": "FromCandidate", "to-candidate": "ToCandidate", "from-staff": "FromStaff", "to-staff": "ToStaff" };
  const schemas = {};
  for (const [direction, { $defs = {}, ...schema }] of Object.entries(protocol)) {
    Object.assign(schemas, $defs, { [names[direction]]: schema });
  }
  const document = { openapi: "3.1.0", info: { title: "Messages", version: "1" }, paths: {}, components: { schemas } };
  return JSON.parse(JSON.stringify(document).replaceAll("#/$defs/", "#/components/schemas/"));
}

mkdirSync(directory, { recursive: true });
for (const [name, document] of [["rest", describe("openapi")], ["messages", asOpenapi(describe("protocol"))]]) {
  writeFileSync(`${directory}/${name}.d.ts`, astToString(await openapiTypes(document)));
}

const limits = Object.entries(describe("limits")).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
writeFileSync(`${directory}/limits.ts`, `${limits.join("\n")}\n`);
