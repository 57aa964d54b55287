"""One small class per feature: rows in, frozen dataclasses out."""
