"""What the system knows: servers, states, tokens, who may see what. No AWS, no HTTP, no clock, no environment."""
