"""Sends messages to channels: webhooks over HTTP, and everything else through the Apprise library. And looks at the
certificates that targets of monitors show.

placeholders        what a webhook's text may ask for, and how it is filled in
webhook_request     the request that a webhook makes for a message
addresses           which addresses may be reached
http_request        one bounded HTTP request
services            Apprise, which is imported only when a message needs it
sender              one message to one channel
shown_certificates  the certificates of TLS servers; x509 reads their bytes
"""
