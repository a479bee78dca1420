//! Schemas that the derive cannot write: bounded maps, sizes, conditions, steps. A bound stands wherever a rule or a map
//! needs one, so that the API server can bound the cost of the rules.
use schemars::{Schema, SchemaGenerator, json_schema};

/// Name of an object in Kubernetes (DNS subdomain).
pub const OBJECT_NAME: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// Name that becomes part of other names (DNS label).
pub const LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// Labels: at most 16, none of them longer than Kubernetes allows.
pub fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 16,
        "additionalProperties": { "type": "string", "maxLength": 63 },
    })
}

/// Server settings: at most 100.
pub fn parameters(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 100,
        "additionalProperties": { "type": "string", "maxLength": 1000 },
    })
}

/// A size: text such as `20Gi`, or a number of bytes.
pub fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-int-or-string": true, "maxLength": 24 })
}

/// Reasons that a user accepts.
pub fn reasons(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 50,
        "items": { "type": "string", "maxLength": 63, "pattern": "^[A-Z][A-Za-z0-9]*$" },
    })
}

/// Conditions as Kubernetes defines them, with bounds.
pub fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 20,
        "items": {
            "type": "object",
            "description": "One promise and whether it holds.",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": { "type": "string", "maxLength": 63, "description": "What is promised." },
                "status": { "type": "string", "enum": ["True", "False", "Unknown"], "description": "Whether it holds." },
                "observedGeneration": {
                    "type": "integer", "format": "int64", "minimum": 0,
                    "description": "Generation of the spec that this condition speaks of.",
                },
                "lastTransitionTime": {
                    "type": "string", "format": "date-time", "description": "When `status` changed last.",
                },
                "reason": {
                    "type": "string", "minLength": 1, "maxLength": 63, "pattern": "^[A-Z][A-Za-z0-9]*$",
                    "description": "Why, in one stable word.",
                },
                "message": {
                    "type": "string", "maxLength": 4096, "description": "What is wrong and where, then what to do about it.",
                },
            },
        },
    })
}

/// One of the sides, where the field's own description shall stand.
pub fn side(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["Blue", "Green"] })
}

/// A point in time.
pub fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}
