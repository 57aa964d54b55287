"""The core knows nobody: events in, replies out, cards and forms, the ports that others implement."""
