"""What users hand over: held against annotations at the door, exact, of any library; no text is evaluated."""
