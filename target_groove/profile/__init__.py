"""Custom Profile: what a customer's data is kept in, and the service that Groove asks for it.

Groove calls a webhook of ours with a customer's e-mail and shows what it answers beside the
conversation (https://help.groovehq.com/help/setting-up-your-custom-profile-app).
"""
