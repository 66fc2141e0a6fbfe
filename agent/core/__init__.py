"""What the reporter and the relay share. Runs on Python 3.9 and newer, and needs icmplib for ICMP probes only."""
