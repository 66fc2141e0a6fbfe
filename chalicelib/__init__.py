"""The application that ships to Lambda: `api` speaks HTTP, `fleet` knows the rules, `storage` keeps the data."""

VERSION = "0.1.0"
