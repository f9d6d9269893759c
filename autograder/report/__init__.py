"""What a judgement says, and how it is shown."""
