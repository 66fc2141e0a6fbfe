"""Alerts: rules watch servers and monitors, events record what a rule found, and notices tell channels about events.

conditions           what can be watched
rules                conditions that must hold together, for how long, and for which servers
editing              create, change and delete rules and channels
glance               the fleet at one moment, and which conditions hold; figure_columns has the figures
recent_pings         the newest points of monitors; recent_certificates their certificates
evaluation           which events begin and end, and which messages to send about them
alerting             evaluates all rules, and stores events together with the messages about them
attention            since when rules have been evaluated without a pause
ledger               a rule with its events and unsent messages, stored as one item
events, open_events  events as people and pages ask for them
notices              the messages about events, and how often a delivery is tried
quiet                hours in which no messages are sent
messages, words      the texts of messages, in every language
channels, services   where messages go, and the services that they may use
store                the interface that alerts need from storage
"""
