"""What tern compiles for, one target a file. Nothing outside imports them until asked to."""
