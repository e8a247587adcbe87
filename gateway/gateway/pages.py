"""Plain HTML pages without scripts or assets from elsewhere: the landing page, events and problem types."""

import json
from html import escape
from typing import Any, Final

from contracts.problems import ProblemType, problem_types

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #667; --accent: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aab; --accent: #8ab4f8; } }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
a { color: var(--accent); } a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
.quiet { color: var(--quiet); } .scroll { overflow-x: auto; }
"""
EXAMPLE_DEPTH_MAX: Final = 8


def page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def landing() -> str:
    links = [
        ("/docs", "The HTTP interface, to read and to try"),
        ("/openapi.json", "The same as an OpenAPI 3.1 document"),
        ("/docs/events", "Topics and events"),
        ("/asyncapi.json", "The same as an AsyncAPI 3 document"),
        ("/docs/sockets.json", "Messages of the two WebSockets, as JSON schemas"),
        ("/problems", "Problem types: every refusal by name"),
        ("/health/ready", "Health of this gateway"),
    ]
    items = "".join(f'<li><a href="{path}">{escape(text)}</a></li>' for path, text in links)
    return page(
        "Examhall",
        "<h1>Examhall</h1><p>Proctored assessment sessions. This is the gateway: everything outside talks to it.</p>"
        f"<nav aria-label='Documentation'><ul>{items}</ul></nav>",
    )


def not_built() -> str:
    return page(
        "Examhall: pages not built",
        "<h1>The pages are not built yet</h1>"
        "<p>The gateway runs, but the candidate room and the staff dashboard have not been built in this checkout. "
        "Build them once, then reload this page:</p>"
        "<pre>cd gateway/web\nnpm ci\nnpm run generate\nnpm run build</pre>"
        "<p><a href='/developers'>For developers: interface, events, problem types</a></p>",
    )


def problem_index() -> str:
    rows = "".join(
        f'<tr><td><a href="{each.uri}"><code>{escape(each.name)}</code></a></td><td>{each.status}</td>'
        f"<td>{escape(each.title)}</td></tr>"
        for each in problem_types()
    )
    return page(
        "Problem types",
        "<h1>Problem types</h1><p>Errors are RFC 9457 problem documents. Their <code>type</code> is one of these.</p>"
        "<div class=scroll><table><thead><tr><th scope=col>Name</th><th scope=col>Status</th>"
        f"<th scope=col>Meaning</th></tr></thead><tbody>{rows}</tbody></table></div>",
    )


def problem(kind: ProblemType) -> str:
    example = json.dumps(problem_document(kind), indent=2)
    return page(
        kind.title,
        f"<p><a href='/problems'>All problem types</a></p><h1>{escape(kind.title)}</h1>"
        f"<p><code>{escape(kind.name)}</code>, HTTP status {kind.status}</p><pre>{escape(example)}</pre>",
    )


def problem_document(kind: ProblemType) -> dict[str, Any]:
    return {"type": kind.uri, "title": kind.title, "status": kind.status}


def events(document: dict[str, Any]) -> str:
    """Topics, their messages, fields and an example each, from the AsyncAPI document."""
    channels = document["channels"].values()
    contents = "".join(
        f'<li><a href="#{escape(each["address"])}"><code>{escape(each["address"])}</code></a></li>' for each in channels
    )
    topics = "".join(_topic(each, document["components"]["messages"]) for each in channels)
    return page(
        "Topics and events",
        f"<h1>Topics and events</h1><p>{escape(document['info']['description'])} "
        "Attributes travel as <code>ce_</code> headers, the body is JSON. "
        "<a href='/asyncapi.json'>AsyncAPI document</a></p>"
        f"<nav aria-label='Topics'><ul>{contents}</ul></nav>{topics}",
    )


def _topic(channel: dict[str, Any], messages: dict[str, Any]) -> str:
    kafka = channel["bindings"]["kafka"]
    retention = kafka["topicConfiguration"]["retention.ms"]
    kept = "for ever" if retention < 0 else f"{retention // 86_400_000} days"
    body = "".join(_message(messages[name]) for name in channel["messages"])
    return (
        f'<h2 id="{escape(channel["address"])}"><code>{escape(channel["address"])}</code></h2>'
        f"<p>{escape(channel['description'])} Partitions: {kafka['partitions']}. Kept {kept}.</p>{body}"
    )


def _message(message: dict[str, Any]) -> str:
    payload = message["payload"]
    required = set(payload.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(type_name(field))}</td>"
        f"<td>{'yes' if name in required else 'no'}</td><td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in payload.get("properties", {}).items()
    )
    example = json.dumps(example_of(payload), indent=2, ensure_ascii=False)
    return (
        f"<details><summary><code>{escape(message['name'])}</code> "
        f"<span class=quiet>{escape(message['summary'])}</span></summary>"
        "<div class=scroll><table><thead><tr><th scope=col>Field</th><th scope=col>Type</th>"
        "<th scope=col>Required</th><th scope=col>Meaning</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div><p>Example</p><pre>{escape(example)}</pre></details>"
    )


def type_name(schema: dict[str, Any]) -> str:
    """A field's type in a few words."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(type_name(each) for each in schema[union]))
    if schema.get("type") == "array":
        return f"list of {type_name(schema.get('items', {}))}"
    if schema.get("type") == "object":
        return str(schema.get("title", "object"))
    return str(schema.get("format") or schema.get("type", "any"))


def example_of(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value of the schema's shape, for reading."""
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if depth > EXAMPLE_DEPTH_MAX:
        return None
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return example_of(schema[union][0], depth + 1)
    match schema.get("type"):
        case "object":
            return {name: example_of(field, depth + 1) for name, field in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema.get("items", {}), depth + 1)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            return _example_text(schema)
        case _:
            return None


def _example_text(schema: dict[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "2026-05-04T09:30:00.000Z"
    title = str(schema.get("title", ""))
    if title.endswith("Id"):
        return "0198f3a2-6c1e-7b3d-9f00-2a51c0de4711"
    return title or "text"
