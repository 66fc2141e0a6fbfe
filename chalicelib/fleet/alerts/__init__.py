"""Alerts: rules watch servers and monitors, events record what a rule found, and notices tell channels about events.

conditions   what can be watched
rules        conditions that must hold together, for how long, and for which servers
glance       what one evaluation sees of the fleet
evaluation   which events begin and end, and which messages to send about them
notices      what an event owes to channels, and how often a delivery is tried
quiet        hours in which nothing is sent
messages     the texts, in the site's language
channels     where messages go
"""
