"""What the service answers, in the words of OpenAPI 3.1, with its own bounds."""

from typing import Any, Final

from recotour_vae import __version__
from recotour_vae.serving.asked import LONGEST, UNKNOWN, usual_k
from recotour_vae.serving.settings import ServiceSettings

_NAME: Final = {
    "description": "A title, with or without its year; an id as in id:50; or an id as a number.",
    "anyOf": [
        {"type": "string", "maxLength": LONGEST},
        {"type": "integer", "exclusiveMinimum": -(2**63), "exclusiveMaximum": 2**63},
    ],
}
_ITEM: Final = {
    "type": "object",
    "required": ["item", "title", "score"],
    "properties": {
        "item": {"type": "string", "description": "Its id."},
        "title": {"type": "string"},
        "score": {"type": "number"},
    },
}
_LIST: Final = {
    "items": {"type": "array", "items": _ITEM, "description": "Best first; k, or what is left."},
    "unknown": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Names of the history that were passed over.",
    },
}
_ABOUT: Final = {
    "model": {"type": "string", "description": "Version of the model that answered."},
    "measure": {"enum": ["probability", "score"], "description": "What the scores are."},
}
_SAYS: Final = {
    400: "The body is not JSON.",
    408: "The body took too long.",
    413: "The body is too long.",
    422: "A field is wrong, a title unknown, or several items have it.",
    500: "Something went wrong here.",
    503: "Too many wait already; ask again.",
    504: "There was no answer in time.",
}
_REFUSED: Final = {"$ref": "#/components/schemas/Refusal"}


def describe(bounds: ServiceSettings) -> dict[str, Any]:
    """Write the document that `/openapi.json` sends."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "recotour-vae serve", "version": __version__},
        "paths": {
            "/recommend": _post("A list for one person.", "One", "List"),
            "/recommend/batch": _post("A list for each of several people.", "Many", "Lists"),
            "/health": _get("Whether it answers, and which model.", "application/json"),
            "/metrics": _get("What was counted, as Prometheus reads it.", "text/plain"),
            "/openapi.json": _get("This document.", "application/json"),
            "/": _get("A page to try it on.", "text/html"),
        },
        "components": {"schemas": _schemas(bounds)},
    }


def _post(summary: str, asked: str, answered: str) -> dict[str, Any]:
    refused = {str(status): _content(about, _REFUSED) for status, about in _SAYS.items()}
    body = {"$ref": f"#/components/schemas/{asked}"}
    answer = _content(summary, {"$ref": f"#/components/schemas/{answered}"})
    return {
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"200": answer} | refused,
        }
    }


def _content(about: str, schema: Any) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _get(summary: str, kind: str) -> dict[str, Any]:
    answer = {"description": summary, "content": {kind: {}}}
    return {"get": {"summary": summary, "responses": {"200": answer}}}


def _schemas(bounds: ServiceSettings) -> dict[str, Any]:
    history = _names(bounds.max_history)
    many = {"type": "array", "items": history, "minItems": 1, "maxItems": bounds.max_people}
    lists = {"type": "array", "items": {"type": "object", "properties": _LIST}}
    return {
        "One": _asked("history", history, bounds),
        "Many": _asked("histories", many, bounds),
        "List": {"type": "object", "required": [*_ABOUT, *_LIST], "properties": _ABOUT | _LIST},
        "Lists": {
            "type": "object",
            "required": [*_ABOUT, "lists"],
            "properties": _ABOUT | {"lists": lists},
        },
        "Refusal": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string", "description": "One sentence."}},
        },
    }


def _asked(needed: str, schema: Any, bounds: ServiceSettings) -> dict[str, Any]:
    filters = _names(bounds.max_filter)
    only = {"anyOf": [filters, {"type": "null"}], "description": "Lists are made of these alone."}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [needed],
        "properties": {
            needed: schema,
            "k": {"type": "integer", "minimum": 1, "maximum": bounds.max_k}
            | {"default": usual_k(bounds)},
            "exclude": filters | {"description": "Must not be in the lists."},
            "only": only,
            "unknown": {"enum": list(UNKNOWN), "default": UNKNOWN[0]},
        },
    }


def _names(most: int) -> dict[str, Any]:
    return {"type": "array", "items": _NAME, "maxItems": most}
