"""The JSON that people's pages use, under /api: sign-in, management, and what guests see."""
