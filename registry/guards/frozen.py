"""Rows that are written once, and rows that stay."""

from promptcms.guards import fixed_columns, frozen, undeletable

FROZEN = (
    *frozen("registry_event", what="An audit event"),
    *frozen("registry_version", what="A saved version"),
    *frozen("registry_contributor", what="Who contributed to a version"),
    *frozen("registry_verdict", what="A verdict"),
    *frozen("registry_approval", what="An answer to a version"),
    *frozen("registry_waiver", what="A waiver"),
    *frozen("registry_meaningconfirmation", what="A confirmation that the meaning is unchanged"),
    *frozen("registry_adoption", what="The adoption of a history"),
    *frozen("registry_labelevent", what="The ledger of a label"),
    *frozen("registry_policyrevision", what="A revision of the policy"),
    *frozen("registry_historicalprompt", what="The history of a prompt"),
    *frozen("registry_historicalproject", what="The history of a project"),
    *frozen("registry_historicalmembership", what="The history of the members"),
    *frozen("registry_historicalapikey", what="The history of a key"),
    fixed_columns(
        "registry_comment",
        [
            *("version_id", "person_id", "text", "anchor", "quote", "blocking"),
            *("reply_to_id", "carried_from_id", "created_at"),
        ],
        what="A comment",
    ),
    undeletable("registry_comment", what="A comment (resolve instead)"),
    undeletable("registry_release", what="A release"),
    undeletable("registry_rollout", what="A rollout"),
    undeletable("registry_label", what="A label"),
    undeletable("registry_chainhead", what="The head of an audit chain"),
    undeletable("registry_person", what="A person (deactivate instead)"),
)
