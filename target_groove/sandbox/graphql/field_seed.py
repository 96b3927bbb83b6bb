"""The custom fields of a new account, and a few of its own.

The keys are those of Groove's widget pages and snippets. Which of them are unique is what those
pages say identifies a contact or a company; ``contact_linkedin`` is inferred from the filter of
that name. The account's own fields are ours: one of each type, so that each can be tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.custom_fields import add_category, add_field

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk

_UNIQUE = {"is_unique": True}
_UNIQUE_ARRAY = {"is_unique": True, "is_array": True}
_PLANS = [
    {"label": "Free", "value": "free"},
    {"label": "Team", "value": "team"},
    {"label": "Enterprise", "value": "enterprise"},
]

_CONTACT: dict[str, dict[str, Any]] = {
    "contact_email": _UNIQUE,
    "contact_secondary_emails": _UNIQUE_ARRAY,
    "contact_first_name": {},
    "contact_last_name": {},
    "contact_phone_number": {},
    "contact_facebook": _UNIQUE,
    "contact_twitter": _UNIQUE,
    "contact_linkedin": _UNIQUE,
}
_COMPANY: dict[str, dict[str, Any]] = {
    "company_name": {},
    "company_domain": _UNIQUE,
    "company_secondary_domains": _UNIQUE_ARRAY,
    "company_description": {"type": "MULTI_LINE"},
    "company_facebook": _UNIQUE,
    "company_twitter": _UNIQUE,
    "company_linkedin": _UNIQUE,
}
_OWN_CONTACT: dict[str, dict[str, Any]] = {
    "contact_user_id": {**_UNIQUE, "name": "User ID"},
    "contact_role": {},
    "contact_interests": {"is_array": True},
    "contact_notes": {"type": "MULTI_LINE"},
    "contact_dob": {"type": "DATE", "name": "Date of birth"},
    "contact_home_address": {"type": "ADDRESS"},
    "contact_blog_url": {"type": "LINK", "name": "Blog"},
    "contact_seats": {"type": "NUMBER"},
    "contact_plan": {"type": "DROPDOWN", "options": _PLANS},
}
_OWN_COMPANY: dict[str, dict[str, Any]] = {
    "company_customer_id": {**_UNIQUE, "name": "Customer ID"},
    "company_employees": {"type": "NUMBER"},
    "company_customer_since": {"type": "DATE"},
    "company_plan": {"type": "DROPDOWN", "options": _PLANS},
}
_CATEGORIES = (
    ("contact_details", "Contact details", "contacts", _CONTACT),
    ("company_details", "Company details", "companies", _COMPANY),
    ("contact_custom", "More about the contact", "contacts", _OWN_CONTACT),
    ("company_custom", "More about the company", "companies", _OWN_COMPANY),
)


def seed_fields(desk: Desk) -> None:
    """Give an account without custom fields those above."""
    for key, name, kind, fields in _CATEGORIES:
        category = add_category(desk, key, name, kind)
        for field_key, attributes in fields.items():
            add_field(desk, category, field_key, **attributes)
