"""Groove's GraphQL API, as far as it is about contacts and companies.

The ``.graphql`` files beside this one are the schema. Names and inputs are those of Groove's
reference; what it leaves open is what a Relay-style API on Rails would do, and the docstrings
call it inferred.
"""
