"""Contacts and companies over Groove's GraphQL: looked up, created, changed, attached."""
