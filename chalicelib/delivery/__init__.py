"""Sends messages to channels: webhooks over HTTP, everything else through the Apprise library. Also reads the
certificates of `https://` targets.

placeholders        what a webhook's text can contain, and how it is filled in
webhook_request     the request that a webhook makes for a message
addresses           which addresses may be reached
http_request        one HTTP request, limited in time and size
services            Apprise, imported only when a message needs it
unmarked            texts that chat services show as they are
sender              one message to one channel
outbox              delivers what rules owe to channels, and retries
heartbeat           the request that a dead-man's switch waits for
shown_certificates  the certificates of TLS servers
"""
