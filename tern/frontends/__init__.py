"""Programs that come from elsewhere, as tern's IR."""
