"""The AsyncAPI 3.0 document of every topic: what is on the wire, for whoever connects a system of their own."""

from typing import Any, Final

from contracts.registry import Registration
from contracts.schemas import schema_of
from contracts.topics import TOPICS, Topic

HEADERS: Final = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_orgid"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique; a repeated id is the same message again"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "description": "The producing service"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "The aggregate's id and the message's key"},
        "ce_orgid": {"type": "string", "description": "The organisation (tenant)"},
        "ce_sessionid": {"type": "string"},
        "ce_aggregateversion": {"type": "string", "pattern": "^[0-9]+$"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def document() -> dict[str, Any]:
    """Build the whole document; schemas are inlined per message, so it has no dangling references."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic in TOPICS:
        channel = topic.name.replace(".", "_")
        channels[channel] = _channel(topic)
        operations[f"send_{channel}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": f"{topic.owner} writes; read by {', '.join(topic.readers)}",
        }
        for registration in topic.messages:
            messages[registration.model.__name__] = _message(registration)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Examhall topics",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode. Within v1 only optional fields are added.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    names = [registration.model.__name__ for registration in topic.messages]
    return {
        "address": topic.name,
        "description": f"Owner: {topic.owner}. Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention_ms if topic.retention_ms is not None else -1},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(registration: Registration) -> dict[str, Any]:
    schema = schema_of(registration)
    inlined = _inline(schema, schema.get("$defs", {}))
    inlined.pop("$defs", None)
    inlined.pop("$schema", None)
    inlined.pop("$id", None)
    return {
        "name": registration.type_name,
        "title": registration.model.__name__,
        "summary": (registration.model.__doc__ or "").strip().split("\n")[0],
        "headers": HEADERS,
        "payload": inlined,
    }


def _inline(value: Any, definitions: dict[str, Any]) -> Any:
    """Replace references by what they name; the models are not recursive."""
    if isinstance(value, list):
        return [_inline(each, definitions) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        rest = {name: each for name, each in value.items() if name != "$ref"}
        return _inline(definitions[value["$ref"].rsplit("/", 1)[1]], definitions) | rest
    return {name: _inline(each, definitions) for name, each in value.items() if name not in {"$defs", "discriminator"}}
