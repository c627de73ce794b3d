"""Forward and backward passes written by hand over one flat buffer, for members of known layers."""
