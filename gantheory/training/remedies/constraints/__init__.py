"""What keeps the discriminator's weights small."""
