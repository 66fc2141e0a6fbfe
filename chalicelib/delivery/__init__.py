"""Sends messages to channels: webhooks over HTTP, everything else through the Apprise library. Also reads the
certificates of `https://` targets.

placeholders        the placeholders in a webhook's text, and how they are filled in
webhook_request     the request that a webhook makes for a message
addresses           which addresses may be reached
http_request        sends one HTTP request, limited in time
services            Apprise, imported only when a message needs it
unmarked            keeps chat services from showing names as markup
sender              sends one message to one channel
outbox              delivers the rules' messages to channels, and retries
heartbeat           the regular request that a dead-man's switch expects
shown_certificates  the certificates of TLS servers
"""
