"""The domain: for each noun a module with its records, checks and rules. No AWS, no HTTP, no clock, no environment."""
