"""What people type, checked field by field; each refusal says what to write instead."""
