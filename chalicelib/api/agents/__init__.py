"""What the reporter and the relay use: the report route, and the reader of its body."""
